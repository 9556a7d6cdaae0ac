/* Files and folders. Every write is whole or not at all. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"

enum { DEFAULT_MAX = 64 << 20 };

char *format(const char *fmt, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, fmt);
    n = vasprintf(&text, fmt, args);
    va_end(args);
    return n < 0 ? NULL : text;
}

void strings_free(char **list)
{
    if (!list)
        return;
    for (char **s = list; *s; s++)
        free(*s);
    free(list);
}

/* Reads until end of file; grows as it goes: a file in /proc tells no size. */
static int read_all(int fd, size_t max, uint8_t **data, size_t *size)
{
    size_t room = 65536, used = 0;
    uint8_t *buffer = malloc(room + 1);

    while (buffer) {
        ssize_t n = read(fd, buffer + used, room - used);

        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(buffer);
            return -1;
        }
        used += (size_t)n;
        if (used > max) {
            free(buffer);
            errno = EFBIG;
            return -1;
        }
        if (used == room) {
            uint8_t *larger = realloc(buffer, room * 2 + 1);

            if (!larger)
                free(buffer);
            buffer = larger;
            room *= 2;
        }
    }
    if (!buffer)
        return -1;
    buffer[used] = 0;
    *data = buffer;
    *size = used;
    return 0;
}

/* A pipe would be waited for, a device may never end. */
static const char *irregular(int fd)
{
    struct stat st;

    if (fstat(fd, &st) || S_ISREG(st.st_mode))
        return NULL;
    if (S_ISDIR(st.st_mode))
        return "a folder; name a file";
    return "a pipe, a socket or a device: save it to a file and name that";
}

int file_read(const char *path, size_t max, uint8_t **data, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *what = fd < 0 ? NULL : irregular(fd);
    int failed, saved;

    if (fd < 0 || what) {
        diag("%s: %s", path, what ? what : strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (max == 0)
        max = DEFAULT_MAX;
    failed = read_all(fd, max, data, size);
    saved = errno;
    close(fd);
    if (failed && saved == EFBIG)
        diag("%s: larger than %zu bytes", path, max);
    else if (failed)
        diag("%s: %s", path, strerror(saved));
    return failed ? -1 : 0;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

/* A new file beside path, with the mode that the umask leaves. Its name is
 * malloc'd. */
static int temporary_open(const char *path, mode_t mode, char **name)
{
    static atomic_uint counter;
    int fd = -1;

    do {
        *name = format("%s.%ld-%u", path, (long)getpid(),
                       atomic_fetch_add(&counter, 1));
        if (!*name)
            return -1;
        fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0)
            free(*name);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0)
        *name = NULL;
    return fd;
}

int file_write(const char *path, mode_t mode, const void *data, size_t size)
{
    char *temporary;
    int fd = temporary_open(path, mode, &temporary);
    int failed;

    if (fd < 0) {
        diag("%s: %s", path, strerror(errno));
        free(temporary);
        return -1;
    }
    failed = write_all(fd, data, size);
    failed |= close(fd);
    if (failed || rename(temporary, path)) {
        diag("%s: %s", path, strerror(errno));
        unlink(temporary);
        failed = 1;
    }
    free(temporary);
    return failed ? -1 : 0;
}

int file_mkdirs(const char *path, mode_t mode)
{
    char *copy = strdup(path);
    int result = -1;

    if (!copy || !*copy) {
        diag("a folder's name is empty, or memory is out");
        free(copy);
        return -1;
    }
    for (char *p = copy + 1;; p++) {
        char c = *p;

        if (c && c != '/')
            continue;
        *p = 0;
        if (mkdir(copy, mode) && errno != EEXIST) {
            diag("%s: %s", copy, strerror(errno));
            break;
        }
        *p = c;
        if (!c) {
            result = 0;
            break;
        }
    }
    if (!result && !file_is_dir(path)) {
        diag("%s: not a folder", path);
        result = -1;
    }
    free(copy);
    return result;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int file_remove_tree(const char *path)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT) {
        diag("%s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

int file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int file_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct found {
    const char *suffix;
    char **paths;
    size_t count, room;
};

static int found_add(struct found *f, char *path)
{
    if (f->count + 1 >= f->room) {
        size_t room = f->room ? f->room * 2 : 32;
        char **larger = realloc(f->paths, room * sizeof *larger);

        if (!larger)
            return -1;
        f->paths = larger;
        f->room = room;
    }
    f->paths[f->count++] = path;
    f->paths[f->count] = NULL;
    return 0;
}

static int has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);

    return n >= m && !strcmp(name + n - m, suffix);
}

/* Takes path if it is a regular file that ends in the suffix. 0, or -1 when
 * memory is out. */
static int take_file(struct found *f, char *path, const struct stat *st)
{
    if (!S_ISREG(st->st_mode) || !has_suffix(path, f->suffix)) {
        free(path);
        return 0;
    }
    if (found_add(f, path)) {
        diag("%s: out of memory", path);
        free(path);
        return -1;
    }
    return 0;
}

/* A link to a file counts as a file, a link to a folder is not followed: it may
 * lead back up. */
static int walk(struct found *f, const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int result = 0;

    if (!d) {
        diag("%s: %s", dir, strerror(errno));
        return -1;
    }
    while (!result && (e = readdir(d))) {
        struct stat st, target;
        char *path;

        if (e->d_name[0] == '.')
            continue;
        path = format("%s/%s", dir, e->d_name);
        if (!path || lstat(path, &st)) {
            free(path); /* gone since */
            continue;
        }
        /* A link to nothing is taken too: reading it says so. */
        if (S_ISLNK(st.st_mode) && !stat(path, &target))
            st.st_mode = S_ISREG(target.st_mode) ? S_IFREG : S_IFIFO;
        else if (S_ISLNK(st.st_mode))
            st.st_mode = S_IFREG;
        if (S_ISDIR(st.st_mode)) {
            result = walk(f, path);
            free(path);
            continue;
        }
        result = take_file(f, path, &st);
    }
    closedir(d);
    return result;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_find(const char *dir, const char *suffix, char ***out, size_t *count)
{
    struct found f = {.suffix = suffix};

    if (walk(&f, dir)) {
        strings_free(f.paths);
        return -1;
    }
    if (!f.paths)
        f.paths = calloc(1, sizeof *f.paths);
    if (!f.paths)
        return -1;
    qsort(f.paths, f.count, sizeof *f.paths, by_text);
    *out = f.paths;
    *count = f.count;
    return 0;
}

const char *home_dir(void)
{
    static const char below[] = "/pki/catalog";
    static char home[PATH_MAX];
    const char *set = getenv("CHAINBREAK_HOME");
    ssize_t n;

    if (set && *set)
        return set;
    if (*home)
        return home;
    n = readlink("/proc/self/exe", home, sizeof home - sizeof below);
    if (n < 0)
        return NULL;
    home[n] = 0;
    for (char *slash; (slash = strrchr(home, '/'));) {
        memcpy(slash, below, sizeof below);
        if (file_is_dir(home)) {
            *slash = 0;
            return home;
        }
        *slash = 0;
    }
    return NULL;
}

const char *cache_dir(void)
{
    static char cache[PATH_MAX];
    const char *set = getenv("CHAINBREAK_CACHE");

    if (set && *set)
        return set;
    snprintf(cache, sizeof cache, "%s/build/cache",
             home_dir() ? home_dir() : ".");
    return cache;
}
