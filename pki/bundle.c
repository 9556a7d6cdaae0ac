/* Which form a file has, and what all readers share. Must not know twins. */
#include "pki/bundle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/reader.h"

enum { SIZE_MAX_READ = 16 << 20 };

/* The first that fits reads; text is what is left. */
static const struct reader *const readers[] = {
    &reader_foreign, &reader_archive, &reader_esp_bundle,
    &reader_der,     &reader_image,   &reader_text,
};

void bundle_clear(struct bundle *b)
{
    for (size_t i = 0; i < b->count; i++) {
        asn1_clear(&b->certificates[i]);
        X509_free(b->parsed[i]);
    }
    for (size_t i = 0; i < b->notes_count; i++)
        free(b->notes[i].text);
    free(b->certificates);
    free(b->parsed);
    free(b->lines);
    free(b->trust);
    free(b->notes);
    free(b->why);
    memset(b, 0, sizeof *b);
}

/* "file: " or "file:12: " before the text. NULL when memory is out. */
static char *sentence(const struct reading *r, const char *fmt, va_list args)
{
    char *text = NULL, *whole;

    if (vasprintf(&text, fmt, args) < 0)
        return NULL;
    whole = r->line > 0 ? format("%s:%u: %s", r->name, r->line, text)
                        : format("%s: %s", r->name, text);
    free(text);
    return whole;
}

static void set_why(struct reading *r, const char *fmt, va_list args)
{
    char *whole = sentence(r, fmt, args);

    free(r->out->why);
    r->out->why = whole;
}

int reading_fail(struct reading *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_why(r, fmt, args);
    va_end(args);
    return -1;
}

static int note_add(struct reading *r, enum pki_note_kind kind, char *text)
{
    struct bundle *b = r->out;
    struct bundle_note *grown =
        text ? realloc(b->notes, (b->notes_count + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        free(text);
        return reading_fail(r, "out of memory");
    }
    b->notes = grown;
    grown[b->notes_count++] = (struct bundle_note){text, kind};
    return 0;
}

int reading_note(struct reading *r, enum pki_note_kind kind, const char *fmt,
                 ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = sentence(r, fmt, args);
    va_end(args);
    return note_add(r, kind, text);
}

int reading_damaged(struct reading *r, const char *fmt, ...)
{
    int skip = r->skip & PKI_SKIP_DAMAGED;
    va_list args;
    char *what = NULL;
    int status;

    va_start(args, fmt);
    if (vasprintf(&what, fmt, args) < 0)
        what = NULL;
    va_end(args);
    if (what == NULL)
        return reading_fail(r, "out of memory");
    if (skip)
        status = reading_note(r, PKI_NOTE_LEFT_OUT, "%s: left out", what);
    else
        status = reading_fail(r, "%s; --skip-damaged leaves it out", what);
    free(what);
    return status;
}

int reading_private_key(struct reading *r)
{
    return reading_fail(r, "there is a private key in it: a store of trust "
                           "anchors must not hold one; take it out");
}

static int has(const struct bundle *b, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct asn1_buf *c = &b->certificates[i];

        if (c->size == size && memcmp(c->data, data, size) == 0)
            return 1;
    }
    return 0;
}

/* Takes a reference to x. */
static int add(struct bundle *b, const uint8_t *data, size_t size, X509 *x,
               unsigned line)
{
    size_t more = b->count + 1;
    struct asn1_buf *grown = realloc(b->certificates, more * sizeof *grown);
    unsigned *lines = realloc(b->lines, more * sizeof *lines);
    enum pki_trust *trust = realloc(b->trust, more * sizeof *trust);
    X509 **parsed = realloc(b->parsed, more * sizeof(X509 *));

    if (grown != NULL)
        b->certificates = grown;
    if (lines != NULL)
        b->lines = lines;
    if (trust != NULL)
        b->trust = trust;
    if (parsed != NULL)
        b->parsed = parsed;
    if (grown == NULL || lines == NULL || trust == NULL || parsed == NULL ||
        !X509_up_ref(x))
        return -1;
    b->trust[b->count] = PKI_TRUST_PLAIN;
    b->lines[b->count] = line;
    b->parsed[b->count] = x;
    memset(&grown[b->count], 0, sizeof *grown);
    asn1_put(&grown[b->count++], data, size);
    return grown[b->count - 1].failed ? -1 : 0;
}

int reading_take(struct reading *r, const uint8_t *data, size_t size)
{
    const unsigned char *p = data;
    X509 *x = d2i_X509(NULL, &p, (long)size);
    int status = x != NULL && p == data + size ? 0 : 1;

    ERR_clear_error();
    if (status == 0 && !(r->once && has(r->out, data, size)) &&
        add(r->out, data, size, x, r->line) != 0)
        status = reading_fail(r, "out of memory");
    X509_free(x);
    return status;
}

/* The common name, else the whole name. */
static void name_text(const X509_NAME *name, char out[static 200])
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    const ASN1_STRING *cn =
        at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));

    if (cn != NULL)
        snprintf(out, 200, "CN=%.*s", ASN1_STRING_length(cn),
                 (const char *)ASN1_STRING_get0_data(cn));
    else
        X509_NAME_oneline(name, out, 200);
}

void reading_subject(const uint8_t *der, size_t size, char out[static 200])
{
    const unsigned char *p = der;
    X509 *x = d2i_X509(NULL, &p, (long)size);

    snprintf(out, 200, "without a name that can be read");
    if (x != NULL)
        name_text(X509_get_subject_name(x), out);
    for (char *c = out; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    X509_free(x);
}

static int read_first(struct reading *r, const uint8_t *data, size_t size)
{
    size_t i = 0;

    while (!readers[i]->is(data, size))
        i++;
    return readers[i]->read(r, data, size);
}

int bundle_parse(const char *name, const uint8_t *data, size_t size, int skip,
                 struct bundle *out)
{
    struct reading r = {.name = name, .skip = skip, .out = out};
    int status;

    memset(out, 0, sizeof *out);
    status = size == 0 ? reading_fail(&r, "the file is empty")
                       : read_first(&r, data, size);
    if (status == 0 && out->count == 0) {
        r.line = 0;
        status = out->notes_count > 0
                     ? reading_fail(&r, "no certificate is left in it; %s",
                                    out->notes[0].text)
                     : reading_fail(&r, "no certificate in it");
    }
    return status;
}

int bundle_read(const char *path, int skip, struct bundle *out)
{
    uint8_t *data = NULL;
    size_t size;
    int status;

    memset(out, 0, sizeof *out);
    if (file_read(path, SIZE_MAX_READ, &data, &size) != 0)
        return -1;
    status = bundle_parse(path, data, size, skip, out);
    if (status != 0)
        diag("%s", out->why ? out->why : "out of memory");
    OPENSSL_cleanse(data, size);
    free(data);
    return status;
}
