/* What a stranger's certificate or certificate request says of itself, for
 * parts that know no libcrypto. Nothing here believes it. Any thread. */
#ifndef PKI_INSPECT_H
#define PKI_INSPECT_H

#include <stddef.h>
#include <stdint.h>

struct inspected {
    uint8_t *der;
    size_t size;
    char *subject, *issuer; /* RFC 4514 text */
    char *common_name;      /* of the subject; NULL: it has none */
    char *serial;           /* lower-case hex */
    char key[64];           /* "rsa-2048", "ec-p256", "ed25519", ... */
    char sha256[65];        /* of the DER, lower-case hex */
    char subject_sha256[65], issuer_sha256[65]; /* of the DER names */
    int64_t not_before, not_after;              /* UTC seconds */
    int is_ca;       /* basicConstraints (RFC 5280 section 4.2.1.9) say cA */
    int self_signed; /* its own key verifies it */
};

enum { INSPECT_WHY = 160 };

/* The only certificate in a PEM text. 0, or -1 with one sentence in why;
 * inspect_clear in both cases. */
int inspect_pem(const char *pem, struct inspected *out,
                char why[static INSPECT_WHY]);
/* The certificate that fills the bytes. The same. */
int inspect_der(const uint8_t *der, size_t size, struct inspected *out,
                char why[static INSPECT_WHY]);
void inspect_clear(struct inspected *i);

/* Do the issuer's name and key fit c? 1 or 0; 0 where it cannot be told. */
int inspect_is_issued_by(const struct inspected *c,
                         const struct inspected *issuer);

#endif
