/* What a minted certificate says of itself. Reads, never makes. */
#include "pki/world.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/certificate.h"

static char *name_text(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text = NULL;
    long size;

    if (bio != NULL &&
        X509_NAME_print_ex(bio, name, 0,
                           XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        size = BIO_get_mem_data(bio, &data);
        text = format("%.*s", (int)size, size > 0 ? data : "");
    }
    BIO_free(bio);
    return text;
}

static char *dns_name(const struct asn1_buf *der)
{
    struct der_slice value, names, name;
    uint8_t tag;

    if (extension_find(der->data, der->size, EXTENSION_SUBJECT_ALT_NAME,
                       &value) != 0 ||
        asn1_expect(&value, ASN1_TAG_SEQUENCE, &names, NULL) != 0)
        return NULL;
    while (asn1_next(&names, &tag, &name, NULL) == 0)
        if (tag == 0x82)
            return format("%.*s", (int)name.size, (const char *)name.data);
    return NULL;
}

static char *common_name(const X509_NAME *name)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    unsigned char *utf8 = NULL;
    char *text = NULL;

    if (at >= 0 &&
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
                                       X509_NAME_get_entry(name, at))) >= 0)
        text = format("%s", (const char *)utf8);
    OPENSSL_free(utf8);
    return text;
}

/* A time that nobody can read is that of 1970. */
static int64_t time_of(const struct der_slice *time)
{
    const unsigned char *p = time->data;
    ASN1_TIME *lenient;
    struct tm tm;
    int64_t at = CERTIFICATE_NO_TIME;

    if (der_time(time, &at) == 0)
        return at;
    lenient = d2i_ASN1_TIME(NULL, &p, (long)time->size);
    if (lenient != NULL && ASN1_TIME_to_tm(lenient, &tm) == 1)
        at = (int64_t)timegm(&tm);
    ASN1_STRING_free(lenient);
    return at;
}

static X509_NAME *name_read(const struct der_slice *name)
{
    const unsigned char *p = name->data;

    return d2i_X509_NAME(NULL, &p, (long)name->size);
}

static void hashes_make(struct pki_cert *c, const struct der_certificate *parts)
{
    uint8_t hash[SHA_DIGEST_LENGTH];

    world_sha256(parts->spki.data, parts->spki.size, c->spki_sha256);
    world_sha256(c->der.data, c->der.size, c->certificate_sha256);
    SHA1(c->der.data, c->der.size, hash);
    world_hex(hash, sizeof hash, c->certificate_sha1);
    name_id(&parts->subject, c->subject_id);
    name_id(&parts->issuer, c->issuer_id);
}

static int names_read(struct pki_cert *c, const struct der_certificate *parts)
{
    X509_NAME *subject = name_read(&parts->subject);
    X509_NAME *issuer = name_read(&parts->issuer);

    if (subject != NULL && issuer != NULL) {
        c->subject = name_text(subject);
        c->issuer_name = name_text(issuer);
        c->first_name = dns_name(&c->der);
        if (c->first_name == NULL)
            c->first_name = common_name(subject);
    }
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    ERR_clear_error();
    return c->subject != NULL && c->issuer_name != NULL ? 0 : -1;
}

int facts_read(struct pki_cert *c)
{
    struct der_certificate parts;

    if (der_certificate_read(c->der.data, c->der.size, &parts) != c->der.size ||
        names_read(c, &parts) != 0) {
        diag("%s: the minted certificate cannot be read back", c->name);
        return -1;
    }
    hashes_make(c, &parts);
    c->not_before = time_of(&parts.not_before);
    c->not_after = time_of(&parts.not_after);
    key_kind_name(&c->key->kind, c->kind);
    return 0;
}

const char *pki_name(const struct pki_cert *c)
{
    return c->name;
}

const uint8_t *pki_der(const struct pki_cert *c, size_t *size)
{
    *size = c->der.size;
    return c->der.data;
}

const char *pki_subject(const struct pki_cert *c)
{
    return c->subject;
}

const char *pki_issuer(const struct pki_cert *c)
{
    return c->issuer_name;
}

const char *pki_key_kind(const struct pki_cert *c)
{
    return c->kind;
}

int64_t pki_not_before(const struct pki_cert *c)
{
    return c->not_before;
}

int64_t pki_not_after(const struct pki_cert *c)
{
    return c->not_after;
}

const char *pki_first_name(const struct pki_cert *c)
{
    return c->first_name;
}

const char *pki_key_path(const struct pki_cert *c)
{
    return c->key->path;
}

const char *pki_certificate_sha256(const struct pki_cert *c)
{
    return c->certificate_sha256;
}

const char *pki_certificate_sha1(const struct pki_cert *c)
{
    return c->certificate_sha1;
}

const char *pki_spki_sha256(const struct pki_cert *c)
{
    return c->spki_sha256;
}

int pki_write_der(struct pki_cert *const *certs, size_t count, const char *path)
{
    struct asn1_buf all = {0};
    int status;

    for (size_t i = 0; i < count; i++)
        asn1_put(&all, certs[i]->der.data, certs[i]->der.size);
    if (all.failed)
        diag("%s: out of memory", path);
    status = all.failed ? -1 : file_write(path, 0644, all.data, all.size);
    asn1_clear(&all);
    return status;
}

int pki_write_pem(struct pki_cert *const *certs, size_t count, const char *path)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long size;
    int ok = bio != NULL, status = -1;

    for (size_t i = 0; i < count && ok; i++)
        ok = BIO_printf(bio, "# LAB TWIN, not a real certificate: %s (%s)\n",
                        certs[i]->subject, certs[i]->name) > 0 &&
             PEM_write_bio(bio, PEM_STRING_X509, "", certs[i]->der.data,
                           (long)certs[i]->der.size);
    if (ok) {
        size = BIO_get_mem_data(bio, &data);
        status = file_write(path, 0644, data, (size_t)size);
    } else
        diag("%s: cannot encode PEM", path);
    BIO_free(bio);
    return status;
}
