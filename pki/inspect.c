/* Reads by libcrypto, once, into plain text and numbers. Must not know twins
 * or the catalog. */
#include "pki/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/sha256.h"
#include "pki/key.h"
#include "pki/signature.h"

void inspect_clear(struct inspected *i)
{
    free(i->der);
    free(i->subject);
    free(i->issuer);
    free(i->common_name);
    free(i->serial);
    memset(i, 0, sizeof *i);
}

static char *name_text(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text = NULL;
    long size;

    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
        size = BIO_get_mem_data(bio, &data);
        text = strndup(size > 0 ? data : "", (size_t)size);
    }
    BIO_free(bio);
    return text;
}

static char *common_name(const X509_NAME *name)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1), size;
    unsigned char *utf8 = NULL;
    char *text = NULL;

    if (at < 0)
        return NULL;
    size = ASN1_STRING_to_UTF8(
        &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    /* One with a NUL inside is no name that anybody may compare. */
    if (size >= 0 && memchr(utf8, '\0', (size_t)size) == NULL)
        text = strndup((char *)utf8, (size_t)size);
    OPENSSL_free(utf8);
    return text;
}

static char *serial_text(const X509 *x)
{
    const ASN1_INTEGER *n = X509_get0_serialNumber(x);
    size_t size = (size_t)ASN1_STRING_length(n);
    const unsigned char *data = ASN1_STRING_get0_data(n);
    char *text = malloc(2 * size + 1);

    if (text == NULL)
        return NULL;
    text[0] = '\0';
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", data[i]);
    return text;
}

static void read_key(const X509 *x, const struct der_slice *spki,
                     char out[static 64])
{
    EVP_PKEY *key = X509_get0_pubkey(x);
    struct key_kind kind;
    char what[80];

    if (key != NULL && key_kind_of(key, &kind, what) == 0)
        key_kind_name(&kind, out);
    else
        key_name_any(key, spki, out);
}

static int verifies(const struct inspected *c, const struct inspected *issuer)
{
    EVP_PKEY *key = signature_key(issuer->der, issuer->size);
    struct signature s;
    int good = key != NULL && signature_read(c->der, c->size, &s) == 0 &&
               signature_check(&s, key) == SIGNATURE_GOOD;

    EVP_PKEY_free(key);
    return good;
}

static int read_parts(const X509 *x, struct inspected *out)
{
    struct der_certificate parts;

    if (der_certificate_read(out->der, out->size, &parts) != out->size ||
        der_time(&parts.not_before, &out->not_before) != 0 ||
        der_time(&parts.not_after, &out->not_after) != 0)
        return -1;
    sha256_hex(out->der, out->size, out->sha256);
    sha256_hex(parts.subject.data, parts.subject.size, out->subject_sha256);
    sha256_hex(parts.issuer.data, parts.issuer.size, out->issuer_sha256);
    read_key(x, &parts.spki, out->key);
    out->subject = name_text(X509_get_subject_name(x));
    out->issuer = name_text(X509_get_issuer_name(x));
    out->common_name = common_name(X509_get_subject_name(x));
    out->serial = serial_text(x);
    out->self_signed = verifies(out, out);
    return out->subject && out->issuer && out->serial ? 0 : -1;
}

static int is_ca(X509 *x)
{
    BASIC_CONSTRAINTS *b =
        X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);
    int ca = b != NULL && b->ca != 0;

    BASIC_CONSTRAINTS_free(b);
    return ca;
}

int inspect_der(const uint8_t *der, size_t size, struct inspected *out,
                char why[static INSPECT_WHY])
{
    const unsigned char *p = der;
    X509 *x = size > 0 ? d2i_X509(NULL, &p, (long)size) : NULL;
    int status = -1;

    memset(out, 0, sizeof *out);
    if (x != NULL && p == der + size)
        out->der = malloc(size);
    if (out->der != NULL) {
        memcpy(out->der, der, size);
        out->size = size;
        out->is_ca = is_ca(x);
        status = read_parts(x, out);
    }
    if (status != 0)
        snprintf(why, INSPECT_WHY, "it is not an X.509 certificate");
    X509_free(x);
    ERR_clear_error();
    return status;
}

int inspect_pem(const char *pem, struct inspected *out,
                char why[static INSPECT_WHY])
{
    static const char begin[] = "-----BEGIN ";
    const char *first = strstr(pem, begin);
    BIO *bio = BIO_new_mem_buf(pem, -1);
    unsigned char *der = NULL;
    long size = 0;
    int status = -1;

    memset(out, 0, sizeof *out);
    if (first != NULL && strstr(first + 1, begin) != NULL)
        snprintf(why, INSPECT_WHY,
                 "there is more than one block of PEM in it: one certificate "
                 "is wanted");
    else if (bio == NULL ||
             PEM_bytes_read_bio(&der, &size, NULL, PEM_STRING_X509, bio, NULL,
                                NULL) != 1)
        snprintf(why, INSPECT_WHY, "it is not a certificate in PEM form");
    else
        status = inspect_der(der, (size_t)size, out, why);
    OPENSSL_free(der);
    BIO_free(bio);
    ERR_clear_error();
    return status;
}

int inspect_is_issued_by(const struct inspected *c,
                         const struct inspected *issuer)
{
    return strcmp(c->issuer_sha256, issuer->subject_sha256) == 0 &&
           verifies(c, issuer);
}
