/* Looks, and writes the mark. */
#include "lab/results_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static const char mark_text[] = "A run of chainbreak. Runs are removed and "
                                "replaced: keep nothing of your own here.\n";

/* A regular file of this name in dir, read up to `size` - 1 bytes. */
static int read_start(const char *dir, const char *name, char *to, size_t size)
{
    char *path = format("%s/%s", dir, name);
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? read(fd, to, size - 1) : -1;

    if (fd >= 0)
        close(fd);
    free(path);
    to[n > 0 ? n : 0] = '\0';
    return n >= 0 ? 0 : -1;
}

/* Before there was a mark, a run's plan said what it was. */
static int is_older_run(const char *dir)
{
    static const char *const files[] = {"results.jsonl", "verdicts.json"};
    char start[64];

    if (read_start(dir, "plan.json", start, sizeof start) ||
        !strstr(start, "\"program\": \"chainbreak\""))
        return 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char one[2];

        if (read_start(dir, files[i], one, sizeof one))
            return 0;
    }
    return 1;
}

static int is_empty(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    int empty = d != NULL;

    while (d && (e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            strcmp(e->d_name, "junit.xml") != 0)
            empty = 0;
    if (d)
        closedir(d);
    return empty;
}

enum place place_look(const char *path, int64_t *run)
{
    char text[256];
    const char *number;
    struct stat st;

    *run = 0;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? PLACE_NONE : PLACE_FOREIGN;
    if (!S_ISDIR(st.st_mode))
        return PLACE_FOREIGN;
    if (read_start(path, ".chainbreak", text, sizeof text) == 0 &&
        !strncmp(text, mark_text, strlen(mark_text))) {
        number = text + strlen(mark_text);
        *run = strtoll(number, NULL, 10);
        return PLACE_OURS;
    }
    if (is_older_run(path))
        return PLACE_OURS;
    return is_empty(path) ? PLACE_EMPTY : PLACE_FOREIGN;
}

int place_is_above(const char *path)
{
    char *real = realpath(path, NULL), *here = getcwd(NULL, 0);
    size_t n = real ? strlen(real) : 0;
    int above = here && n > 0 && !strncmp(here, real, n) &&
                (here[n] == '\0' || here[n] == '/' || real[n - 1] == '/');

    free(real);
    free(here);
    return above;
}

int place_mark(const char *dir, int64_t run)
{
    char *path = format("%s/.chainbreak", dir);
    char *text = format("%s%" PRId64 "\n", mark_text, run);
    int status = path && text ? file_write(path, 0644, text, strlen(text)) : -1;

    free(path);
    free(text);
    return status;
}
