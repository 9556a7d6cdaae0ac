/* IANA code points (the "TLS Parameters" registries) and this library's own
 * numbers. The suites come from the library, which tells their code points. */
#include "clients/gnutls/names.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct {
    uint16_t code;
    gnutls_protocol_t version;
} versions[] = {
    {0x0301, GNUTLS_TLS1_0},
    {0x0302, GNUTLS_TLS1_1},
    {0x0303, GNUTLS_TLS1_2},
    {0x0304, GNUTLS_TLS1_3},
};

static const struct {
    uint16_t code;
    gnutls_group_t group;
} groups[] = {
    {0x0013, GNUTLS_GROUP_SECP192R1}, {0x0015, GNUTLS_GROUP_SECP224R1},
    {0x0017, GNUTLS_GROUP_SECP256R1}, {0x0018, GNUTLS_GROUP_SECP384R1},
    {0x0019, GNUTLS_GROUP_SECP521R1}, {0x001d, GNUTLS_GROUP_X25519},
    {0x001e, GNUTLS_GROUP_X448},      {0x0100, GNUTLS_GROUP_FFDHE2048},
    {0x0101, GNUTLS_GROUP_FFDHE3072}, {0x0102, GNUTLS_GROUP_FFDHE4096},
    {0x0103, GNUTLS_GROUP_FFDHE6144}, {0x0104, GNUTLS_GROUP_FFDHE8192},
};

/* RFC 8446 section 4.2.3 ties the ECDSA algorithms to a curve and keeps the
 * code points of TLS 1.2, so the library has two of each. */
static const struct {
    uint16_t code;
    gnutls_sign_algorithm_t sign;
} signs[] = {
    {0x0101, GNUTLS_SIGN_RSA_MD5},
    {0x0201, GNUTLS_SIGN_RSA_SHA1},
    {0x0202, GNUTLS_SIGN_DSA_SHA1},
    {0x0203, GNUTLS_SIGN_ECDSA_SHA1},
    {0x0301, GNUTLS_SIGN_RSA_SHA224},
    {0x0302, GNUTLS_SIGN_DSA_SHA224},
    {0x0303, GNUTLS_SIGN_ECDSA_SHA224},
    {0x0401, GNUTLS_SIGN_RSA_SHA256},
    {0x0402, GNUTLS_SIGN_DSA_SHA256},
    {0x0403, GNUTLS_SIGN_ECDSA_SHA256},
    {0x0403, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256},
    {0x0501, GNUTLS_SIGN_RSA_SHA384},
    {0x0502, GNUTLS_SIGN_DSA_SHA384},
    {0x0503, GNUTLS_SIGN_ECDSA_SHA384},
    {0x0503, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384},
    {0x0601, GNUTLS_SIGN_RSA_SHA512},
    {0x0602, GNUTLS_SIGN_DSA_SHA512},
    {0x0603, GNUTLS_SIGN_ECDSA_SHA512},
    {0x0603, GNUTLS_SIGN_ECDSA_SECP521R1_SHA512},
    {0x0804, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256},
    {0x0805, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384},
    {0x0806, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512},
    {0x0807, GNUTLS_SIGN_EDDSA_ED25519},
    {0x0808, GNUTLS_SIGN_EDDSA_ED448},
    {0x0809, GNUTLS_SIGN_RSA_PSS_SHA256},
    {0x080a, GNUTLS_SIGN_RSA_PSS_SHA384},
    {0x080b, GNUTLS_SIGN_RSA_PSS_SHA512},
};

int names_suite_at(size_t index, struct names_suite *suite)
{
    unsigned char id[2];

    if (!gnutls_cipher_suite_info(index, id, &suite->kx, &suite->cipher,
                                  &suite->mac, &suite->first))
        return -1;
    suite->code = (uint16_t)(id[0] << 8 | id[1]);
    return 0;
}

int names_suite_find(uint16_t code, struct names_suite *suite)
{
    for (size_t i = 0; names_suite_at(i, suite) == 0; i++)
        if (suite->code == code)
            return 0;
    return -1;
}

/* From TLS 1.3 on the key exchange is no part of the suite. */
uint16_t names_suite_of(gnutls_session_t session)
{
    int tls13 = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;
    struct names_suite s;

    for (size_t i = 0; names_suite_at(i, &s) == 0; i++)
        if (s.cipher == gnutls_cipher_get(session) &&
            s.mac == gnutls_mac_get(session) &&
            (s.first == GNUTLS_TLS1_3) == tls13 &&
            (tls13 || s.kx == gnutls_kx_get(session)))
            return s.code;
    return 0;
}

uint16_t names_version_of(gnutls_protocol_t version)
{
    for (size_t i = 0; i < COUNT(versions); i++)
        if (versions[i].version == version)
            return versions[i].code;
    return 0;
}

uint16_t names_group_of(gnutls_group_t group)
{
    for (size_t i = 0; i < COUNT(groups); i++)
        if (groups[i].group == group)
            return groups[i].code;
    return 0;
}

gnutls_group_t names_group_find(uint16_t code)
{
    for (size_t i = 0; i < COUNT(groups); i++)
        if (groups[i].code == code)
            return groups[i].group;
    return GNUTLS_GROUP_INVALID;
}

uint16_t names_sign_of(gnutls_sign_algorithm_t sign)
{
    for (size_t i = 0; i < COUNT(signs); i++)
        if (signs[i].sign == sign)
            return signs[i].code;
    return 0;
}

gnutls_sign_algorithm_t names_sign_find(uint16_t code, size_t index)
{
    for (size_t i = 0; i < COUNT(signs); i++)
        if (signs[i].code == code && index-- == 0)
            return signs[i].sign;
    return GNUTLS_SIGN_UNKNOWN;
}
