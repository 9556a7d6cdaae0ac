/* Keyed by program, endpoint state and job. */
#include "lab/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "lab/wire.h"
#include "model/outcome.h"

enum { KEPT_MAX = 512 };

struct pair {
    json_t *answer, *events;
};

static void pair_free(void *value)
{
    struct pair *p = value;

    if (!p)
        return;
    json_decref(p->answer);
    json_decref(p->events);
    free(p);
}

void kept_clear(struct map *kept)
{
    map_drop(kept, pair_free);
}

static char *key_of(const struct flight *f)
{
    return format("%p %s %s", (const void *)f->trial->stack, f->state->id,
                  f->want);
}

static int is_worth(const struct flight *f)
{
    const char *outcome =
        json_string_value(json_object_get(f->answer, "outcome"));

    return f->want && outcome &&
           strcmp(outcome, outcome_name(OUTCOME_ERROR)) != 0 &&
           !(f->event && wire_differs(f->answer, f->event));
}

/* Without memory nothing is kept, and the next one is measured again. */
void kept_put(struct map *kept, const struct flight *f)
{
    char *key = is_worth(f) ? key_of(f) : NULL;
    struct pair *pair = NULL;
    void **place;

    if (kept->count >= KEPT_MAX)
        kept_clear(kept);
    place = key ? map_place(kept, key, strlen(key)) : NULL;
    if (place && !*place)
        *place = pair = calloc(1, sizeof *pair);
    if (pair) {
        pair->answer = json_incref(f->answer);
        pair->events = json_incref(f->events);
    }
    free(key);
}

int kept_take(const struct map *kept, struct flight *f)
{
    char *key = key_of(f);
    void **place = key ? map_find(kept, key, strlen(key)) : NULL;
    const struct pair *pair = place ? *place : NULL;

    free(key);
    if (!pair)
        return 0;
    f->answer = json_incref(pair->answer);
    f->events = json_incref(pair->events);
    flight_join(f);
    return 1;
}
