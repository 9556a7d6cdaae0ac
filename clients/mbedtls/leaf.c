/* mbedtls_ssl_parse_certificate(): "Ignore certificate with an unknown
 * algorithm: maybe a prior certificate was already trusted." It ignores the
 * first one too (2.16 to 3.6), and what it then says is about another
 * certificate than the leaf. */
#include "clients/mbedtls/leaf.h"

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#include "base/der.h"
#include "clients/mbedtls/compat.h"

enum { HEADER = 4, LENGTH = 3, TLS13 = 0x0304 };

static size_t length_at(const uint8_t *p)
{
    return (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
}

/* The first certificate of the Certificate message that was read (RFC 5246
 * section 7.4.2; RFC 8446 section 4.4.2 puts a context before it). */
static struct der_slice leaf_sent(const mbedtls_ssl_context *ssl)
{
    const uint8_t *message = compat_message(ssl);
    size_t size = compat_message_size(ssl), at = HEADER;
    struct der_slice none = {NULL, 0}, leaf;

    if (!message || size <= HEADER || message[0] != MBEDTLS_SSL_HS_CERTIFICATE)
        return none;
    if (compat_version(ssl) >= TLS13)
        at += 1 + (size_t)message[HEADER];
    at += LENGTH;
    if (at + LENGTH > size)
        return none;
    leaf.data = message + at + LENGTH;
    leaf.size = length_at(message + at);
    return leaf.size <= size - at - LENGTH ? leaf : none;
}

int leaf_is_passed_over(const mbedtls_ssl_context *ssl)
{
    struct der_slice leaf = leaf_sent(ssl);
    struct der_certificate c;
    mbedtls_asn1_buf oid, parameters;
    mbedtls_md_type_t md;
    mbedtls_pk_type_t pk;
    unsigned char *at;

    if (!leaf.data || !der_certificate_read(leaf.data, leaf.size, &c))
        return 0;
    /* Between serial and issuer is the algorithm (RFC 5280 section 4.1); the
     * library's functions write to none of it. */
    at = (unsigned char *)c.serial.data + c.serial.size;
    if (mbedtls_asn1_get_alg(&at, c.issuer.data, &oid, &parameters))
        return 0;
    return mbedtls_oid_get_sig_alg(&oid, &md, &pk) == MBEDTLS_ERR_OID_NOT_FOUND;
}
