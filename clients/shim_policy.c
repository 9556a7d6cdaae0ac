/* Pins and distrust. The path is found as devices' own code finds it: upwards
 * by DN, anchors before what was sent. The signatures are the library's
 * business; it has verified them by now. */
#include "clients/shim_policy.h"

#include <string.h>

#include "base/der.h"

struct path {
    const struct shim_want *want;
    struct der_certificate sent[SHIM_POLICY_CHAIN];
    size_t sent_count;
    struct der_slice
        anchor_name; /* subject of the anchors reached; NULL: none */
    const struct shim_ops *ops;
};

/* Calls visit for each anchor with that subject until it returns nonzero;
 * returns that. */
static int anchors_visit(const struct path *p, const struct der_slice *subject,
                         int (*visit)(const struct path *p,
                                      const struct der_certificate *c,
                                      const void *arg),
                         const void *arg)
{
    const uint8_t *at = p->want->anchors.data;
    size_t left = p->want->anchors.size, n;
    struct der_certificate c;

    for (; left && (n = der_certificate_read(at, left, &c)) > 0;
         at += n, left -= n) {
        int r = der_equal(&c.subject, subject) ? visit(p, &c, arg) : 0;
        if (r)
            return r;
    }
    return 0;
}

static int visit_any(const struct path *p, const struct der_certificate *c,
                     const void *arg)
{
    (void)p;
    (void)c;
    (void)arg;
    return 1;
}

static int visit_same(const struct path *p, const struct der_certificate *c,
                      const void *arg)
{
    const struct der_certificate *other = arg;

    (void)p;
    return der_equal(&c->whole, &other->whole);
}

static int is_anchor(const struct path *p, const struct der_certificate *c)
{
    return anchors_visit(p, &c->subject, visit_same, c);
}

static const struct der_certificate *issuer_find(const struct path *p,
                                                 const struct der_slice *name,
                                                 const uint8_t *visited)
{
    for (size_t i = 1; i < p->sent_count; i++)
        if (!visited[i] && der_equal(&p->sent[i].subject, name))
            return &p->sent[i];
    return NULL;
}

static void path_walk(struct path *p)
{
    uint8_t visited[SHIM_POLICY_CHAIN] = {0};
    const struct der_certificate *c = &p->sent[0];

    while (c) {
        if (is_anchor(p, c)) {
            p->anchor_name = c->subject;
            return;
        }
        if (anchors_visit(p, &c->issuer, visit_any, NULL)) {
            p->anchor_name = c->issuer;
            return;
        }
        visited[c - p->sent] = 1;
        c = issuer_find(p, &c->issuer, visited);
    }
}

static int pin_match(const struct path *p, const struct shim_pin *pin,
                     const struct der_certificate *c)
{
    const struct der_slice *s = pin->spki ? &c->spki : &c->whole;
    uint8_t hash[SHIM_DIGEST_MAX];

    return p->ops->digest(pin->digest, s->data, s->size, hash) == 0 &&
           !memcmp(hash, pin->hash, pin->digest == SHIM_SHA1 ? 20 : 32);
}

static int visit_pin(const struct path *p, const struct der_certificate *c,
                     const void *arg)
{
    return pin_match(p, arg, c);
}

static int pin_anchor(const struct path *p, const struct shim_pin *pin)
{
    return p->anchor_name.data &&
           anchors_visit(p, &p->anchor_name, visit_pin, pin);
}

/* Any certificate between the leaf and the anchor, needed or not: devices
 * that pin one look through all that they were sent. */
static int pin_intermediate(const struct path *p, const struct shim_pin *pin)
{
    for (size_t i = 1; i < p->sent_count; i++)
        if (pin_match(p, pin, &p->sent[i]) && !is_anchor(p, &p->sent[i]))
            return 1;
    return 0;
}

static int pin_any(const struct path *p, const struct shim_pin *pin)
{
    for (size_t i = 0; i < p->sent_count; i++)
        if (pin_match(p, pin, &p->sent[i]))
            return 1;
    return pin_anchor(p, pin);
}

static int pin_held(const struct path *p, const struct shim_pin *pin)
{
    switch (pin->what) {
    case SHIM_PIN_LEAF:
        return pin_match(p, pin, &p->sent[0]);
    case SHIM_PIN_INTERMEDIATE:
        return pin_intermediate(p, pin);
    case SHIM_PIN_ANCHOR:
        return pin_anchor(p, pin);
    case SHIM_PIN_ANY:
        break;
    }
    return pin_any(p, pin);
}

static enum reason pins_check(const struct path *p)
{
    if (!p->want->pins_count)
        return REASON_NONE;
    for (size_t i = 0; i < p->want->pins_count; i++)
        if (pin_held(p, &p->want->pins[i]))
            return REASON_NONE;
    return REASON_PIN_MISMATCH;
}

static int visit_distrust(const struct path *p, const struct der_certificate *c,
                          const void *arg)
{
    uint8_t hash[SHIM_DIGEST_MAX];

    (void)arg;
    if (p->ops->digest(SHIM_SHA256, c->spki.data, c->spki.size, hash) == -1)
        return 0;
    for (size_t i = 0; i < p->want->distrust_count; i++)
        if (!memcmp(hash, p->want->distrust_spki[i], 32))
            return 1;
    return 0;
}

static enum reason distrust_check(const struct path *p)
{
    int64_t not_before;

    if (!p->want->distrust_count)
        return REASON_NONE;
    if (!p->anchor_name.data)
        return REASON_UNKNOWN_CA;
    if (!anchors_visit(p, &p->anchor_name, visit_distrust, NULL))
        return REASON_NONE;
    if (der_time(&p->sent[0].not_before, &not_before) == -1)
        return REASON_CERTIFICATE_PARSE_ERROR;
    return not_before > p->want->distrust_after ? REASON_DISTRUSTED
                                                : REASON_NONE;
}

enum reason shim_policy_check(const struct shim_want *want,
                              const struct shim_bytes *chain, size_t count,
                              const struct shim_ops *ops)
{
    struct path p = {.want = want, .sent_count = count, .ops = ops};
    enum reason r;

    if (!want->pins_count && !want->distrust_count)
        return REASON_NONE;
    if (count > SHIM_POLICY_CHAIN)
        p.sent_count = SHIM_POLICY_CHAIN;
    for (size_t i = 0; i < p.sent_count; i++)
        if (!der_certificate_read(chain[i].data, chain[i].size, &p.sent[i]))
            return REASON_CERTIFICATE_PARSE_ERROR;
    if (!p.sent_count)
        return REASON_UNAUTHENTICATED;
    path_walk(&p);
    r = pins_check(&p);
    return r == REASON_NONE ? distrust_check(&p) : r;
}
