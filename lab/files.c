/* Writes each distinct list once per run. */
#include "lab/files.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/pem.h"
#include "lab/map.h"
#include "pki/staple.h"

struct files {
    char *dir;
    int dir_made;
    struct map paths[2]; /* per form: the list's pointers to the file's path */
    struct map staples;  /* struct question to the file's path */
};

struct question { /* of an OCSP response */
    const struct pki_cert *leaf;
    int64_t what, now;
};

static const char *const endings[] = {"der", "pem"};

struct files *files_new(const char *dir)
{
    struct files *f = calloc(1, sizeof *f);

    if (f)
        f->dir = strdup(dir);
    if (f && f->dir)
        return f;
    diag("out of memory");
    files_free(f);
    return NULL;
}

void files_free(struct files *f)
{
    if (!f)
        return;
    for (int i = 0; i < 2; i++)
        map_drop(&f->paths[i], free);
    map_drop(&f->staples, free);
    free(f->dir);
    free(f);
}

/* Concatenated DER. malloc'd; NULL if memory is out. */
static uint8_t *der_of(const struct trial_list *l, size_t *size)
{
    uint8_t *out = NULL;
    size_t at = 0, n;

    *size = 0;
    for (size_t i = 0; i < l->count; i++) {
        pki_der(l->items[i], &n);
        *size += n;
    }
    out = malloc(*size + 1);
    for (size_t i = 0; out && i < l->count; i++) {
        const uint8_t *der = pki_der(l->items[i], &n);

        memcpy(out + at, der, n);
        at += n;
    }
    return out;
}

static uint8_t *pem_of(const struct trial_list *l, size_t *size)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, size);
    int status = to ? 0 : -1;

    for (size_t i = 0; i < l->count && status == 0; i++) {
        size_t n;
        const uint8_t *der = pki_der(l->items[i], &n);
        char *block = pem_certificate(der, n);

        status = block && fputs(block, to) >= 0 ? 0 : -1;
        free(block);
    }
    if (to && fclose(to) != 0)
        status = -1;
    if (status == 0)
        return (uint8_t *)text;
    free(text);
    return NULL;
}

static int is_right(const char *path, const uint8_t *data, size_t size)
{
    uint8_t *there = NULL;
    size_t n = 0;
    int right = file_exists(path) && file_read(path, 0, &there, &n) == 0 &&
                n == size && memcmp(there, data, n) == 0;

    free(there);
    return right;
}

static char *write_content(struct files *f, const uint8_t *data, size_t size,
                           const char *ending)
{
    char name[65];
    char *path;

    pki_sha256(data, size, name);
    path = format("%s/%s.%s", f->dir, name, ending);
    if (!path)
        return NULL;
    if (!f->dir_made && file_mkdirs(f->dir, 0755))
        goto fail;
    f->dir_made = 1;
    if (is_right(path, data, size) || file_write(path, 0644, data, size) == 0)
        return path;
fail:
    free(path);
    return NULL;
}

static char *write_list(struct files *f, const struct trial_list *l,
                        enum files_form form)
{
    size_t size = 0;
    uint8_t *data = form == FILES_PEM ? pem_of(l, &size) : der_of(l, &size);
    char *path = NULL;

    if (data)
        path = write_content(f, data, size, endings[form]);
    else
        diag("out of memory");
    free(data);
    return path;
}

const char *files_path(struct files *f, const struct trial_list *l,
                       enum files_form form)
{
    void **place = map_place(&f->paths[form], l->items,
                             l->count * sizeof(struct pki_cert *));

    if (!place) {
        diag("out of memory");
        return NULL;
    }
    if (!*place)
        *place = write_list(f, l, form);
    return *place;
}

static char *write_staple(struct files *f, const struct pki_cert *leaf,
                          enum staple what, int64_t now)
{
    size_t size;
    uint8_t *data = pki_staple(leaf, what, now, &size);
    char *path = data ? write_content(f, data, size, "ocsp") : NULL;

    free(data);
    return path;
}

const char *files_staple(struct files *f, const struct pki_cert *leaf,
                         enum staple what, int64_t now)
{
    struct question q = {leaf, what, now};
    void **place = map_place(&f->staples, &q, sizeof q);

    if (!place) {
        diag("out of memory");
        return NULL;
    }
    if (!*place)
        *place = write_staple(f, leaf, what, now);
    return *place;
}
