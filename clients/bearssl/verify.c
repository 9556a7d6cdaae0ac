/* An X.509 engine around the library's own. It passes on whole certificates,
 * so that it can look at one before the library does. */
#include "clients/bearssl/verify.h"

#include "clients/bearssl/clock.h"
#include "base/der.h"

static struct verify *of(const br_x509_class **ctx)
{
    return (struct verify *)(void *)ctx;
}

static const br_x509_class **minimal_of(struct verify *v)
{
    return &v->engine.minimal.vtable;
}

/* The name that comes is the one that is sent; the one that is checked may be
 * another, or none. */
static void start_chain(const br_x509_class **ctx, const char *server_name)
{
    struct verify *v = of(ctx);

    (void)server_name;
    chain_clear(&v->chain);
    v->started = 1;
    v->ended = 0;
    if (v->off)
        br_x509_decoder_init(&v->engine.leaf, NULL, NULL);
    else
        br_x509_minimal_vtable.start_chain(minimal_of(v), v->name);
}

static void start_cert(const br_x509_class **ctx, uint32_t length)
{
    chain_start(&of(ctx)->chain, length);
}

static void append(const br_x509_class **ctx, const unsigned char *buf,
                   size_t len)
{
    chain_append(&of(ctx)->chain, buf, len);
}

/* Without a date check each certificate is looked at on its own first day;
 * 0.6 has no other way to leave only the dates out. */
static void own_clock_set(struct verify *v, const struct chain_certificate *c)
{
    struct der_certificate der;
    int64_t first = v->clock;

    if (der_certificate_read(c->data, c->have, &der) &&
        der_time(&der.not_before, &first) == 0)
        clock_set(&v->engine.minimal, first);
}

static void end_cert(const br_x509_class **ctx)
{
    struct verify *v = of(ctx);
    const struct chain_certificate *c = chain_last(&v->chain);

    if (!c)
        return;
    if (v->off) {
        if (v->chain.count == 1)
            br_x509_decoder_push(&v->engine.leaf, c->data, c->have);
        return;
    }
    if (v->time_off)
        own_clock_set(v, c);
    br_x509_minimal_vtable.start_cert(minimal_of(v), (uint32_t)c->size);
    if (c->have)
        br_x509_minimal_vtable.append(minimal_of(v), c->data, c->have);
    br_x509_minimal_vtable.end_cert(minimal_of(v));
    if (v->failed_at < 0 && v->engine.minimal.err &&
        v->engine.minimal.err != BR_ERR_X509_OK)
        v->failed_at = (int)v->chain.count - 1;
}

static unsigned end_chain(const br_x509_class **ctx)
{
    struct verify *v = of(ctx);

    v->ended = 1;
    if (v->chain.lost)
        return BR_ERR_BAD_STATE;
    if (!v->off)
        return br_x509_minimal_vtable.end_chain(minimal_of(v));
    if (!v->chain.count)
        return BR_ERR_X509_EMPTY_CHAIN;
    return (unsigned)br_x509_decoder_last_error(&v->engine.leaf);
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *ctx,
                                    unsigned *usages)
{
    /* The library passes its only pointer to an object that we made. */
    struct verify *v = of((const br_x509_class **)ctx);

    if (!v->off)
        return br_x509_minimal_vtable.get_pkey(
            (const br_x509_class *const *)minimal_of(v), usages);
    if (usages)
        *usages = BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN;
    return br_x509_decoder_get_pkey(&v->engine.leaf);
}

static const br_x509_class verify_class = {
    .context_size = sizeof(struct verify),
    .start_chain = start_chain,
    .start_cert = start_cert,
    .append = append,
    .end_cert = end_cert,
    .end_chain = end_chain,
    .get_pkey = get_pkey,
};

void verify_init(struct verify *v, const struct anchors *anchors,
                 const struct shim_want *want)
{
    v->vtable = &verify_class;
    v->failed_at = -1;
    v->off = !want->verify_chain;
    v->time_off = !want->verify_time;
    v->clock = want->clock;
    v->name = want->verify_name ? want->name : NULL;
    if (v->off)
        return;
    br_x509_minimal_init_full(&v->engine.minimal, anchors->list,
                              anchors->count);
    clock_set(&v->engine.minimal, want->clock);
}

void verify_clear(struct verify *v)
{
    chain_clear(&v->chain);
}

enum reason verify_date_reason(const struct verify *v)
{
    for (size_t i = 0; i < v->chain.count; i++) {
        const struct chain_certificate *c = &v->chain.list[i];
        struct der_certificate der;
        int64_t first, last, now;

        if (!der_certificate_read(c->data, c->have, &der) ||
            der_time(&der.not_before, &first) == -1 ||
            der_time(&der.not_after, &last) == -1)
            continue;
        now = v->time_off ? first : v->clock;
        if (now < first)
            return REASON_NOT_YET_VALID;
        if (now > last)
            return REASON_EXPIRED;
    }
    return REASON_UNMAPPED;
}

enum reason verify_unsupported_reason(const struct verify *v)
{
    for (size_t i = 0; i < v->chain.count; i++) {
        const struct chain_certificate *c = &v->chain.list[i];
        br_x509_decoder_context decoder;

        br_x509_decoder_init(&decoder, NULL, NULL);
        br_x509_decoder_push(&decoder, c->data, c->have);
        if (br_x509_decoder_last_error(&decoder))
            return REASON_CERTIFICATE_PARSE_ERROR;
        if (!br_x509_decoder_get_signer_key_type(&decoder))
            return REASON_BAD_SIGNATURE_ALGORITHM;
    }
    return REASON_UNMAPPED;
}
