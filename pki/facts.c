/* What a minted certificate says of itself. Reads, never makes. */
#include "pki/world.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/diag.h"
#include "base/file.h"

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

static char *dns_name(X509 *x)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    char *text = NULL;

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && text == NULL; i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

        if (g->type == GEN_DNS)
            text = format("%.*s", ASN1_STRING_length(g->d.dNSName),
                          (const char *)ASN1_STRING_get0_data(g->d.dNSName));
    }
    GENERAL_NAMES_free(names);
    return text;
}

static char *common_name(X509 *x)
{
    X509_NAME *name = X509_get_subject_name(x);
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

/* As der_time in core, but for the times of the minted certificate. */
static int times_read(struct pki_cert *c)
{
    struct der_certificate parts;

    if (der_certificate_read(c->der.data, c->der.size, &parts) != c->der.size)
        return -1;
    world_sha256(parts.spki.data, parts.spki.size, c->spki_sha256);
    return der_time(&parts.not_before, &c->not_before) != 0 ||
                   der_time(&parts.not_after, &c->not_after) != 0
               ? -1
               : 0;
}

int facts_read(struct pki_cert *c)
{
    const unsigned char *p = c->der.data;

    c->x509 = d2i_X509(NULL, &p, (long)c->der.size);
    if (c->x509 == NULL || times_read(c) != 0) {
        diag("%s: the minted certificate cannot be read back", c->name);
        return -1;
    }
    c->subject = name_text(X509_get_subject_name(c->x509));
    c->issuer_name = name_text(X509_get_issuer_name(c->x509));
    c->first_name = dns_name(c->x509);
    if (c->first_name == NULL)
        c->first_name = common_name(c->x509);
    key_kind_name(&c->key->kind, c->kind);
    world_sha256(c->der.data, c->der.size, c->certificate_sha256);
    world_sha1(&c->der, c->certificate_sha1);
    if (c->subject == NULL || c->issuer_name == NULL) {
        diag("%s: out of memory", c->name);
        return -1;
    }
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
             PEM_write_bio_X509(bio, certs[i]->x509);
    if (ok) {
        size = BIO_get_mem_data(bio, &data);
        status = file_write(path, 0644, data, (size_t)size);
    } else
        diag("%s: cannot encode PEM", path);
    BIO_free(bio);
    return status;
}
