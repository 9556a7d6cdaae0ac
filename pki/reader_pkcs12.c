/* PKCS#12 (RFC 7292), as a trust store without a key: Java's, or `openssl
 * pkcs12 -export -nokeys`. Must not decrypt a key. */
#include "pki/reader.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

static int take_bag(struct reading *r, PKCS12_SAFEBAG *bag)
{
    int type = PKCS12_SAFEBAG_get_nid(bag), status = 0;
    unsigned char *der = NULL;
    X509 *x;
    int n;

    if (type == NID_keyBag || type == NID_pkcs8ShroudedKeyBag)
        return reading_private_key(r);
    if (type != NID_certBag)
        return 0;
    r->entries++;
    x = PKCS12_SAFEBAG_get1_cert(bag);
    n = x ? i2d_X509(x, &der) : 0;
    status = n > 0 ? reading_take(r, der, (size_t)n) : 1;
    OPENSSL_free(der);
    X509_free(x);
    if (status > 0)
        return reading_damaged(r, "certificate %zu cannot be read (damaged)",
                               r->entries);
    return status;
}

/* The bags of a safe that is not encrypted, or with the empty password (which
 * has two forms). NULL: it has a password. */
static STACK_OF(PKCS12_SAFEBAG) * open_safe(PKCS7 *safe)
{
    STACK_OF(PKCS12_SAFEBAG) * bags;

    if (OBJ_obj2nid(safe->type) == NID_pkcs7_data)
        return PKCS12_unpack_p7data(safe);
    if (OBJ_obj2nid(safe->type) != NID_pkcs7_encrypted)
        return NULL;
    bags = PKCS12_unpack_p7encdata(safe, "", 0);
    return bags ? bags : PKCS12_unpack_p7encdata(safe, NULL, 0);
}

static int read_safes(struct reading *r, STACK_OF(PKCS7) * safes)
{
    int status = 0;

    for (int i = 0; i < sk_PKCS7_num(safes) && status == 0; i++) {
        STACK_OF(PKCS12_SAFEBAG) *bags = open_safe(sk_PKCS7_value(safes, i));

        if (bags == NULL)
            return reading_fail(
                r,
                "PKCS#12 with a password is not read: give PEM: openssl pkcs12 "
                "-nokeys -in %s -out store.pem",
                r->name);
        for (int k = 0; k < sk_PKCS12_SAFEBAG_num(bags) && status == 0; k++)
            status = take_bag(r, sk_PKCS12_SAFEBAG_value(bags, k));
        sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    }
    return status;
}

int read_pkcs12(struct reading *r, const uint8_t *data, size_t size)
{
    const unsigned char *p = data;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)size);
    STACK_OF(PKCS7) *safes = p12 ? PKCS12_unpack_authsafes(p12) : NULL;
    int status;

    if (safes == NULL)
        status = reading_fail(
            r,
            "PKCS#12 that cannot be read (cut off, or damaged); give PEM: "
            "openssl pkcs12 -nokeys -in %s -out store.pem",
            r->name);
    else
        status = read_safes(r, safes);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    PKCS12_free(p12);
    ERR_clear_error();
    return status;
}
