/* Notes per file. A file is read more than once in a run and told once. */
#include "pki/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/reader.h"

static const struct file_notes *find(const struct pki *p, const char *path)
{
    for (size_t i = 0; i < p->notes_count; i++)
        if (strcmp(p->notes[i].path, path) == 0)
            return &p->notes[i];
    return NULL;
}

static struct file_notes *find_or_add(struct pki *p, const char *path)
{
    struct file_notes *grown = (struct file_notes *)find(p, path);

    if (grown != NULL)
        return grown;
    grown = realloc(p->notes, (p->notes_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    p->notes = grown;
    grown += p->notes_count;
    *grown = (struct file_notes){.path = format("%s", path)};
    p->notes_count += grown->path != NULL;
    return grown->path ? grown : NULL;
}

static int push(struct file_notes *f, enum pki_note_kind kind, char *text)
{
    struct pki_note *grown =
        text ? realloc(f->items, (f->count + 1) * sizeof *grown) : NULL;

    if (grown == NULL) {
        free(text);
        return -1;
    }
    f->items = grown;
    grown[f->count++] = (struct pki_note){.text = text, .kind = kind};
    return 0;
}

int notes_add(struct pki *p, const char *path, int skip,
              enum pki_note_kind kind, const char *text)
{
    struct file_notes *f = find_or_add(p, path);

    for (size_t i = 0; f != NULL && i < f->count; i++)
        if (strcmp(f->items[i].text, text) == 0)
            return 0;
    if (f == NULL || push(f, kind, format("%s", text)) != 0) {
        diag("%s: out of memory", path);
        return -1;
    }
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
        struct file_notes *f = find_or_add(p, path);

        for (size_t k = 0; k < f->count; k++)
            if (!f->items[k].cert && strcmp(f->items[k].text, text) == 0) {
                f->items[k].cert = cert;
                f->items[k].trust = b->trust[i];
                f->items[k].unread =
                    format("%s: OpenSSL's form TRUSTED CERTIFICATE, which this "
                           "stack does not read: left out",
                           what);
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
    const struct file_notes *f = find(p, path);

    *count = f ? f->count : 0;
    return f ? f->items : NULL;
}

void notes_clear(struct pki *p)
{
    for (size_t i = 0; i < p->notes_count; i++) {
        for (size_t k = 0; k < p->notes[i].count; k++) {
            free(p->notes[i].items[k].text);
            free(p->notes[i].items[k].unread);
        }
        free(p->notes[i].items);
        free(p->notes[i].path);
    }
    free(p->notes);
}
