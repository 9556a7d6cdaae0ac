/* Texts: PEM and arrays of bytes, with what stands around them read as what it
 * is. A certificate in a comment, or under #if 0, is named and not taken. */
#include "pki/reader.h"

#include <string.h>

static int is_text(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    return 1;
}

static int read_live(struct reading *r, const struct source_text *text)
{
    const char *at = (const char *)text->text.data;

    if (text->text.size == 0)
        return 0;
    return read_pem(r, at, text->text.size, text) != 0 ? -1
                                                       : read_arrays(r, text);
}

/* Each certificate that stands there by name; what is none is worth no word. */
static int tell_part(struct reading *r, const struct source_part *part)
{
    struct bundle found = {0};
    struct reading inner = {.name = r->name, .lenient = 1, .out = &found};
    int status = 0;

    read_live(&inner, &part->inside);
    for (size_t i = 0; i < found.count && status == 0; i++) {
        const struct asn1_buf *c = &found.certificates[i];
        char subject[200];

        reading_subject(c->data, c->size, subject);
        r->line = found.lines[i];
        status = reading_note(
            r, PKI_NOTE_IGNORED, "a certificate %s, %s, is not taken",
            part->disabled ? "under #if 0" : "in a comment", subject);
    }
    bundle_clear(&found);
    return status;
}

/* A macro decides whether the firmware has it. */
static int tell_conditions(struct reading *r, const struct source *source)
{
    const struct bundle *b = r->out;

    for (size_t i = 0; i < b->count; i++) {
        const struct source_condition *c =
            source_condition(source, b->lines[i]);
        char subject[200];

        if (c == NULL)
            continue;
        reading_subject(b->certificates[i].data, b->certificates[i].size,
                        subject);
        r->line = b->lines[i];
        if (reading_note(r, PKI_NOTE_TOLD,
                         "a certificate under %s, %s, is taken: whether the "
                         "firmware has it is not known here",
                         c->directive, subject) != 0)
            return -1;
    }
    return 0;
}

static int read_parts(struct reading *r, const struct source *source)
{
    for (size_t i = 0; i < source->parts_count; i++)
        if (tell_part(r, &source->parts[i]) != 0)
            return -1;
    r->line = 0;
    return 0;
}

static int read_text(struct reading *r, const uint8_t *data, size_t size)
{
    struct source source;
    int status;

    /* A text that was embedded with its NUL, or in a flash page. */
    size -= padding_size(data, size);
    if (source_read(r->name, data, size, &source) != 0)
        status = reading_fail(r, "out of memory");
    else
        status = read_live(r, &source.live);
    if (status == 0)
        status = tell_conditions(r, &source);
    if (status == 0)
        status = read_parts(r, &source);
    if (status == 0 && r->entries == 0 && r->out->notes_count == 0 &&
        memmem(data, size, "-----BEGIN ", 11) == NULL)
        status = reading_fail(
            r, "neither PEM, DER nor PKCS#7: no certificate in it");
    source_clear(&source);
    return status;
}

const struct reader reader_text = {is_text, read_text};
