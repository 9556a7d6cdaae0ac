/* The escaping writer of the HTML report. */
#include "report/writer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

int writer_init(struct writer *w)
{
    w->data = NULL;
    w->out = open_memstream(&w->data, &w->size);
    if (!w->out) {
        diag("open_memstream: out of memory");
        return -1;
    }
    return 0;
}

static void escape(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            putc_unlocked(*text, out);
        }
    }
}

/* 1234567 as 1,234,567. */
static void grouped(FILE *out, long long n)
{
    char digits[32];
    int count = snprintf(digits, sizeof digits, "%lld", n);

    for (int i = 0; i < count; i++) {
        putc_unlocked(digits[i], out);
        if ((count - i) % 3 == 1 && i + 1 < count && digits[i] != '-')
            putc_unlocked(',', out);
    }
}

void writer_put(struct writer *w, const char *markup, ...)
{
    va_list args;

    va_start(args, markup);
    for (const char *p = markup; *p; p++) {
        if (*p != '%') {
            putc_unlocked(*p, w->out);
        } else if (!strncmp(p, "%lld", 4)) {
            fprintf(w->out, "%lld", va_arg(args, long long));
            p += 3;
        } else if (p[1] == 'n') {
            grouped(w->out, va_arg(args, long long));
            p++;
        } else if (p[1] == 's') {
            escape(w->out, va_arg(args, const char *));
            p++;
        } else if (p[1] == 'd') {
            fprintf(w->out, "%d", va_arg(args, int));
            p++;
        } else {
            putc_unlocked('%', w->out);
        }
    }
    va_end(args);
}

void writer_raw(struct writer *w, const char *markup)
{
    fputs(markup, w->out);
}

int writer_finish(struct writer *w, const char *path)
{
    int failed = fclose(w->out);
    int result = -1;

    if (failed)
        diag("%s: out of memory", path);
    else
        result = file_write(path, 0644, w->data, w->size);
    free(w->data);
    return result;
}
