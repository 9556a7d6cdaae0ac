/* The registries as tables (IANA "TLS Parameters"). Only names and code points:
 * what a library can do with them is its business. */
#include "base/tls_names.h"

#include <stddef.h>
#include <string.h>

static const struct tls_suite suites[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {0x1302, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {0x1304, "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"},
    {0x1305, "TLS_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256"},
    {0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
     "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
     "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
     "ECDHE-RSA-AES128-GCM-SHA256"},
    {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
     "ECDHE-RSA-AES256-GCM-SHA384"},
    {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
     "ECDHE-RSA-CHACHA20-POLY1305"},
    {0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
     "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
     "DHE-RSA-CHACHA20-POLY1305"},
    {0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
     "ECDHE-ECDSA-AES128-SHA256"},
    {0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
     "ECDHE-ECDSA-AES256-SHA384"},
    {0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
     "ECDHE-RSA-AES128-SHA256"},
    {0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
     "ECDHE-RSA-AES256-SHA384"},
    {0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
    {0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
     "ECDHE-ECDSA-DES-CBC3-SHA"},
    {0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE-RSA-DES-CBC3-SHA"},
    {0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM"},
    {0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM"},
    {0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"},
    {0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "ECDHE-ECDSA-AES256-CCM8"},
    {0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
    {0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
    {0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"},
    {0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256"},
    {0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
    {0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
    {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"},
    {0x0005, "TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA"},
    {0xc09c, "TLS_RSA_WITH_AES_128_CCM", "AES128-CCM"},
    {0xc09d, "TLS_RSA_WITH_AES_256_CCM", "AES256-CCM"},
    {0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8", "AES128-CCM8"},
    {0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8", "AES256-CCM8"},
    {0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
     "DHE-RSA-AES128-GCM-SHA256"},
    {0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
     "DHE-RSA-AES256-GCM-SHA384"},
    {0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256", "DHE-RSA-AES128-SHA256"},
    {0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256"},
    {0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA"},
    {0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA"},
    {0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA", "ADH-AES128-SHA"},
    {0x003a, "TLS_DH_anon_WITH_AES_256_CBC_SHA", "ADH-AES256-SHA"},
    {0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
     "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
    {0x5600, "TLS_FALLBACK_SCSV", "TLS_FALLBACK_SCSV"},
};

static const struct tls_name groups[] = {
    {0x0013, "secp192r1", "P-192"},
    {0x0015, "secp224r1", "P-224"},
    {0x0016, "secp256k1", "secp256k1"},
    {0x0017, "secp256r1", "P-256"},
    {0x0018, "secp384r1", "P-384"},
    {0x0019, "secp521r1", "P-521"},
    {0x001a, "brainpoolP256r1", "brainpoolP256r1"},
    {0x001b, "brainpoolP384r1", "brainpoolP384r1"},
    {0x001c, "brainpoolP512r1", "brainpoolP512r1"},
    {0x001d, "x25519", "X25519"},
    {0x001e, "x448", "X448"},
    {0x0100, "ffdhe2048", "ffdhe2048"},
    {0x0101, "ffdhe3072", "ffdhe3072"},
    {0x0102, "ffdhe4096", "ffdhe4096"},
    {0x0103, "ffdhe6144", "ffdhe6144"},
    {0x0104, "ffdhe8192", "ffdhe8192"},
    {0x11ec, "X25519MLKEM768", "X25519MLKEM768"},
    {0x11eb, "SecP256r1MLKEM768", "SecP256r1MLKEM768"},
};

static const struct tls_name sigalgs[] = {
    {0x0101, "rsa_pkcs1_md5", "RSA+MD5"},
    {0x0201, "rsa_pkcs1_sha1", "RSA+SHA1"},
    {0x0202, "dsa_sha1", "DSA+SHA1"},
    {0x0203, "ecdsa_sha1", "ECDSA+SHA1"},
    {0x0301, "rsa_pkcs1_sha224", "RSA+SHA224"},
    {0x0302, "dsa_sha224", "DSA+SHA224"},
    {0x0303, "ecdsa_sha224", "ECDSA+SHA224"},
    {0x0401, "rsa_pkcs1_sha256", "RSA+SHA256"},
    {0x0402, "dsa_sha256", "DSA+SHA256"},
    {0x0403, "ecdsa_secp256r1_sha256", "ECDSA+SHA256"},
    {0x0501, "rsa_pkcs1_sha384", "RSA+SHA384"},
    {0x0502, "dsa_sha384", "DSA+SHA384"},
    {0x0503, "ecdsa_secp384r1_sha384", "ECDSA+SHA384"},
    {0x0601, "rsa_pkcs1_sha512", "RSA+SHA512"},
    {0x0602, "dsa_sha512", "DSA+SHA512"},
    {0x0603, "ecdsa_secp521r1_sha512", "ECDSA+SHA512"},
    {0x0804, "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha256"},
    {0x0805, "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha384"},
    {0x0806, "rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"},
    {0x0807, "ed25519", "ed25519"},
    {0x0808, "ed448", "ed448"},
    {0x0809, "rsa_pss_pss_sha256", "rsa_pss_pss_sha256"},
    {0x080a, "rsa_pss_pss_sha384", "rsa_pss_pss_sha384"},
    {0x080b, "rsa_pss_pss_sha512", "rsa_pss_pss_sha512"},
};

static const struct {
    uint16_t code;
    const char *name;
} versions[] = {
    {0x0301, "1.0"},
    {0x0302, "1.1"},
    {0x0303, "1.2"},
    {0x0304, "1.3"},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct tls_suite *tls_suite_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT(suites); i++)
        if (!strcmp(suites[i].iana, name) || !strcmp(suites[i].openssl, name))
            return &suites[i];
    return NULL;
}

const struct tls_suite *tls_suite_by_code(uint16_t code)
{
    for (size_t i = 0; i < COUNT(suites); i++)
        if (suites[i].code == code)
            return &suites[i];
    return NULL;
}

static const struct tls_name *by_name(const struct tls_name *table,
                                      size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(table[i].iana, name) || !strcmp(table[i].openssl, name))
            return &table[i];
    return NULL;
}

static const struct tls_name *by_code(const struct tls_name *table,
                                      size_t count, uint16_t code)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].code == code)
            return &table[i];
    return NULL;
}

const struct tls_name *tls_group_by_name(const char *name)
{
    return by_name(groups, COUNT(groups), name);
}

const struct tls_name *tls_group_by_code(uint16_t code)
{
    return by_code(groups, COUNT(groups), code);
}

const struct tls_name *tls_sigalg_by_name(const char *name)
{
    return by_name(sigalgs, COUNT(sigalgs), name);
}

const struct tls_name *tls_sigalg_by_code(uint16_t code)
{
    return by_code(sigalgs, COUNT(sigalgs), code);
}

uint16_t tls_version_parse(const char *name)
{
    for (size_t i = 0; i < COUNT(versions); i++)
        if (!strcmp(versions[i].name, name))
            return versions[i].code;
    return 0;
}

const char *tls_version_name(uint16_t code)
{
    for (size_t i = 0; i < COUNT(versions); i++)
        if (versions[i].code == code)
            return versions[i].name;
    return NULL;
}
