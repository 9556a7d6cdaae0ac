/* The credentials of a device: what it trusts, who it is, how it verifies. */
#include "clients/gnutls/context.h"

#include <stdlib.h>
#include <string.h>

#include "clients/gnutls/failure.h"
#include "clients/gnutls/offer.h"
#include "clients/gnutls/verify.h"
#include "clients/shim_map.h"
#include "clients/shim_stack.h"
#include "base/der.h"

/* One by one, as the library drops a whole list for one certificate that it
 * cannot read. */
static int anchors_load(struct context *c, const struct shim_want *want,
                        struct shim_got *got, struct shim_why *why)
{
    const uint8_t *at = want->anchors.data;
    size_t left = want->anchors.size;
    int ret = GNUTLS_E_PARSING_ERROR;

    while (left) {
        struct der_certificate certificate;
        size_t n = der_certificate_read(at, left, &certificate);
        gnutls_datum_t der = {(unsigned char *)at, (unsigned)n};

        if (n)
            ret = gnutls_certificate_set_x509_trust_mem(c->credentials, &der,
                                                        GNUTLS_X509_FMT_DER);
        if (n && ret >= 0)
            got->anchors_loaded++;
        else
            got->anchors_refused++;
        if (!n)
            break;
        at += n;
        left -= n;
    }
    if (!got->anchors_refused || got->anchors_loaded)
        return 0;
    failure_fill(why, STAGE_TRUST_STORE, ret);
    why->reason = REASON_TRUST_STORE_ERROR;
    return -1;
}

static int identity_set(struct context *c, const struct shim_want *want,
                        struct shim_why *why)
{
    int ret;

    if (!want->identity_certificate)
        return 0;
    ret = gnutls_certificate_set_x509_key_file(
        c->credentials, want->identity_certificate, want->identity_key,
        GNUTLS_X509_FMT_PEM);
    if (ret >= 0)
        return 0;
    failure_fill(why, STAGE_SETUP, ret);
    why->reason = REASON_IDENTITY_UNUSABLE;
    return -1;
}

/* The library's limits are set when a session is made; a name that is too long
 * is known here already. */
static int alpn_check(const struct shim_want *want, struct shim_why *why)
{
    size_t count = 0;

    for (const char *const *name = want->alpn; name && *name; name++)
        if (strlen(*name) > CONTEXT_ALPN_NAME || ++count > CONTEXT_ALPN) {
            shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0, NULL);
            why->feature = "alpn";
            return -1;
        }
    return 0;
}

static int context_fill(struct context *c, const struct shim_want *want,
                        struct shim_got *got, struct shim_why *why)
{
    int ret = gnutls_certificate_allocate_credentials(&c->credentials);

    if (ret < 0) {
        failure_fill(why, STAGE_SETUP, ret);
        return -1;
    }
    verify_limit(c->credentials, want);
    if (alpn_check(want, why) == -1 ||
        offer_make(&c->priority, want, why) == -1)
        return -1;
    if (identity_set(c, want, why) == -1)
        return -1;
    return anchors_load(c, want, got, why);
}

void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why)
{
    struct context *c = calloc(1, sizeof *c);

    if (c && context_fill(c, want, got, why) == 0)
        return c;
    context_free(c);
    return NULL;
}

void context_free(void *context)
{
    struct context *c = context;

    if (!c)
        return;
    if (c->priority)
        gnutls_priority_deinit(c->priority);
    if (c->credentials)
        gnutls_certificate_free_credentials(c->credentials);
    free(c);
}
