/* No more than one line is in memory. */
#include "lab/results_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

static int failed(const char *path)
{
    diag("%s: %s", path, strerror(errno));
    return -1;
}

int lines_open(struct lines *l, const char *dir, const char *name)
{
    l->end = 0;
    l->path = format("%s/%s", dir, name);
    if (!l->path) {
        diag("out of memory");
        return -1;
    }
    l->fd = open(l->path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                 0644);
    return l->fd < 0 ? failed(l->path) : 0;
}

void lines_close(struct lines *l)
{
    if (l->fd >= 0)
        close(l->fd);
    free(l->path);
    l->path = NULL;
    l->fd = -1;
}

int lines_take_up(struct lines *l,
                  int (*each)(void *arg, const char *line, size_t size,
                              size_t at),
                  void *arg)
{
    FILE *f = fopen(l->path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    if (!f)
        return failed(l->path);
    while ((n = getline(&line, &room, f)) > 0 && line[n - 1] == '\n' &&
           each(arg, line, (size_t)n, l->end) == 0)
        l->end += (size_t)n;
    free(line);
    fclose(f);
    return ftruncate(l->fd, (off_t)l->end) ? failed(l->path) : 0;
}

int lines_append(struct lines *l, char *text)
{
    size_t size;
    ssize_t n;

    if (!text)
        return -1;
    size = strlen(text);
    text[size++] = '\n'; /* in the place of its NUL */
    n = write(l->fd, text, size);
    free(text);
    if (n == (ssize_t)size) {
        l->end += size;
        return 0;
    }
    diag("%s: %s; the run stops and can be taken up with --resume", l->path,
         n < 0 ? strerror(errno) : "no space left");
    return -1;
}

char *lines_read(const struct lines *l, size_t at, size_t *size)
{
    FILE *f = fopen(l->path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t n = -1;

    if (f && fseeko(f, (off_t)at, SEEK_SET) == 0)
        n = getline(&line, &room, f);
    if (f)
        fclose(f);
    if (n > 0) {
        *size = (size_t)n;
        return line;
    }
    free(line);
    diag("%s: byte %zu: no line starts here", l->path, at);
    return NULL;
}

int lines_sort_begin(struct lines_sorting *s, struct lines *l)
{
    memset(s, 0, sizeof *s);
    s->lines = l;
    s->path = format("%s.sorted", l->path);
    s->from = fopen(l->path, "re");
    s->to = s->path ? fopen(s->path, "we") : NULL;
    if (s->from && s->to)
        return 0;
    failed(l->path);
    return lines_sort_end(s, -1);
}

int lines_sort_copy(struct lines_sorting *s, size_t at)
{
    ssize_t n = -1;

    if (fseeko(s->from, (off_t)at, SEEK_SET) == 0)
        n = getline(&s->line, &s->room, s->from);
    if (n <= 0)
        return failed(s->lines->path);
    if (fwrite(s->line, 1, (size_t)n, s->to) != (size_t)n)
        return failed(s->path);
    s->written += (size_t)n;
    return 0;
}

/* The file under the old name goes on to be appended to. */
static int take_over(struct lines_sorting *s)
{
    struct lines *l = s->lines;
    int fd;

    if (rename(s->path, l->path) != 0)
        return failed(l->path);
    fd = open(l->path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return failed(l->path);
    close(l->fd);
    l->fd = fd;
    l->end = s->written;
    return 0;
}

int lines_sort_end(struct lines_sorting *s, int status)
{
    if (s->from)
        fclose(s->from);
    if (s->to && fclose(s->to) != 0 && status == 0)
        status = failed(s->path);
    if (status == 0)
        status = take_over(s);
    else if (s->path)
        unlink(s->path);
    free(s->path);
    free(s->line);
    return status;
}
