/* `chainbreak twin`: files in, a folder of twins out, whole or not at all. */
#include "pki/pki.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/pin.h"
#include "pki/export.h"
#include "pki/world.h"

/* 0 if the folder is missing or empty, else -1 reported. */
static int out_is_free(const char *out)
{
    struct dirent *entry;
    DIR *dir;
    int status = 0;

    if (!file_exists(out))
        return 0;
    dir = opendir(out);
    if (dir == NULL) {
        diag("%s: not a folder: %s", out, strerror(errno));
        return -1;
    }
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = -1;
    closedir(dir);
    if (status != 0)
        diag("%s: not empty: name a folder that does not exist yet", out);
    return status;
}

/* The twin's files have no trust settings: what they keep from being an anchor
 * for TLS servers is not taken. */
static int is_kept_from_servers(const struct pki *p, const char *path,
                                const struct pki_cert *c)
{
    size_t n;
    const struct pki_note *notes = pki_file_notes(p, path, &n);

    for (size_t i = 0; i < n; i++)
        if (notes[i].cert == c && (notes[i].trust == PKI_TRUST_OTHERS ||
                                   notes[i].trust == PKI_TRUST_REJECTED)) {
            diag("%s: left out", notes[i].text);
            return 1;
        }
    return 0;
}

/* Adds the twins of one file, each once. */
static int add_file(struct pki *p, const char *path, int skip,
                    struct pki_cert ***list, size_t *count)
{
    struct pki_cert **found = NULL, **grown;
    size_t n = 0;

    if (pki_want_file(p, path, skip, &found, &n) != 0)
        return -1;
    grown = realloc(*list, (*count + n + 1) * sizeof(struct pki_cert *));
    if (grown == NULL) {
        diag("%s: out of memory", path);
        free(found);
        return -1;
    }
    *list = grown;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < *count && grown[k] != found[i])
            k++;
        if (k == *count && !is_kept_from_servers(p, path, found[i]))
            grown[(*count)++] = found[i];
    }
    free(found);
    return 0;
}

static int add_files(struct pki *p, char *const *paths, int skip,
                     struct pki_cert ***list, size_t *count)
{
    for (; paths != NULL && *paths != NULL; paths++)
        if (add_file(p, *paths, skip, list, count) != 0)
            return -1;
    return 0;
}

static int add_pins(struct pki *p, char *const *pins, struct export *e)
{
    size_t count = 0;

    while (pins != NULL && pins[count] != NULL)
        count++;
    e->pins = calloc(count + 1, sizeof *e->pins);
    if (e->pins == NULL)
        return -1;
    for (; e->pins_count < count; e->pins_count++) {
        struct export_pin *pin = &e->pins[e->pins_count];
        const char *why;

        if (pin_hash_parse(pins[e->pins_count], pin->real, &why) != 0) {
            diag("pin %s: %s", pins[e->pins_count], why);
            return -1;
        }
        if (pki_pin(p, pin->real, &pin->twin, &pin->match) != 0)
            return -1;
    }
    return 0;
}

/* A name next to `out`, for the folder while it is being filled. */
static char *draft_new(const char *out)
{
    size_t n = strlen(out);
    char *path;

    while (n > 1 && out[n - 1] == '/')
        n--;
    path = format("%.*s.draft-%ld", (int)n, out, (long)getpid());
    if (path == NULL || mkdir(path, 0755) != 0) {
        diag("%s: cannot make a folder there: %s", out, strerror(errno));
        free(path);
        return NULL;
    }
    return path;
}

static int write_all(struct export *e, const char *out)
{
    char *draft = draft_new(out);
    int status = -1;

    if (draft == NULL)
        return -1;
    e->dir = draft;
    if (export_store(e) == 0 && export_chain(e) == 0 && export_table(e) == 0) {
        status = rename(draft, out);
        if (status != 0)
            diag("%s: %s", out, strerror(errno));
    }
    if (status != 0)
        file_remove_tree(draft);
    free(draft);
    return status;
}

int pki_twin(struct pki *p, const struct twin_options *o)
{
    struct export e = {0};
    int status = -1;

    if (out_is_free(o->out) == 0 &&
        add_files(p, o->trust_store, o->skip, &e.store, &e.store_count) == 0 &&
        add_files(p, o->chain, o->skip, &e.chain, &e.chain_count) == 0 &&
        pki_mint(p, o->jobs) == 0 && add_pins(p, o->pin, &e) == 0)
        status = write_all(&e, o->out);
    free(e.pins);
    free(e.store);
    free(e.chain);
    return status;
}
