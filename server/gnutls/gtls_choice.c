/* Picks version, suite and chain from a ClientHello, by the endpoint's order
 * as server/openssl/ does. What the picked suite then needs beyond that (a key
 * share, the group itself) is the library's. */
#include "server/gnutls/gtls_state.h"

#include "server/wire/tls_hello.h"

enum { SECP256R1 = 23, FIRST_FFDHE = 256, LAST_FFDHE = 511 };
enum { RSA_SHA1 = 0x0201, ECDSA_SHA1 = 0x0203, ED25519 = 0x0807 };

static int is_listed(const struct tls_list *list, uint16_t code)
{
    for (size_t i = 0; i < list->count; i++)
        if (tls_hello_code(list, i) == code)
            return 1;
    return 0;
}

static int state_has(const struct gtls_codes *codes, uint16_t code)
{
    for (size_t i = 0; i < codes->count; i++)
        if (codes->list[i] == code)
            return 1;
    return 0;
}

/* The newest version of both; 0: there is none. */
static uint16_t version_choose(const struct gtls_state *s,
                               const struct tls_hello *h)
{
    uint16_t version = s->max;

    if (h->versions.data == NULL) {
        /* what knows 1.3 says so in the extension */
        if (version > GTLS_TLS12)
            version = GTLS_TLS12;
        if (version > h->legacy_version)
            version = h->legacy_version;
        return version < s->min ? 0 : version;
    }
    for (; version >= s->min; version--)
        if (is_listed(&h->versions, version))
            return version;
    return 0;
}

static int is_pss_of_plain_key(uint16_t sign)
{
    return sign >= 0x0804 && sign <= 0x0806;
}

static int is_pss_of_pss_key(uint16_t sign)
{
    return sign >= 0x0809 && sign <= 0x080b;
}

/* Can this key sign so in a handshake of this version, 1.2 or 1.3? */
static int sign_fits(const struct gtls_chain *c, uint16_t sign,
                     uint16_t version)
{
    switch (c->type) {
    case GNUTLS_PK_RSA:
        return is_pss_of_plain_key(sign) ||
               ((sign & 0xff) == 1 && version < GTLS_TLS13);
    case GNUTLS_PK_RSA_PSS:
        return is_pss_of_pss_key(sign);
    case GNUTLS_PK_EDDSA_ED25519:
        return sign == ED25519;
    case GNUTLS_PK_EDDSA_ED448:
        return sign == ED25519 + 1;
    default: /* 0x0403 is of P-256, 0x0503 of P-384, 0x0603 of P-521 since 1.3
              */
        return (sign & 0xff) == 3 &&
               (version < GTLS_TLS13 || (sign >> 8) + 19 == c->curve);
    }
}

/* A client of TLS 1.2 that names none takes SHA-1 (RFC 5246 section 7.4.1.4.1).
 */
static int sign_by_default(const struct gtls_state *s,
                           const struct gtls_chain *c)
{
    uint16_t sign = c->type == GNUTLS_PK_RSA     ? RSA_SHA1
                    : c->type == GNUTLS_PK_ECDSA ? ECDSA_SHA1
                                                 : 0;

    return sign != 0 && state_has(&s->signs, sign);
}

static int can_sign(const struct gtls_state *s, const struct tls_hello *h,
                    const struct gtls_chain *c, uint16_t version)
{
    if (version < GTLS_TLS12)
        return c->type == GNUTLS_PK_RSA || c->type == GNUTLS_PK_ECDSA;
    if (h->signature_algorithms.data == NULL)
        return sign_by_default(s, c);
    for (size_t i = 0; i < s->signs.count; i++)
        if (sign_fits(c, s->signs.list[i], version) &&
            is_listed(&h->signature_algorithms, s->signs.list[i]))
            return 1;
    return 0;
}

/* "Servers implementing ECC cipher suites [...] are free to choose any one of
 * the elliptic curves [...]" where a client names none (RFC 8422 section 4);
 * GnuTLS then takes P-256. */
static int has_curve(const struct gtls_state *s, const struct tls_hello *h)
{
    if (h->groups.data == NULL)
        return state_has(&s->groups, SECP256R1);
    for (size_t i = 0; i < s->groups.count; i++)
        if (s->groups.list[i] < FIRST_FFDHE &&
            is_listed(&h->groups, s->groups.list[i]))
            return 1;
    return 0;
}

/* "If the server cannot satisfy [a client that lists finite field groups] it
 * MUST NOT select an FFDHE cipher suite" (RFC 7919 section 4). */
static int has_finite_field(const struct gtls_state *s,
                            const struct tls_hello *h)
{
    int is_listed_any = 0;

    for (size_t i = 0; i < h->groups.count; i++) {
        uint16_t code = tls_hello_code(&h->groups, i);

        if (code < FIRST_FFDHE || code > LAST_FFDHE)
            continue;
        if (state_has(&s->groups, code))
            return 1;
        is_listed_any = 1;
    }
    return !is_listed_any;
}

/* "the server's certificate [...] MUST [use] a curve [...] that the client
 * named" (RFC 8422 section 5.3). */
static int curve_is_known(const struct tls_hello *h, const struct gtls_chain *c)
{
    return c->curve == 0 || h->groups.data == NULL ||
           is_listed(&h->groups, c->curve);
}

/* Up to TLS 1.2. */
static int suite_fits(const struct gtls_state *s, const struct tls_hello *h,
                      const struct gtls_suite *suite,
                      const struct gtls_chain *c, uint16_t version)
{
    if (c->count == 0 || suite->first > version)
        return 0;
    switch (suite->kx) {
    case GNUTLS_KX_RSA: /* signs nothing, but OpenSSL's server takes a state's
                           algorithms for a word about the certificate, too */
        return c->type == GNUTLS_PK_RSA && can_sign(s, h, c, version);
    case GNUTLS_KX_DHE_RSA:
        return has_finite_field(s, h) && can_sign(s, h, c, version);
    default:
        return has_curve(s, h) && curve_is_known(h, c) &&
               can_sign(s, h, c, version);
    }
}

static int choose_old(struct gtls_state *s, const struct tls_hello *h,
                      uint16_t version, struct gtls_choice *out)
{
    for (size_t i = 0; i < s->suites_count; i++) {
        struct gtls_suite *suite = &s->suites[i];
        const struct gtls_chain *c =
            &s->chains[suite->kx == GNUTLS_KX_ECDHE_ECDSA ? GTLS_CHAIN_ECDSA
                                                          : GTLS_CHAIN_RSA];

        if (suite->first == GTLS_TLS13 || !is_listed(&h->suites, suite->code) ||
            !suite_fits(s, h, suite, c, version))
            continue;
        *out = (struct gtls_choice){suite, c};
        return 0;
    }
    return GNUTLS_E_NO_CIPHER_SUITES;
}

/* The endpoint's first algorithm that the client has and a chain can make. */
static const struct gtls_chain *chain_of_13(const struct gtls_state *s,
                                            const struct tls_hello *h)
{
    for (size_t i = 0; i < s->signs.count; i++)
        for (int k = 0; k < GTLS_CHAINS; k++)
            if (s->chains[k].count > 0 &&
                sign_fits(&s->chains[k], s->signs.list[i], GTLS_TLS13) &&
                is_listed(&h->signature_algorithms, s->signs.list[i]))
                return &s->chains[k];
    return NULL;
}

static int choose_13(struct gtls_state *s, const struct tls_hello *h,
                     struct gtls_choice *out)
{
    const struct gtls_chain *c = chain_of_13(s, h);

    if (h->signature_algorithms.data == NULL)
        return GNUTLS_E_MISSING_EXTENSION;
    if (c == NULL)
        return GNUTLS_E_NO_CIPHER_SUITES;
    for (size_t i = 0; i < s->suites_count; i++) {
        struct gtls_suite *suite = &s->suites[i];

        if (suite->first != GTLS_TLS13 || !is_listed(&h->suites, suite->code))
            continue;
        *out = (struct gtls_choice){suite, c};
        return 0;
    }
    return GNUTLS_E_NO_CIPHER_SUITES;
}

int gtls_choose(struct gtls_state *s, const struct tls_hello *h,
                struct gtls_choice *out)
{
    uint16_t version = version_choose(s, h);

    *out = (struct gtls_choice){NULL, NULL};
    if (version == 0)
        return GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
    if (s->alpn_required && h->alpn.data == NULL)
        return GNUTLS_E_NO_APPLICATION_PROTOCOL;
    return version == GTLS_TLS13 ? choose_13(s, h, out)
                                 : choose_old(s, h, version, out);
}
