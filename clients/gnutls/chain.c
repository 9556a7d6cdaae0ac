/* A second look at a chain that did not verify, with the library's own
 * functions. Decides between two reasons of one flag, never whether to trust.
 */
#include "clients/gnutls/chain.h"

#include <gnutls/x509.h>

#include "clients/gnutls/failure.h"

enum { CHAIN_MAX = 32 };

struct chain {
    gnutls_x509_crt_t list[CHAIN_MAX]; /* leaf first, as sent; an anchor */
    unsigned count;
};

static void chain_clear(struct chain *c)
{
    while (c->count)
        gnutls_x509_crt_deinit(c->list[--c->count]);
}

/* Certificates that cannot be read end the list. */
static void chain_read(struct chain *c, gnutls_session_t session)
{
    unsigned sent = 0;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &sent);

    c->count = 0;
    for (unsigned i = 0; der && i < sent && i < CHAIN_MAX; i++) {
        gnutls_x509_crt_t one;

        if (gnutls_x509_crt_init(&one) < 0)
            return;
        if (gnutls_x509_crt_import(one, &der[i], GNUTLS_X509_FMT_DER) < 0) {
            gnutls_x509_crt_deinit(one);
            return;
        }
        c->list[c->count++] = one;
    }
}

/* The anchor above the last that was sent has constraints too. */
static void anchor_add(struct chain *c, gnutls_session_t session)
{
    gnutls_x509_crt_t anchor;
    void *credentials = NULL;

    if (!c->count || c->count == CHAIN_MAX ||
        gnutls_credentials_get(session, GNUTLS_CRD_CERTIFICATE, &credentials) <
            0)
        return;
    if (gnutls_certificate_get_issuer(credentials, c->list[c->count - 1],
                                      &anchor, GNUTLS_TL_GET_COPY) >= 0)
        c->list[c->count++] = anchor;
}

static int is_within(gnutls_x509_name_constraints_t names,
                     gnutls_x509_crt_t certificate)
{
    static const gnutls_x509_subject_alt_name_t kinds[] = {
        GNUTLS_SAN_DNSNAME, GNUTLS_SAN_RFC822NAME, GNUTLS_SAN_DN,
        GNUTLS_SAN_URI, GNUTLS_SAN_IPADDRESS};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!gnutls_x509_name_constraints_check_crt(names, kinds[i],
                                                    certificate))
            return 0;
    return 1;
}

/* RFC 5280 section 6.1: from the anchor down, each certificate must keep to
 * the name constraints of all above it. */
static int names_are_excluded(const struct chain *c)
{
    gnutls_x509_name_constraints_t names;
    int excluded = 0;

    if (gnutls_x509_name_constraints_init(&names) < 0)
        return 0;
    for (unsigned i = c->count; i-- > 0 && !excluded;) {
        unsigned critical;

        excluded = !is_within(names, c->list[i]);
        /* Most have none, and that is an error code. */
        gnutls_x509_crt_get_name_constraints(
            c->list[i], names, GNUTLS_NAME_CONSTRAINTS_FLAG_APPEND, &critical);
    }
    gnutls_x509_name_constraints_deinit(names);
    return excluded;
}

/* Nobody needs the signature of a certificate that signs itself. */
static int signatures_are_strong(const struct chain *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        int sign = gnutls_x509_crt_get_signature_algorithm(c->list[i]);

        if (gnutls_x509_crt_check_issuer(c->list[i], c->list[i]))
            continue;
        if (sign < 0 ||
            !gnutls_sign_is_secure2((gnutls_sign_algorithm_t)sign,
                                    GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS))
            return 0;
    }
    return 1;
}

enum reason chain_reason(gnutls_session_t session, unsigned flags)
{
    enum reason reason = failure_flags(flags);
    struct chain c;

    chain_read(&c, session);
    anchor_add(&c, session);
    if (reason == REASON_BAD_CA &&
        (flags & GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE) &&
        names_are_excluded(&c))
        reason = REASON_NAME_CONSTRAINTS;
    if (reason == REASON_BAD_SIGNATURE_ALGORITHM && signatures_are_strong(&c))
        reason = REASON_WEAK_KEY;
    chain_clear(&c);
    return reason;
}
