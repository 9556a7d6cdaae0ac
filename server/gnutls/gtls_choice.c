/* Picks version, suite and chain from a ClientHello, by the endpoint's order
 * as server/openssl/ does. What the picked suite then needs beyond that (a key
 * share, the group itself) is the library's. */
#include "server/gnutls/gtls_state.h"

#include "server/wire/tls_hello.h"

enum { EXT_KEY_SHARE = 51 };
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
static uint16_t sign_by_default(const struct gtls_state *s,
                                const struct gtls_chain *c)
{
    uint16_t sign = c->type == GNUTLS_PK_RSA     ? RSA_SHA1
                    : c->type == GNUTLS_PK_ECDSA ? ECDSA_SHA1
                                                 : 0;

    return state_has(&s->signs, sign) ? sign : 0;
}

/* The endpoint's first that the client has and the chain's key can make, since
 * TLS 1.2; 0: there is none. */
static uint16_t sign_choose(const struct gtls_state *s,
                            const struct tls_hello *h,
                            const struct gtls_chain *c, uint16_t version)
{
    if (h->signature_algorithms.data == NULL)
        return sign_by_default(s, c);
    for (size_t i = 0; i < s->signs.count; i++)
        if (sign_fits(c, s->signs.list[i], version) &&
            is_listed(&h->signature_algorithms, s->signs.list[i]))
            return s->signs.list[i];
    return 0;
}

/* Before, the algorithm follows from the key. */
static int can_sign(const struct gtls_state *s, const struct tls_hello *h,
                    const struct gtls_chain *c, uint16_t version,
                    uint16_t *sign)
{
    *sign = version < GTLS_TLS12 ? 0 : sign_choose(s, h, c, version);
    return version < GTLS_TLS12
               ? c->type == GNUTLS_PK_RSA || c->type == GNUTLS_PK_ECDSA
               : *sign != 0;
}

/* "Servers implementing ECC cipher suites [...] are free to choose any one of
 * the elliptic curves [...]" where a client names none (RFC 8422 section 4);
 * GnuTLS then takes P-256. 0: there is none. */
static uint16_t curve_choose(const struct gtls_state *s,
                             const struct tls_hello *h)
{
    if (h->groups.data == NULL)
        return state_has(&s->groups, SECP256R1) ? SECP256R1 : 0;
    for (size_t i = 0; i < s->groups.count; i++)
        if (s->groups.list[i] < FIRST_FFDHE &&
            is_listed(&h->groups, s->groups.list[i]))
            return s->groups.list[i];
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

/* Up to TLS 1.2. Fills in what the suite needs. */
static int suite_fits(const struct gtls_state *s, const struct tls_hello *h,
                      uint16_t version, struct gtls_choice *out)
{
    const struct gtls_chain *c = out->chain;

    out->sign = out->group = 0;
    if (c->count == 0 || out->suite->first > version ||
        !can_sign(s, h, c, version, &out->sign))
        return 0;
    switch (out->suite->kx) {
    case GNUTLS_KX_RSA: /* signs nothing, but OpenSSL's server takes a state's
                           algorithms for a word about the certificate, too */
        out->sign = 0;
        return c->type == GNUTLS_PK_RSA;
    case GNUTLS_KX_DHE_RSA:
        return has_finite_field(s, h);
    default:
        out->group = curve_choose(s, h);
        return out->group != 0 && curve_is_known(h, c);
    }
}

static int choose_old(const struct gtls_state *s, const struct tls_hello *h,
                      uint16_t version, struct gtls_choice *out)
{
    for (size_t i = 0; i < s->suites_count; i++) {
        const struct gtls_suite *suite = &s->suites[i];

        out->suite = suite;
        out->chain =
            &s->chains[suite->kx == GNUTLS_KX_ECDHE_ECDSA ? GTLS_CHAIN_ECDSA
                                                          : GTLS_CHAIN_RSA];
        if (suite->first != GTLS_TLS13 && is_listed(&h->suites, suite->code) &&
            suite_fits(s, h, version, out))
            return 0;
    }
    return GNUTLS_E_NO_CIPHER_SUITES;
}

/* The endpoint's first algorithm that the client has and a chain can make. */
static int sign_of_13(const struct gtls_state *s, const struct tls_hello *h,
                      struct gtls_choice *out)
{
    for (size_t i = 0; i < s->signs.count; i++)
        for (int k = 0; k < GTLS_CHAINS; k++) {
            out->chain = &s->chains[k];
            out->sign = s->signs.list[i];
            if (out->chain->count > 0 &&
                sign_fits(out->chain, out->sign, GTLS_TLS13) &&
                is_listed(&h->signature_algorithms, out->sign))
                return 0;
        }
    return GNUTLS_E_NO_CIPHER_SUITES;
}

static struct reader shares_of(const struct tls_hello *h)
{
    struct reader r = h->extensions;

    while (r.left > 0) {
        uint32_t type = reader_number(&r, 2);
        struct reader body = reader_vector(&r, 2);

        if (type == EXT_KEY_SHARE)
            return reader_vector(&body, 2);
    }
    return (struct reader){NULL, 0, 0};
}

/* The client's first key share of a group that the endpoint has, as OpenSSL
 * takes it; else the endpoint's first group, to be asked for. 0: there is none.
 */
static uint16_t group_of_13(const struct gtls_state *s,
                            const struct tls_hello *h)
{
    struct reader shares = shares_of(h);

    while (shares.left > 0) {
        uint16_t code = (uint16_t)reader_number(&shares, 2);

        reader_vector(&shares, 2);
        if (state_has(&s->groups, code) && is_listed(&h->groups, code))
            return code;
    }
    for (size_t i = 0; i < s->groups.count; i++)
        if (is_listed(&h->groups, s->groups.list[i]))
            return s->groups.list[i];
    return 0;
}

static int choose_13(const struct gtls_state *s, const struct tls_hello *h,
                     struct gtls_choice *out)
{
    if (h->signature_algorithms.data == NULL)
        return GNUTLS_E_MISSING_EXTENSION;
    if (sign_of_13(s, h, out) != 0)
        return GNUTLS_E_NO_CIPHER_SUITES;
    out->group = group_of_13(s, h);
    for (size_t i = 0; i < s->suites_count; i++) {
        out->suite = &s->suites[i];
        if (out->suite->first == GTLS_TLS13 &&
            is_listed(&h->suites, out->suite->code))
            return 0;
    }
    return GNUTLS_E_NO_CIPHER_SUITES;
}

int gtls_choose(const struct gtls_state *s, const struct tls_hello *h,
                struct gtls_choice *out)
{
    struct gtls_choice choice = {0};
    uint16_t version = version_choose(s, h);
    int ret;

    if (version == 0)
        return GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
    if (s->alpn_required && h->alpn.data == NULL)
        return GNUTLS_E_NO_APPLICATION_PROTOCOL;
    ret = version == GTLS_TLS13 ? choose_13(s, h, &choice)
                                : choose_old(s, h, version, &choice);
    if (ret == 0)
        *out = choice;
    return ret;
}
