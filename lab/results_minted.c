/* A line per certificate: "12 9f86d0...". */
#include "lab/results_minted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

enum { HASH = 64 };

static int failed(const char *path)
{
    diag("%s: %s", path, strerror(errno));
    return -1;
}

int minted_open(struct minted *m, const char *dir)
{
    m->told = 0;
    m->path = format("%s/minted", dir);
    if (!m->path) {
        diag("out of memory");
        return -1;
    }
    m->fd = open(m->path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                 0644);
    return m->fd < 0 ? failed(m->path) : 0;
}

void minted_close(struct minted *m)
{
    if (m->fd >= 0)
        close(m->fd);
    free(m->path);
    m->path = NULL;
    m->fd = -1;
}

/* One line, with its newline, of a certificate of the plan. */
static int line_read(const char *line, const struct lab_plan *p, size_t *number,
                     char hash[static HASH + 1])
{
    char *end;

    errno = 0;
    *number = strtoul(line, &end, 10);
    if (errno || end == line || *end != ' ' ||
        *number >= p->plan.certificates_count ||
        strspn(end + 1, "0123456789abcdef") != HASH ||
        strcmp(end + 1 + HASH, "\n") != 0)
        return -1;
    memcpy(hash, end + 1, HASH);
    hash[HASH] = '\0';
    return 0;
}

static int is_as_it_was(const struct minted *m, const struct lab_plan *p,
                        size_t number, const char *hash)
{
    const struct certificate *c = &p->plan.certificates[number];

    if (!strcmp(c->sha256, hash))
        return 1;
    diag("--resume: %s: the certificate %s would be minted as another one than "
         "the records so far were made with; begin anew with --fresh",
         m->path, c->name);
    return 0;
}

/* Each whole line: its number is kept in `numbers` (NULL: its hash is
 * compared). Returns the bytes of the whole lines, or -1. */
static long each_line(const struct minted *m, const struct lab_plan *p,
                      size_t *numbers, size_t *count)
{
    FILE *f = fopen(m->path, "re");
    char line[128], hash[HASH + 1];
    size_t number;
    long end = 0;

    *count = 0;
    if (!f)
        return failed(m->path);
    while (end >= 0 && fgets(line, sizeof line, f) &&
           *count < p->plan.certificates_count &&
           line_read(line, p, &number, hash) == 0) {
        if (numbers)
            numbers[*count] = number;
        else if (!is_as_it_was(m, p, number, hash))
            end = -1;
        ++*count;
        if (end >= 0)
            end += (long)strlen(line);
    }
    fclose(f);
    return end;
}

int minted_take_up(struct minted *m, struct lab_plan *p)
{
    size_t *numbers = calloc(p->plan.certificates_count + 1, sizeof *numbers);
    size_t count;
    long end = -1;

    if (!numbers)
        diag("out of memory");
    else if (each_line(m, p, numbers, &count) >= 0 &&
             lab_plan_mint(p, numbers, count) == 0)
        end = each_line(m, p, NULL, &count);
    free(numbers);
    if (end < 0)
        return -1;
    if (ftruncate(m->fd, end) != 0) /* a torn last line */
        return failed(m->path);
    m->told = p->minted_count;
    return 0;
}

static int tell_one(const struct minted *m, size_t number, const char *hash)
{
    char line[128];
    int size = snprintf(line, sizeof line, "%zu %s\n", number, hash);

    if (write(m->fd, line, (size_t)size) == size)
        return 0;
    diag("%s: %s", m->path, errno ? strerror(errno) : "no space left");
    return -1;
}

int minted_tell(struct minted *m, const struct lab_plan *p)
{
    for (; m->told < p->minted_count; m->told++) {
        size_t number = p->minted[m->told];

        errno = 0;
        if (tell_one(m, number, p->plan.certificates[number].sha256))
            return -1;
    }
    return 0;
}
