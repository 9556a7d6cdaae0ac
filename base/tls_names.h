/* Names of TLS versions, cipher suites, groups and signature algorithms (IANA
 * registries) and their code points. Records and jobs carry IANA names; YAML
 * may also use OpenSSL's names. Knows no TLS library. */
#ifndef BASE_TLS_NAMES_H
#define BASE_TLS_NAMES_H

#include <stdint.h>

struct tls_suite {
    uint16_t code;
    const char *iana; /* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
    const char
        *openssl; /* "ECDHE-RSA-AES128-GCM-SHA256"; for TLS 1.3 the IANA name */
};

struct tls_name {
    uint16_t code;
    const char *iana;    /* group: "x25519", "secp256r1"; algorithm:
                            "rsa_pss_rsae_sha256" */
    const char *openssl; /* group: "X25519", "P-256"; algorithm:
                            "rsa_pss_rsae_sha256" or "RSA+SHA1" */
};

/* By IANA or OpenSSL name (case as registered); NULL if unknown. Static
 * storage. */
const struct tls_suite *tls_suite_by_name(const char *name);
const struct tls_suite *tls_suite_by_code(uint16_t code);
const struct tls_name *tls_group_by_name(const char *name);
const struct tls_name *tls_group_by_code(uint16_t code);
const struct tls_name *tls_sigalg_by_name(const char *name);
const struct tls_name *tls_sigalg_by_code(uint16_t code);

/* "1.0".."1.3" to 0x0301..0x0304 and back; 0 and NULL if unknown. */
uint16_t tls_version_parse(const char *name);
const char *tls_version_name(uint16_t code);

#endif
