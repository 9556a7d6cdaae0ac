/* Looked up by the state's address. */
#include "lab/identities.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

struct identity {
    struct pki_cert *certificate, *ca;
};

struct key {
    const struct state *state;
    size_t is_ec;
};

void identities_clear(struct identities *i)
{
    map_drop(&i->by_kind, free);
    map_drop(&i->by_state, NULL);
}

static struct key key_of(const char *kind, const struct state *st)
{
    return (struct key){st, !strncmp(kind, "ec-", 3)};
}

/* The CA of a state is that of its first identity: there is one CA. */
static struct identity *add(struct identities *i, const char *kind,
                            const struct state *st)
{
    struct key key = key_of(kind, st);
    void **place = map_place(&i->by_kind, &key, sizeof key);
    void **first = map_place(&i->by_state, &st, sizeof(struct state *));

    if (place && first)
        *place = calloc(1, sizeof(struct identity));
    if (!place || !first || !*place) {
        diag("out of memory");
        return NULL;
    }
    if (!*first)
        *first = *place;
    return *place;
}

int identities_want(struct identities *i, struct pki *p, const char *kind,
                    const struct state *st)
{
    struct key key = key_of(kind, st);
    struct identity *id;

    if (map_find(&i->by_kind, &key, sizeof key))
        return 0;
    id = add(i, kind, st);
    if (!id)
        return -1;
    id->certificate = pki_want_identity(p, kind, st->now, &id->ca);
    return id->certificate ? 0 : -1;
}

struct pki_cert *identities_find(const struct identities *i, const char *kind,
                                 const struct state *st)
{
    struct key key = key_of(kind, st);
    void **place = map_find(&i->by_kind, &key, sizeof key);

    return place ? ((struct identity *)*place)->certificate : NULL;
}

struct pki_cert *identities_ca(const struct identities *i,
                               const struct state *st)
{
    void **place = map_find(&i->by_state, &st, sizeof(struct state *));

    return place ? ((struct identity *)*place)->ca : NULL;
}
