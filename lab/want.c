/* A job's `want`, made from a device, a state and minted certificates. */
#include "lab/want.h"

#include <string.h>

#include "base/diag.h"

static const char *const places[] = {"any", "leaf", "intermediate", "anchor"};
static const char *const matches[] = {"certificate-sha256", "spki-sha256"};

json_t *want_strings(char *const *items, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(items[i]));
    return list;
}

static int pin_add(json_t *list, const struct pin *p, const char *hash,
                   int is_spki)
{
    return json_array_append_new(
        list, json_pack("{s:s,s:s,s:s}", "what", places[p->what], "match",
                        matches[is_spki], "hash", hash));
}

static int pin_add_certificate(json_t *list, const struct pin *p,
                               const struct pki_cert *cert)
{
    int is_spki = p->match == PIN_SPKI_SHA256;

    return pin_add(
        list, p, is_spki ? pki_spki_sha256(cert) : pki_certificate_sha256(cert),
        is_spki);
}

/* A leaf is pinned as it is today: in the first state. */
static int pin_add_leaf(json_t *list, const struct pin *p,
                        struct certificates *c, const struct scenario *s)
{
    for (int ecdsa = 0; ecdsa < 2; ecdsa++) {
        const struct certificate_list *l =
            certificates_of_state(c, &s->states[0], ecdsa);

        if (l && l->count > 0 && pin_add_certificate(list, p, l->items[0]))
            return -1;
    }
    return 0;
}

static int pin_add_one(json_t *list, const struct pin *p,
                       struct certificates *c, const struct scenario *s,
                       const struct device *d)
{
    struct pki_cert *cert;
    const char *sha256;
    int is_spki;

    if (p->of && !strcmp(p->of, "leaf"))
        return pin_add_leaf(list, p, c, s);
    if (p->of) {
        cert = certificates_named(c, d, p->of);
        return cert ? pin_add_certificate(list, p, cert) : -1;
    }
    if (pki_pin(certificates_pki(c), p->sha256, &sha256, &is_spki))
        return -1;
    return pin_add(list, p, sha256, is_spki);
}

json_t *want_pins(struct certificates *c, const struct scenario *s,
                  const struct device *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->pins_count; i++) {
        if (pin_add_one(list, &d->pins[i], c, s, d)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *distrust_json(struct certificates *c, const struct device *d)
{
    json_t *anchors;

    if (!d->distrust)
        return NULL;
    anchors = json_array();
    for (size_t i = 0; i < d->distrust->anchors_count; i++) {
        struct pki_cert *cert =
            pki_want(certificates_pki(c), d->distrust->anchors[i]);

        if (cert)
            json_array_append_new(anchors, json_string(pki_spki_sha256(cert)));
    }
    return json_pack("{s:o,s:I}", "anchors", anchors, "after",
                     (json_int_t)d->distrust->after);
}

static json_t *versions_json(const struct device_tls *t)
{
    json_t *versions = json_object();

    if (t->min)
        json_object_set_new(versions, "min", json_string(t->min));
    if (t->max)
        json_object_set_new(versions, "max", json_string(t->max));
    return versions;
}

static void set_list(json_t *want, const char *key, char *const *items,
                     size_t count)
{
    if (count > 0)
        json_object_set_new(want, key, want_strings(items, count));
}

static void set_tls(json_t *want, const struct device_tls *t)
{
    json_t *versions = versions_json(t);

    if (json_object_size(versions) > 0)
        json_object_set(want, "versions", versions);
    json_decref(versions);
    set_list(want, "suites", t->suites, t->suites_count);
    set_list(want, "groups", t->groups, t->groups_count);
    set_list(want, "signature_algorithms", t->signature_algorithms,
             t->signature_algorithms_count);
    set_list(want, "alpn", t->alpn, t->alpn_count);
    if (t->max_fragment_length)
        json_object_set_new(want, "max_fragment_length",
                            json_integer(t->max_fragment_length));
}

static void set_limits(json_t *want, const struct device *d)
{
    if (d->heap || d->max_depth || d->max_certificate)
        json_object_set_new(
            want, "limits",
            json_pack("{s:I,s:I,s:I}", "heap", (json_int_t)d->heap, "max_depth",
                      (json_int_t)d->max_depth, "max_certificate",
                      (json_int_t)d->max_certificate));
}

static int64_t clock_of(const struct device *d, const struct state *st)
{
    if (d->clock == CLOCK_FIXED)
        return d->clock_value;
    if (d->clock == CLOCK_OFFSET)
        return st->now + d->clock_value;
    return st->now;
}

static json_t *base_new(const struct certificate_list *anchors,
                        const struct state *st, const struct device *d)
{
    int time = d->verify.time && d->clock != CLOCK_NONE;

    return json_pack("{s:s,s:s,s:b,s:I,s:{s:b,s:b,s:b,s:b},s:s}", "anchors",
                     anchors->path, "name", st->endpoint, "sni", d->tls.sni,
                     "clock", (json_int_t)clock_of(d, st), "verify", "chain",
                     d->verify.chain, "name", d->verify.name, "time", time,
                     "partial_chain", d->verify.partial_chain, "application",
                     d->application ? d->application : "byte");
}

json_t *want_new(struct certificates *c, const struct scenario *s,
                 const struct state *st, const struct device *d)
{
    const struct certificate_list *anchors = certificates_of_device(c, d);
    json_t *pins = want_pins(c, s, d);
    json_t *distrust = distrust_json(c, d);
    json_t *want = pins && anchors ? base_new(anchors, st, d) : NULL;
    const char *key = NULL, *identity = certificates_identity(c, d, st, &key);

    if (!want) {
        if (pins)
            diag("%s: this device cannot be asked for", d->id);
        goto out;
    }
    set_tls(want, &d->tls);
    set_limits(want, d);
    if (d->security_level >= 0)
        json_object_set_new(want, "security_level",
                            json_integer(d->security_level));
    if (json_array_size(pins) > 0)
        json_object_set(want, "pins", pins);
    if (distrust)
        json_object_set(want, "distrust", distrust);
    if (identity && key)
        json_object_set_new(
            want, "identity",
            json_pack("{s:s,s:s}", "certificate", identity, "key", key));
out:
    json_decref(pins);
    json_decref(distrust);
    return want;
}
