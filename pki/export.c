/* Writes twins in the forms firmware is built from. Every file says that it is
 * for the lab. Must not make certificates. */
#include "pki/export.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/pem.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/device.h"
#include "pki/world.h"

#define LAB EXPORT_LAB

/* A file name from what the certificate is called: letters, digits, dashes. */
static void slug(const struct pki_cert *c, char out[static 49])
{
    const char *text = c->sort == CERT_CATALOG ? c->name
                       : c->first_name         ? c->first_name
                                               : c->subject;
    size_t n = 0;

    for (; *text != '\0' && n < 48; text++) {
        if (isalnum((unsigned char)*text) && (unsigned char)*text < 128)
            out[n++] = (char)tolower((unsigned char)*text);
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

static int write_text(const char *dir, const char *name, const char *text,
                      size_t size)
{
    char *path = format("%s/%s", dir, name);
    int status = path ? file_write(path, 0644, text, size) : -1;

    free(path);
    return status;
}

static int write_pem(const char *dir, const char *name,
                     struct pki_cert *const *certs, size_t count)
{
    char *path = format("%s/%s", dir, name);
    int status = path ? pki_write_pem(certs, count, path) : -1;

    free(path);
    return status;
}

static int write_ders(const struct export *e)
{
    char *dir = format("%s/trust-store", e->dir);
    int status = dir ? file_mkdirs(dir, 0755) : -1;

    for (size_t i = 0; i < e->store_count && status == 0; i++) {
        char name[49];
        char *path;

        slug(e->store[i], name);
        path = format("%s/%03zu-%s.lab-twin.der", dir, i + 1, name);
        status = path ? pki_write_der(&e->store[i], 1, path) : -1;
        free(path);
    }
    free(dir);
    return status;
}

static void put_header_pem(FILE *f, const struct export *e)
{
    fprintf(f, "static const char trust_store_pem[] =\n");
    for (size_t i = 0; i < e->store_count; i++) {
        BIO *bio = BIO_new(BIO_s_mem());
        char line[80];

        if (bio != NULL &&
            PEM_write_bio(bio, PEM_STRING_X509, "", e->store[i]->der.data,
                          (long)e->store[i]->der.size))
            while (BIO_gets(bio, line, sizeof line) > 0) {
                line[strcspn(line, "\n")] = '\0';
                fprintf(f, "    \"%s\\n\"\n", line);
            }
        BIO_free(bio);
    }
    fprintf(f, "    ;\n\n");
}

/* A subject may hold anything, also the end of a comment. */
static void put_comment(FILE *f, const char *text)
{
    for (; *text != '\0'; text++)
        fputc(isprint((unsigned char)*text) && *text != '*' && *text != '\\'
                  ? *text
                  : '?',
              f);
}

void export_bytes(FILE *f, const char *name, size_t number,
                  const struct pki_cert *c)
{
    fprintf(f, "static const unsigned char %s%zu[] = {", name, number);
    for (size_t i = 0; i < c->der.size; i++)
        fprintf(f, "%s0x%02x,", i % 12 == 0 ? "\n    " : " ", c->der.data[i]);
    fprintf(f, "\n};\n");
}

static void put_header_ders(FILE *f, const struct export *e)
{
    for (size_t i = 0; i < e->store_count; i++) {
        fprintf(f, "/* ");
        put_comment(f, e->store[i]->subject);
        fprintf(f, " */\n");
        export_bytes(f, "trust_store_der_", i + 1, e->store[i]);
    }
    fprintf(f, "\nstatic const unsigned char *const trust_store_der[] = {\n");
    for (size_t i = 0; i < e->store_count; i++)
        fprintf(f, "    trust_store_der_%zu,\n", i + 1);
    fprintf(f, "};\nstatic const unsigned long trust_store_der_size[] = {\n");
    for (size_t i = 0; i < e->store_count; i++)
        fprintf(f, "    sizeof trust_store_der_%zu,\n", i + 1);
    fprintf(f, "};\n#define TRUST_STORE_DER_COUNT %zuu\n", e->store_count);
}

static int write_header(const struct export *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    int status = -1;

    if (f == NULL)
        return -1;
    fprintf(f, "/* " LAB " */\n#ifndef LAB_TWIN_TRUST_STORE_H\n"
               "#define LAB_TWIN_TRUST_STORE_H\n\n");
    put_header_pem(f, e);
    put_header_ders(f, e);
    fprintf(f, "\n#endif\n");
    if (fclose(f) == 0)
        status = write_text(e->dir, "trust_store.h", text, size);
    free(text);
    return status;
}

int export_store(const struct export *e)
{
    if (e->store_count == 0)
        return 0;
    if (write_pem(e->dir, "trust-store.pem", e->store, e->store_count) != 0 ||
        write_ders(e) != 0)
        return -1;
    return write_header(e) != 0 ? -1 : export_snippets(e);
}

int pki_export_roots(struct pki_cert *const *roots, size_t count,
                     const char *dir)
{
    const struct export e = {
        .dir = dir, .store = (struct pki_cert **)roots, .store_count = count};

    return file_mkdirs(dir, 0755) != 0 ? -1 : export_store(&e);
}

int export_chain(const struct export *e)
{
    if (e->chain_count == 0)
        return 0;
    return write_pem(e->dir, "chain.pem", e->chain, e->chain_count);
}

static json_t *cert_json(const struct pki_cert *c)
{
    const struct original *o = c->original;

    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:{s:s, s:s}, s:{s:s, s:s}}",
                     "name", c->name, "subject", c->subject, "issuer",
                     c->issuer_name, "key", c->kind, "bytes",
                     (json_int_t)c->der.size, "real", "certificate_sha256",
                     o->certificate_sha256, "spki_sha256", o->spki_sha256,
                     "twin", "certificate_sha256", c->certificate_sha256,
                     "spki_sha256", c->spki_sha256);
}

static json_t *certs_json(struct pki_cert *const *certs, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, cert_json(certs[i]));
    return list;
}

static int write_json(const struct export *e)
{
    json_t *pins = json_array();
    json_t *all;
    char *text;
    int status = -1;

    for (size_t i = 0; i < e->pins_count; i++)
        json_array_append_new(pins, json_pack("{s:s, s:s, s:s}", "match",
                                              pin_match_name(e->pins[i].match),
                                              "real", e->pins[i].real, "twin",
                                              e->pins[i].twin));
    all = json_pack("{s:s, s:o, s:o, s:o}", "note", LAB, "trust_store",
                    certs_json(e->store, e->store_count), "chain",
                    certs_json(e->chain, e->chain_count), "pins", pins);
    text = all ? json_dumps(all, JSON_INDENT(2)) : NULL;
    if (text == NULL)
        diag("%s: twin.json: cannot encode JSON", e->dir);
    else
        status = write_text(e->dir, "twin.json", text, strlen(text));
    free(text);
    json_decref(all);
    return status;
}

/* A subject as the cell of a table. */
static void put_cell(FILE *f, const char *text)
{
    for (; *text != '\0'; text++)
        fputc(*text == '|' || iscntrl((unsigned char)*text) ? '?' : *text, f);
}

static void put_rows(FILE *f, const char *title, struct pki_cert *const *certs,
                     size_t count)
{
    if (count == 0)
        return;
    fprintf(f,
            "\n## %s\n\n| subject | hash of | original | twin |\n"
            "|---|---|---|---|\n",
            title);
    for (size_t i = 0; i < count; i++) {
        const struct pki_cert *c = certs[i];

        fprintf(f, "| ");
        put_cell(f, c->subject);
        fprintf(f, " | certificate | %s | %s |\n",
                c->original->certificate_sha256, c->certificate_sha256);
        fprintf(f, "| | key (SPKI) | %s | %s |\n", c->original->spki_sha256,
                c->spki_sha256);
    }
}

static int write_markdown(const struct export *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    int status = -1;

    if (f == NULL)
        return -1;
    fprintf(f, "# Originals and their lab twins (SHA-256)\n\n" LAB "\n");
    put_rows(f, "Trust store", e->store, e->store_count);
    put_rows(f, "Chain", e->chain, e->chain_count);
    if (e->pins_count > 0)
        fprintf(f,
                "\n## Pins\n\n| pinned | original | twin |\n|---|---|---|\n");
    for (size_t i = 0; i < e->pins_count; i++)
        fprintf(f, "| %s | %s | %s |\n", pin_match_name(e->pins[i].match),
                e->pins[i].real, e->pins[i].twin);
    if (fclose(f) == 0)
        status = write_text(e->dir, "fingerprints.md", text, size);
    free(text);
    return status;
}

int export_table(const struct export *e)
{
    return write_json(e) != 0 ? -1 : write_markdown(e);
}
