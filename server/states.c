/* The table of states, and which loops accept from which listener. */
#include "server/states.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "server/listener.h"
#include "server/loop.h"
#include "server/shared.h"

enum { SHARE_FROM = 4 }; /* states a loop, from which on they are dealt out */

struct served {
    const char *id; /* the listener's */
    struct listener *listener;
    struct loop **loops; /* that accept from it; as many acceptors */
    struct acceptor **acceptors;
    size_t count;
};

static int served_compare(const void *a, const void *b)
{
    return strcmp(((const struct served *)a)->id,
                  ((const struct served *)b)->id);
}

static void served_free(void *arg)
{
    struct served *e = arg;

    if (e == NULL)
        return;
    for (size_t i = 0; i < e->count; i++)
        loop_unlisten(e->loops[i], e->acceptors[i]);
    listener_release(e->listener);
    free(e->loops);
    free(e->acceptors);
    free(e);
}

void states_init(struct states *s, struct shared *shared)
{
    *s = (struct states){.shared = shared};
}

void states_clear(struct states *s)
{
    tdestroy(s->root, served_free);
    *s = (struct states){.shared = s->shared};
}

static struct served *find(const struct states *s, const char *id)
{
    const struct served key = {.id = id};
    struct served *const *at = tfind(&key, &s->root, served_compare);

    return at == NULL ? NULL : *at;
}

static struct served *served_new(const json_t *state,
                                 const struct shared *shared)
{
    struct served *e = calloc(1, sizeof(*e));

    if (e != NULL) {
        e->loops = calloc(shared->loops_count, sizeof(struct loop *));
        e->acceptors = calloc(shared->loops_count, sizeof(struct acceptor *));
    }
    if (e == NULL || e->loops == NULL || e->acceptors == NULL) {
        diag("out of memory");
        served_free(e);
        return NULL;
    }
    e->listener = listener_new(state, &shared->limits);
    if (e->listener == NULL) {
        served_free(e);
        return NULL;
    }
    e->id = e->listener->id;
    return e;
}

static void announce(const struct states *s, const struct listener *l)
{
    shared_emit(s->shared,
                json_pack("{s:s, s:s, s:s, s:i}", "event", "listening", "state",
                          l->id, "address", l->address, "port", (int)l->port));
}

static int accept_by(struct served *e, struct loop *loop)
{
    struct acceptor *a = loop_listen(loop, e->listener);

    if (a == NULL)
        return -1;
    e->loops[e->count] = loop;
    e->acceptors[e->count++] = a;
    return 0;
}

/* With many states each loop has a share of them: a connection then wakes one
 * loop only. With few, all loops accept from all. */
static int accept_start(struct states *s, struct served *e, size_t total)
{
    const struct shared *shared = s->shared;
    size_t loops = shared->loops_count;

    if ((total > s->count ? total : s->count) >= SHARE_FROM * loops)
        return accept_by(e, shared->loops[s->next_loop++ % loops]);
    for (size_t i = 0; i < loops; i++)
        if (accept_by(e, shared->loops[i]) != 0)
            return -1;
    return 0;
}

int states_add(struct states *s, const json_t *state, size_t total)
{
    const char *id = json_string_value(json_object_get(state, "id"));
    struct served *e;

    if (id != NULL && find(s, id) != NULL) {
        diag("state %s: it is served already; change it, or remove it first",
             id);
        return -1;
    }
    e = served_new(state, s->shared);
    if (e == NULL)
        return -1;
    if (tsearch(e, &s->root, served_compare) == NULL) {
        diag("out of memory");
        served_free(e);
        return -1;
    }
    /* first the event, then the connections: nobody hears of a connection to a
     * state that he does not know */
    announce(s, e->listener);
    if (accept_start(s, e, total) != 0) {
        tdelete(e, &s->root, served_compare);
        served_free(e);
        return -1;
    }
    s->count++;
    return 0;
}

static struct served *find_or_report(const struct states *s, const char *id)
{
    struct served *e = id == NULL ? NULL : find(s, id);

    if (e == NULL)
        diag("state %s: there is none of that id; add it first",
             id == NULL ? "(id is missing)" : id);
    return e;
}

int states_change(struct states *s, const json_t *state)
{
    struct served *e =
        find_or_report(s, json_string_value(json_object_get(state, "id")));

    if (e == NULL)
        return -1;
    return listener_change(e->listener, state, &s->shared->limits);
}

int states_remove(struct states *s, const char *id)
{
    struct served *e = find_or_report(s, id);

    if (e == NULL)
        return -1;
    tdelete(e, &s->root, served_compare);
    s->count--;
    e->listener->announce = s->shared;
    served_free(e);
    return 0;
}
