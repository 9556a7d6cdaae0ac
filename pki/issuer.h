/* Signs device certificates as the service does for its customers: of the
 * public key in a request, until the end of 2049, under a name of its own. */
#ifndef PKI_ISSUER_H
#define PKI_ISSUER_H

#include <stdint.h>

struct issuer;

/* Its key lies in <dir>/device-issuer.pem; both are made if they are not there.
 * not_after: of what it signs; 0: 2049-12-31T23:59:59Z. NULL on failure,
 * reported. */
struct issuer *issuer_new(const char *dir, int64_t not_after);
void issuer_free(struct issuer *i);

/* A certificate for a request (PKCS #10, PEM) with its subject and key, as PEM,
 * malloc'd. 0, or -1 with one sentence in why: it is no request, or its own key
 * did not sign it. context is the issuer. One thread at a time. */
enum { ISSUER_WHY = 200 };
int issuer_sign(void *context, const char *csr, int64_t now, char **certificate,
                char why[static ISSUER_WHY]);
/* The same with an RSA-2048 key that is made for it. */
int issuer_make(void *context, int64_t now, char **certificate,
                char **public_key, char **private_key,
                char why[static ISSUER_WHY]);

#endif
