/* Just enough DER (X.690) to find the parts of an X.509 certificate (RFC 5280
 * section 4.1) that pins and distrust policies look at, without any TLS
 * library. Never trusts a length: everything is checked against the buffer. */
#ifndef BASE_DER_H
#define BASE_DER_H

#include <stddef.h>
#include <stdint.h>

struct der_slice {
    const uint8_t *data; /* points into the caller's buffer, header included */
    size_t size;
};

struct der_certificate {
    struct der_slice whole, serial, issuer, not_before, not_after, subject,
        spki;
};

/* Reads one certificate at the start of data. Returns its total size in bytes
 * (so that concatenated certificates can be walked), or 0 if it is not one. */
size_t der_certificate_read(const uint8_t *data, size_t size,
                            struct der_certificate *out);
/* UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5) to seconds since 1970.
 * 0 or -1. */
int der_time(const struct der_slice *time, int64_t *out);
int der_equal(const struct der_slice *a, const struct der_slice *b);

#endif
