/* A minted certificate's facts for the rest of the program, which knows no
 * libcrypto. Reads, never makes; what cannot be read is left out, and said to
 * be malformed in the list of extensions. */
#include "pki/pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/certificate.h"
#include "pki/pool.h"
#include "pki/signature.h"
#include "pki/world.h"

struct list { /* a list of strings that grows */
    char **items;
    size_t count;
    int failed;
};

/* Takes text; NULL: memory is out. */
static void list_add(struct list *l, char *text)
{
    char **grown = NULL;

    if (text != NULL)
        grown = realloc(l->items, (l->count + 1) * sizeof *grown);
    if (grown == NULL) {
        l->failed = 1;
        free(text);
        return;
    }
    l->items = grown;
    l->items[l->count++] = text;
}

static char *hex_of(const ASN1_STRING *s)
{
    size_t size = s ? (size_t)ASN1_STRING_length(s) : 0;
    char *text = malloc(2 * size + 1);

    if (text != NULL) {
        text[0] = '\0';
        world_hex(s ? ASN1_STRING_get0_data(s) : NULL, size, text);
    }
    return text;
}

/* What a stranger wrote, as one line of ASCII. */
static char *plain_text(const char *prefix, const ASN1_STRING *s)
{
    const unsigned char *from = ASN1_STRING_get0_data(s);
    size_t size = (size_t)ASN1_STRING_length(s), n = strlen(prefix);
    char *text = malloc(n + 4 * size + 1);

    if (text == NULL)
        return NULL;
    memcpy(text, prefix, n + 1);
    for (size_t i = 0; i < size; i++)
        if (from[i] > ' ' && from[i] <= '~' && from[i] != '\\')
            text[n++] = (char)from[i];
        else
            n += (size_t)sprintf(text + n, "\\x%02x", from[i]);
    text[n] = '\0';
    return text;
}

static char *ip_text(const ASN1_STRING *s)
{
    const unsigned char *b = ASN1_STRING_get0_data(s);
    char *text = NULL;
    size_t size = 0;
    FILE *f;

    if (ASN1_STRING_length(s) == 4)
        return format("IP:%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
    if (ASN1_STRING_length(s) != 16)
        return plain_text("IP:", s);
    f = open_memstream(&text, &size);
    if (f == NULL)
        return NULL;
    fprintf(f, "IP:");
    for (int i = 0; i < 16; i += 2)
        fprintf(f, "%s%x", i ? ":" : "", b[i] << 8 | b[i + 1]);
    fclose(f);
    return text;
}

static char *general_name(const GENERAL_NAME *g)
{
    switch (g->type) {
    case GEN_DNS:
        return plain_text("DNS:", g->d.dNSName);
    case GEN_IPADD:
        return ip_text(g->d.iPAddress);
    case GEN_EMAIL:
        return plain_text("email:", g->d.rfc822Name);
    case GEN_URI:
        return plain_text("URI:", g->d.uniformResourceIdentifier);
    default:
        return format("other");
    }
}

/* One function per extension whose inside is told. Each takes what
 * X509V3_EXT_d2i gave. */
static int read_names(void *value, struct certificate *out)
{
    GENERAL_NAMES *names = value;
    struct list l = {0};

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        list_add(&l, general_name(sk_GENERAL_NAME_value(names, i)));
    out->names = l.items;
    out->names_count = l.count;
    GENERAL_NAMES_free(names);
    return l.failed ? -1 : 0;
}

static int read_basic_constraints(void *value, struct certificate *out)
{
    BASIC_CONSTRAINTS *b = value;

    out->ca = b->ca != 0;
    if (b->pathlen != NULL)
        out->path_length = (int)ASN1_INTEGER_get(b->pathlen);
    BASIC_CONSTRAINTS_free(b);
    return 0;
}

static int read_key_usage(void *value, struct certificate *out)
{
    static const char *const bits[] = {
        "digitalSignature", "nonRepudiation", "keyEncipherment",
        "dataEncipherment", "keyAgreement",   "keyCertSign",
        "cRLSign",          "encipherOnly",   "decipherOnly"};
    ASN1_BIT_STRING *usage = value;
    struct list l = {0};

    for (int i = 0; i < 9; i++)
        if (ASN1_BIT_STRING_get_bit(usage, i))
            list_add(&l, format("%s", bits[i]));
    out->key_usage = l.items;
    out->key_usage_count = l.count;
    ASN1_BIT_STRING_free(usage);
    return l.failed ? -1 : 0;
}

static char *object_text(const ASN1_OBJECT *object)
{
    int nid = OBJ_obj2nid(object);
    char oid[128];

    if (nid != NID_undef)
        return format("%s", OBJ_nid2sn(nid));
    OBJ_obj2txt(oid, sizeof oid, object, 1);
    return format("%s", oid);
}

static int read_purposes(void *value, struct certificate *out)
{
    EXTENDED_KEY_USAGE *purposes = value;
    struct list l = {0};

    for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); i++)
        list_add(&l, object_text(sk_ASN1_OBJECT_value(purposes, i)));
    out->extended_key_usage = l.items;
    out->extended_key_usage_count = l.count;
    EXTENDED_KEY_USAGE_free(purposes);
    return l.failed ? -1 : 0;
}

static int read_subject_key_id(void *value, struct certificate *out)
{
    out->subject_key_id = hex_of(value);
    ASN1_OCTET_STRING_free(value);
    return out->subject_key_id == NULL ? -1 : 0;
}

static int read_authority_key_id(void *value, struct certificate *out)
{
    AUTHORITY_KEYID *id = value;
    int status = 0;

    if (id->keyid != NULL) {
        out->authority_key_id = hex_of(id->keyid);
        status = out->authority_key_id == NULL ? -1 : 0;
    }
    AUTHORITY_KEYID_free(id);
    return status;
}

static const struct {
    int nid;
    int (*read)(void *value, struct certificate *out);
} readers[] = {
    {NID_subject_alt_name, read_names},
    {NID_basic_constraints, read_basic_constraints},
    {NID_key_usage, read_key_usage},
    {NID_ext_key_usage, read_purposes},
    {NID_subject_key_identifier, read_subject_key_id},
    {NID_authority_key_identifier, read_authority_key_id},
};

static void value_free(X509_EXTENSION *e, void *value)
{
    const X509V3_EXT_METHOD *m = X509V3_EXT_get(e);

    if (value == NULL)
        return;
    if (m->it != NULL)
        ASN1_item_free(value, ASN1_ITEM_ptr(m->it));
    else
        m->ext_free(value);
}

/* "pathLenConstraint INTEGER (0..MAX) OPTIONAL" (RFC 5280 section 4.2.1.9). */
static int is_below_zero(X509_EXTENSION *e, const void *value)
{
    const BASIC_CONSTRAINTS *b = value;

    return value != NULL &&
           OBJ_obj2nid(X509_EXTENSION_get_object(e)) == NID_basic_constraints &&
           b->pathlen != NULL && b->pathlen->type == V_ASN1_NEG_INTEGER;
}

/* Is the extension one that libcrypto knows, and not as its syntax says? Then
 * there is no value. */
static int is_malformed(X509_EXTENSION *e, void **value)
{
    *value = X509V3_EXT_get(e) ? X509V3_EXT_d2i(e) : NULL;
    ERR_clear_error();
    if (is_below_zero(e, *value)) {
        value_free(e, *value);
        *value = NULL;
    }
    return *value == NULL && X509V3_EXT_get(e) != NULL;
}

/* Of an extension that stands twice the first one counts. */
static int read_extension(const X509 *x, int at, struct list *names,
                          struct certificate *out)
{
    X509_EXTENSION *e = X509_get_ext(x, at);
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object(e)), malformed;
    char *name = object_text(X509_EXTENSION_get_object(e));
    void *value = NULL;
    int status = 0;

    malformed = is_malformed(e, &value);
    list_add(names,
             name ? format("%s%s%s", name, malformed ? " (malformed)" : "",
                           X509_EXTENSION_get_critical(e) ? " (critical)" : "")
                  : NULL);
    free(name);
    out->has_san |= nid == NID_subject_alt_name;
    out->has_key_usage |= nid == NID_key_usage;
    for (size_t i = 0; i < sizeof readers / sizeof *readers && value; i++)
        if (readers[i].nid == nid && X509_get_ext_by_NID(x, nid, -1) == at) {
            status = readers[i].read(value, out);
            value = NULL;
        }
    value_free(e, value);
    return status;
}

static int read_extensions(const X509 *x, struct certificate *out)
{
    struct list names = {0};
    int status = 0;

    for (int i = 0; i < X509_get_ext_count(x) && status == 0; i++)
        status = read_extension(x, i, &names, out);
    out->extensions = names.items;
    out->extensions_count = names.count;
    return names.failed ? -1 : status;
}

static char *attribute(const X509 *x, int nid)
{
    const X509_NAME *name = X509_get_subject_name(x);
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    unsigned char *utf8 = NULL;
    char *text = NULL;

    if (at >= 0 &&
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
                                       X509_NAME_get_entry(name, at))) >= 0)
        text = format("%s", (const char *)utf8);
    OPENSSL_free(utf8);
    ERR_clear_error();
    return text;
}

static char *common_name(const X509 *x, const char *subject)
{
    static const int nids[] = {NID_commonName, NID_organizationalUnitName,
                               NID_organizationName};
    char *text = NULL;

    for (size_t i = 0; i < 3 && text == NULL; i++)
        text = attribute(x, nids[i]);
    return text ? text : format("%s", subject);
}

static char *serial_text(const X509 *x)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    char *hex = n ? BN_bn2hex(n) : NULL;
    char *text = hex ? format("%s", hex) : NULL;

    for (char *c = text; c != NULL && *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'F')
            *c = (char)(*c - 'A' + 'a');
    OPENSSL_free(hex);
    BN_free(n);
    return text;
}

static char *algorithm_text(const X509 *x)
{
    const X509_ALGOR *a;
    const ASN1_OBJECT *object;
    struct der_slice slice;
    struct signing signing;
    unsigned char *der = NULL;
    char name[80], what[80];
    int size;

    X509_get0_signature(NULL, &a, x);
    X509_ALGOR_get0(&object, NULL, NULL, a);
    OBJ_obj2txt(name, sizeof name, object, 0);
    size = i2d_X509_ALGOR(a, &der);
    slice = (struct der_slice){der, size > 0 ? (size_t)size : 0};
    if (OBJ_obj2nid(object) == NID_rsassaPss &&
        algorithm_parse(&slice, &signing, what) == 0 &&
        strncmp(signing.digest, "SHA", 3) == 0)
        snprintf(name, sizeof name, "rsassaPss with SHA-%s",
                 signing.digest + 3);
    OPENSSL_free(der);
    ERR_clear_error();
    return format("%s", name);
}

/* Which key made the signature, as its SPKI's hash; NULL: none that is known.
 */
static char *signer_of(const struct pki_cert *c)
{
    const struct asn1_buf *spki = c->issuer_key ? &c->issuer_key->spki : NULL;
    const unsigned char *p = spki ? spki->data : NULL;
    EVP_PKEY *key = p ? d2i_PUBKEY(NULL, &p, (long)spki->size) : NULL;
    struct signature s;
    char hash[65];
    int good = key != NULL &&
               signature_read(c->der.data, c->der.size, &s) == 0 &&
               signature_check(&s, key) == SIGNATURE_GOOD;

    EVP_PKEY_free(key);
    if (!good)
        return NULL;
    world_sha256(spki->data, spki->size, hash);
    return format("%s", hash);
}

static int read_rest(const struct pki_cert *c, const X509 *x,
                     struct certificate *out)
{
    out->name = format("%s", c->name);
    out->subject = format("%s", c->subject);
    out->issuer = format("%s", c->issuer_name);
    out->common_name = common_name(x, c->subject);
    out->serial = serial_text(x);
    out->sha256 = format("%s", c->certificate_sha256);
    out->spki_sha256 = format("%s", c->spki_sha256);
    out->signer_spki_sha256 = signer_of(c);
    out->key = format("%s", c->kind);
    out->signature_algorithm = algorithm_text(x);
    out->not_before = c->not_before;
    out->not_after = c->not_after;
    out->bytes = c->der.size;
    out->version = (int)X509_get_version(x) + 1;
    out->same_issuer =
        X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
    out->self_signed = out->same_issuer && pki_is_signed_by(c, c);
    return out->name && out->subject && out->issuer && out->common_name &&
                   out->serial && out->sha256 && out->spki_sha256 && out->key &&
                   out->signature_algorithm
               ? 0
               : -1;
}

int pki_describe(const struct pki_cert *c, struct certificate *out)
{
    const unsigned char *p = c->der.data;
    X509 *x = d2i_X509(NULL, &p, (long)c->der.size);
    int status = -1;

    memset(out, 0, sizeof *out);
    out->ca = out->path_length = CERTIFICATE_ABSENT;
    if (x == NULL)
        diag("%s: the minted certificate cannot be read back", c->name);
    else {
        status = read_rest(c, x, out) != 0 ? -1 : read_extensions(x, out);
        if (status != 0)
            diag("%s: out of memory", c->name);
    }
    X509_free(x);
    return status;
}

struct describing {
    struct pki_cert *const *certs;
    struct certificate *out;
};

static int describe_work(void *arg, size_t i)
{
    const struct describing *d = arg;

    return pki_describe(d->certs[i], &d->out[i]);
}

int pki_describe_all(struct pki_cert *const *certs, size_t count,
                     struct certificate *out, int jobs)
{
    struct describing d = {certs, out};

    return pool_run(jobs, count, describe_work, &d);
}
