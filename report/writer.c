/* The escaping writer of the reports. */
#include "report/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/text.h"

static int fail(struct writer *w, const char *path, const char *why)
{
    diag("%s: %s", path, why);
    if (w->out)
        fclose(w->out);
    if (w->temporary)
        unlink(w->temporary);
    free(w->path);
    free(w->temporary);
    return -1;
}

int writer_init(struct writer *w, const char *path)
{
    int fd;

    w->out = NULL;
    w->path = strdup(path);
    w->temporary = format("%s.%ld", path, (long)getpid());
    if (!w->path || !w->temporary)
        return fail(w, path, "out of memory");
    fd = open(w->temporary,
              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0)
        w->out = fdopen(fd, "w");
    if (w->out)
        return 0;
    if (fd >= 0)
        close(fd);
    return fail(w, path, strerror(errno));
}

static const char *entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void escape(FILE *out, const char *text)
{
    while (text && *text) {
        const char *instead = entity(*text);
        size_t n = instead ? 1 : text_plain(text);

        if (instead)
            fputs(instead, out);
        else if (n == 1)
            putc_unlocked(*text, out);
        else if (n)
            fwrite(text, 1, n, out);
        else
            fprintf(out, "\\x%02x", (unsigned)(unsigned char)*text);
        text += n ? n : 1;
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
        } else if (p[1] == 'z') {
            fprintf(w->out, "%zu", va_arg(args, size_t));
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

void writer_text(struct writer *w, const char *text)
{
    escape(w->out, text);
}

int writer_finish(struct writer *w)
{
    int failed = ferror(w->out);

    if (fclose(w->out) != 0 || failed) {
        w->out = NULL;
        return fail(w, w->path, strerror(errno));
    }
    w->out = NULL;
    if (rename(w->temporary, w->path) != 0)
        return fail(w, w->path, strerror(errno));
    free(w->path);
    free(w->temporary);
    return 0;
}
