/* Certificates out of files as people have them: PEM with anything around it
 * (`openssl s_client -showcerts`, a C string), DER, one after another, PKCS#7
 * as PEM or DER. Everything read here comes from outside. */
#ifndef PKI_BUNDLE_H
#define PKI_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "pki/asn1.h"

struct bundle {
    struct asn1_buf *certificates; /* DER each, in file order */
    size_t count;
};

/* Reads all certificates in data. 0, or -1 with one sentence in `why`: empty,
 * no certificate, cut off, a private key, bytes that are none of these. */
int bundle_parse(const uint8_t *data, size_t size, struct bundle *out,
                 char why[static 200]);
void bundle_clear(struct bundle *b);

#endif
