/* Certificates as arrays of numbers in a source: `xxd -i`, Zephyr's .inc files
 * without braces, buffers of test certificates, PEM byte by byte. */
#include "pki/reader.h"

#include <ctype.h>
#include <string.h>

enum { BYTES_MIN = 64 }; /* no certificate is shorter */

struct scan {
    const char *text, *at, *end;
};

static int digits_of(int base, const char *at, const char *end)
{
    int n = 0;

    while (at + n < end && n < 4 &&
           (base == 16 ? isxdigit((unsigned char)at[n])
                       : isdigit((unsigned char)at[n])))
        n++;
    return n;
}

/* 0x30, 48, with a suffix. 0 to 255, or -1 if that is none; moves *at. */
static int number_read(const char **at, const char *end)
{
    const char *p = *at;
    int base = 10, n, value = 0;

    if (end - p > 2 && p[0] == '0' && (p[1] | 32) == 'x') {
        base = 16;
        p += 2;
    }
    n = digits_of(base, p, end);
    for (int i = 0; i < n; i++)
        value = value * base + (isdigit((unsigned char)p[i])
                                    ? p[i] - '0'
                                    : (p[i] | 32) - 'a' + 10);
    p += n;
    while (p < end && (*p == 'u' || *p == 'U'))
        p++;
    if (n == 0 || value > 255 ||
        (p < end && (isalnum((unsigned char)*p) || *p == '_')))
        return -1;
    *at = p;
    return value;
}

/* What stands between two numbers; a comma, or a line of `.byte`. */
static void separator_skip(struct scan *s)
{
    static const char *const words[] = {"(byte)", "(char)", ".byte", "db "};
    int more = 1;

    while (more) {
        more = 0;
        while (s->at < s->end && (isspace((unsigned char)*s->at) ||
                                  *s->at == ',' || *s->at == '\\')) {
            s->at++;
            more = 1;
        }
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            size_t n = strlen(words[i]);

            if ((size_t)(s->end - s->at) > n &&
                memcmp(s->at, words[i], n) == 0) {
                s->at += n;
                more = 1;
            }
        }
    }
}

/* The next run of numbers; bytes 0 at the end of the text. Its start. */
static const char *run_next(struct scan *s, struct asn1_buf *out)
{
    const char *start = s->end;

    out->size = 0;
    while (s->at < s->end && out->size == 0) {
        int word = s->at > s->text && (isalnum((unsigned char)s->at[-1]) ||
                                       s->at[-1] == '_' || s->at[-1] == '.');
        const char *p = s->at;
        int value = word ? -1 : number_read(&p, s->end);

        if (value < 0) {
            s->at++;
            continue;
        }
        start = s->at;
        while (value >= 0 && s->at < s->end) {
            uint8_t byte = (uint8_t)value;

            asn1_put(out, &byte, 1);
            s->at = p;
            separator_skip(s);
            p = s->at;
            value = number_read(&p, s->end);
        }
    }
    return start;
}

static int holds_mark(const struct asn1_buf *b)
{
    return memmem(b->data, b->size, "-----BEGIN ", 11) != NULL;
}

/* Is it a certificate, or what a certificate comes in? Other arrays begin with
 * a '0' too. */
static int is_ours(const struct reading *r, const struct asn1_buf *b)
{
    enum der_sort sort = der_sort(b->data, b->size);

    if (sort == DER_CUT) /* a long one that ends early */
        return b->data[1] == 0x82 && !r->lenient;
    return sort == DER_CERTIFICATE || (sort < DER_CUT && !r->lenient);
}

/* A header may hold the same certificates as PEM and as DER: each once. */
static int read_array(struct reading *r, const struct asn1_buf *bytes)
{
    int status = 0;

    r->once = 1;
    if (holds_mark(bytes))
        status = read_pem(r, (const char *)bytes->data, bytes->size, NULL);
    else if (is_ours(r, bytes))
        status = read_der(r, bytes->data, bytes->size);
    r->once = 0;
    return status;
}

int read_arrays(struct reading *r, const struct source_text *text)
{
    const char *start = (const char *)text->text.data;
    struct scan s = {start, start, start + text->text.size};
    struct asn1_buf run = {0};
    int status = 0;

    while (status == 0 && s.at < s.end) {
        const char *at = run_next(&s, &run);

        if (run.failed)
            status = reading_fail(r, "out of memory");
        if (run.size < BYTES_MIN || run.failed)
            continue;
        r->line = source_line(text, (size_t)(at - start));
        status = read_array(r, &run);
    }
    asn1_clear(&run);
    return status;
}
