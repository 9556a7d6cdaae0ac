/* Checks by the bytes as they stand: X509_verify gives -1 both for what it
 * cannot check and for what is not well formed, and looks at the inner
 * algorithm too. Must not know twins. */
#include "pki/signature.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

int signature_read(const uint8_t *der, size_t size, struct signature *out)
{
    struct der_slice rest = {der, size}, outer, bits;

    memset(out, 0, sizeof *out);
    if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, &outer, NULL) != 0 ||
        asn1_expect(&outer, ASN1_TAG_SEQUENCE, NULL, &out->tbs) != 0 ||
        asn1_expect(&outer, ASN1_TAG_SEQUENCE, NULL, &out->algorithm) != 0 ||
        asn1_expect(&outer, ASN1_TAG_BITS, &bits, NULL) != 0 || bits.size < 1)
        return -1;
    out->unused_bits = bits.data[0];
    out->value = (struct der_slice){bits.data + 1, bits.size - 1};
    return 0;
}

enum signature_fit signature_check(const struct signature *s, EVP_PKEY *key)
{
    struct signing signing;
    char what[80];
    int good = 0;

    if (key == NULL || algorithm_parse(&s->algorithm, &signing, what) != 0)
        return SIGNATURE_UNCHECKED;
    if (s->unused_bits == 0)
        good = algorithm_verify(&signing, key, &s->tbs, &s->value);
    ERR_clear_error();
    return good ? SIGNATURE_GOOD : SIGNATURE_BAD;
}

EVP_PKEY *signature_key(const uint8_t *der, size_t size)
{
    struct der_certificate parts;
    const unsigned char *p;
    EVP_PKEY *key = NULL;

    if (der_certificate_read(der, size, &parts) != 0) {
        p = parts.spki.data;
        key = d2i_PUBKEY(NULL, &p, (long)parts.spki.size);
    }
    ERR_clear_error();
    return key;
}
