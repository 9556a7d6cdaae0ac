/* Keyed by program, endpoint state and job. */
#include "lab/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/outcome.h"

enum { KEPT_MAX = 512 };

struct pair {
    struct shim_answer *answer;
    struct endpoint_event *events[FLIGHT_EVENTS_MAX];
    size_t events_count;
};

static void pair_free(void *value)
{
    struct pair *p = value;

    if (!p)
        return;
    shim_answer_release(p->answer);
    for (size_t i = 0; i < p->events_count; i++)
        endpoint_event_release(p->events[i]);
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
    const struct shim_answer *a = f->answer;

    return f->want && a && a->side && a->side->outcome != OUTCOME_ERROR &&
           !(f->event && wire_differs(&a->wire, &f->event->wire));
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
        pair->answer = shim_answer_hold(f->answer);
        for (size_t i = 0; i < f->events_count; i++)
            pair->events[i] = endpoint_event_hold(f->events[i]);
        pair->events_count = f->events_count;
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
    f->answer = shim_answer_hold(pair->answer);
    for (size_t i = 0; i < pair->events_count; i++)
        flight_keep(f, pair->events[i]);
    flight_join(f);
    return 1;
}
