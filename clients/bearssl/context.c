/* A job's want as settings of the library. What a device would keep is on its
 * heap. */
#include "clients/bearssl/context.h"

#include <string.h>

#include "clients/bearssl/compat.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"

static int no_memory(struct shim_why *why)
{
    shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0, "out of memory");
    return -1;
}

static int lacks(struct shim_why *why, const char *feature)
{
    why->feature = feature;
    return -1;
}

/* The full profile's suites, which are what the build has. */
static int suite_is_known(uint16_t suite)
{
    br_ssl_client_context client;
    br_x509_minimal_context x509;
    const uint16_t *all;
    size_t count;

    br_ssl_client_init_full(&client, &x509, NULL, 0);
    all = compat_suites(&client.eng, &count);
    for (size_t i = 0; i < count; i++)
        if (all[i] == suite)
            return 1;
    return 0;
}

static int is_in(const uint16_t *list, size_t count, uint16_t code)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == code)
            return 1;
    return 0;
}

/* A suite that the build does not have cannot be offered: such a device never
 * had it either. The library's list is short, so each is taken once. */
static int suites_set(struct context *c, const struct shim_want *want,
                      struct shim_why *why)
{
    if (!want->suites_count)
        return 0;
    c->suites = shim_heap_calloc(want->suites_count, sizeof *c->suites);
    if (!c->suites)
        return no_memory(why);
    for (size_t i = 0; i < want->suites_count; i++)
        if (suite_is_known(want->suites[i]) &&
            !is_in(c->suites, c->suites_count, want->suites[i]))
            c->suites[c->suites_count++] = want->suites[i];
    return c->suites_count ? 0 : lacks(why, "suites");
}

/* The library's numbers of curves are IANA's, as bits. Its order is its own. */
static int groups_set(struct context *c, const struct shim_want *want,
                      struct shim_why *why)
{
    uint32_t wanted = 0;

    c->ec = *br_ec_get_default();
    if (!want->groups_count)
        return 0;
    for (size_t i = 0; i < want->groups_count; i++)
        if (want->groups[i] < 32)
            wanted |= (uint32_t)1 << want->groups[i];
    c->ec.supported_curves &= wanted;
    return c->ec.supported_curves ? 0 : lacks(why, "groups");
}

static char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *p = shim_heap_malloc(size);

    if (p)
        memcpy(p, text, size);
    return p;
}

static int alpn_set(struct context *c, const struct shim_want *want,
                    struct shim_why *why)
{
    size_t count = 0;

    if (!want->alpn)
        return 0;
    while (want->alpn[count])
        count++;
    c->alpn = shim_heap_calloc(count + 1, sizeof *c->alpn);
    if (!c->alpn)
        return no_memory(why);
    for (; c->alpn_count < count; c->alpn_count++) {
        c->alpn[c->alpn_count] = text_copy(want->alpn[c->alpn_count]);
        if (!c->alpn[c->alpn_count])
            return no_memory(why);
    }
    return 0;
}

void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why)
{
    struct context *c = shim_heap_calloc(1, sizeof *c);

    if (!c) {
        no_memory(why);
        return NULL;
    }
    c->min_version = want->min_version;
    c->max_version = want->max_version;
    if (anchors_parse(&c->anchors, &want->anchors, why) == -1 ||
        suites_set(c, want, why) == -1 || groups_set(c, want, why) == -1 ||
        alpn_set(c, want, why) == -1 ||
        identity_read(&c->identity, want, why) == -1) {
        context_free(c);
        return NULL;
    }
    got->anchors_loaded = (unsigned)c->anchors.count;
    got->anchors_refused = c->anchors.refused;
    return c;
}

void context_free(void *context)
{
    struct context *c = context;

    if (!c)
        return;
    anchors_clear(&c->anchors);
    identity_clear(&c->identity);
    for (size_t i = 0; i < c->alpn_count; i++)
        shim_heap_free(c->alpn[i]);
    shim_heap_free(c->alpn);
    shim_heap_free(c->suites);
    shim_heap_free(c);
}

void context_apply(const struct context *c, br_ssl_client_context *client)
{
    br_ssl_engine_context *engine = &client->eng;
    unsigned min = c->min_version ? c->min_version : BR_TLS10;
    unsigned max = c->max_version ? c->max_version : BR_TLS12;

    br_ssl_engine_set_versions(engine, min, max);
    br_ssl_engine_set_ec(engine, &c->ec);
    if (c->suites_count)
        br_ssl_engine_set_suites(engine, c->suites, c->suites_count);
    if (c->alpn_count)
        br_ssl_engine_set_protocol_names(engine, (const char **)c->alpn,
                                         c->alpn_count);
    identity_set(client, &c->identity);
}
