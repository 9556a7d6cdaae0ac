/* What is known per file. A file is wanted more than once in a run, and read
 * and told once. */
#include "pki/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/reader.h"

struct known_file *notes_file(struct pki *p, const char *path)
{
    struct known_file *f = map_get(&p->files, path, strlen(path));

    if (f != NULL)
        return f;
    f = calloc(1, sizeof *f);
    if (f != NULL)
        f->path = format("%s", path);
    if (f != NULL && f->path != NULL &&
        map_put(&p->files, f->path, strlen(f->path), f) == 0)
        return f;
    if (f != NULL)
        free(f->path);
    free(f);
    diag("%s: out of memory", path);
    return NULL;
}

static int push(struct known_file *f, enum pki_note_kind kind, char *text)
{
    struct pki_note *grown =
        text ? realloc(f->notes, (f->notes_count + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        diag("%s: out of memory", f->path);
        free(text);
        return -1;
    }
    f->notes = grown;
    grown[f->notes_count++] = (struct pki_note){.text = text, .kind = kind};
    return 0;
}

int notes_add(struct pki *p, const char *path, int skip,
              enum pki_note_kind kind, const char *text)
{
    struct known_file *f = notes_file(p, path);

    for (size_t i = 0; f != NULL && i < f->notes_count; i++)
        if (strcmp(f->notes[i].text, text) == 0)
            return 0;
    if (f == NULL || push(f, kind, format("%s", text)) != 0)
        return -1;
    if (!(skip & PKI_NOTES_QUIET))
        diag("%s", text);
    return 0;
}

static const char *const uses[] = {
    [PKI_TRUST_PLAIN] = "none",
    [PKI_TRUST_UNSET] = "they say nothing of TLS servers",
    [PKI_TRUST_SERVERS] = "they trust it for TLS servers",
    [PKI_TRUST_OTHERS] = "they trust it for other uses, not for TLS servers",
    [PKI_TRUST_REJECTED] = "they reject it for TLS servers",
};

int notes_add_settings(struct pki *p, const char *path, int skip,
                       const struct bundle *b, size_t i, struct pki_cert *cert)
{
    char subject[200];
    char *what, *text;
    int status = -1;

    reading_subject(b->certificates[i].data, b->certificates[i].size, subject);
    what =
        format("%s:%u: certificate %zu, %s", path, b->lines[i], i + 1, subject);
    text = what ? format("%s: a TRUSTED CERTIFICATE with trust settings: %s",
                         what, uses[b->trust[i]])
                : NULL;
    if (text)
        status = notes_add(p, path, skip, PKI_NOTE_SETTINGS, text);
    if (status == 0) {
        struct known_file *f = notes_file(p, path);

        for (size_t k = 0; k < f->notes_count; k++)
            if (!f->notes[k].cert && strcmp(f->notes[k].text, text) == 0) {
                f->notes[k].cert = cert;
                f->notes[k].trust = b->trust[i];
                f->notes[k].unread =
                    format("%s: OpenSSL's form TRUSTED CERTIFICATE, which this "
                           "stack does not read: left out",
                           what);
                status = f->notes[k].unread ? 0 : -1;
            }
    }
    free(text);
    free(what);
    return status;
}

int notes_keep(struct pki *p, const char *path, int skip,
               const struct bundle *b)
{
    for (size_t i = 0; i < b->notes_count; i++)
        if (notes_add(p, path, skip, b->notes[i].kind, b->notes[i].text))
            return -1;
    return 0;
}

const struct pki_note *pki_file_notes(const struct pki *p, const char *path,
                                      size_t *count)
{
    const struct known_file *f = map_get(&p->files, path, strlen(path));

    *count = f ? f->notes_count : 0;
    return f ? f->notes : NULL;
}

static void file_free(struct known_file *f)
{
    if (f == NULL)
        return;
    for (size_t k = 0; k < f->notes_count; k++) {
        free(f->notes[k].text);
        free(f->notes[k].unread);
    }
    free(f->notes);
    free(f->certs);
    free(f->path);
    free(f);
}

void notes_clear(struct pki *p)
{
    for (size_t i = 0; i < p->files.room; i++)
        if (p->files.slots[i].key != NULL)
            file_free(p->files.slots[i].value);
    map_clear(&p->files);
}
