/* A wrong hash, a full disk or a torn download leaves nothing behind: files and
 * folders get their name when they are whole. */
#include "builds/archive.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "builds/command.h"
#include "builds/debian.h"
#include "base/diag.h"
#include "base/file.h"

/* More than any source tree or package of a TLS library has. */
enum { ARCHIVE_FILES_MAX = 100000, OVER = 3 };
static const int64_t ARCHIVE_BYTES_MAX = (int64_t)2 << 30;

static const char apt_helper[] = "/usr/lib/apt/apt-helper";

static const char *name_of(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash ? slash + 1 : file;
}

static int ends(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && !strcmp(text + n - m, end);
}

static int hash_matches(const char *path, const char *sha256)
{
    const char *argv[] = {"sha256sum", "--", path, NULL};
    char *line = command_read(argv);
    /* A name with a backslash or newline puts a backslash first. */
    int same = line && !strncmp(line + (*line == '\\'), sha256, 64);

    free(line);
    return same;
}

static int download(const char *url, const char *path)
{
    const char *apt[] = {
        apt_helper, "-o", "Acquire::Retries=3", "download-file", url,
        path,       NULL};
    const char *curl[] = {"curl", "-fsSL", "--retry", "3",
                          "-o",   path,    url,       NULL};
    const char *const *argv = command_exists(apt_helper) ? apt : curl;

    fflush(stdout);
    return command_run(NULL, argv) == 0 && file_exists(path) ? 0 : -1;
}

/* From one place into the cache. 0; -1: not there; -2: there, but it is another
 * file. */
static int fetch_from(const char *place, const struct stack_archive *a,
                      const char *kept)
{
    char *torn = format("%s.%ld.part", kept, (long)getpid());
    int status = -1;

    if (!torn)
        return -1;
    if (download(place, torn) == 0) {
        status = hash_matches(torn, a->sha256) ? 0 : -2;
        if (status)
            diag("%s: from %s it has another SHA-256 than the stack file says",
                 name_of(a->file), place);
        else if (rename(torn, kept) != 0)
            status = -1;
    }
    unlink(torn);
    return status;
}

static int fetch_pool(const struct stack_archive *a, const char *kept)
{
    char **mirrors = debian_mirrors();
    int status = -1;

    for (char **m = mirrors; m && *m && status; m++) {
        char *url = format("%s%s", *m, a->file);

        status = url ? fetch_from(url, a, kept) : -1;
        free(url);
    }
    strings_free(mirrors);
    return status;
}

/* A file of this machine is used where it is. malloc'd path, NULL: not to be
 * had, reported. */
static char *fetch(const struct stack_archive *a)
{
    char *kept =
        format("%s/archives/%s-%s", cache_dir(), a->sha256, name_of(a->file));
    int status;

    if (!kept)
        return NULL;
    if (file_exists(kept) && hash_matches(kept, a->sha256))
        return kept;
    if (strncmp(a->file, "pool/", 5) != 0 && !strstr(a->file, "://")) {
        free(kept);
        if (file_exists(a->file) && hash_matches(a->file, a->sha256))
            return strdup(a->file);
        diag("%s: %s", a->file,
             file_exists(a->file)
                 ? "has another SHA-256 than the stack file says"
                 : "is not there");
        return NULL;
    }
    status = strstr(a->file, "://") ? fetch_from(a->file, a, kept)
                                    : fetch_pool(a, kept);
    if (status == 0)
        return kept;
    if (status == -1)
        diag("%s could not be had; is there a network? By hand: put it into "
             "%s",
             a->file, kept);
    free(kept);
    return NULL;
}

/* A small file can hold a disk's worth of zeros: what is in it is counted
 * before anything is written. 0, or -1: too much, reported. A file that cannot
 * be read is told when it is unpacked. */
static int contents_check(const char *file)
{
    static const char script[] =
        "case \"$1\" in\n"
        "*.deb) dpkg-deb -c \"$1\" ;;\n"
        "*gz) tar -tvf \"$1\" ;;\n"
        "*) if [ -x \"$2\" ]; then \"$2\" cat-file \"$1\" | tar -tv;\n"
        "   else tar -tvf \"$1\"; fi ;;\n"
        "esac 2>/dev/null | awk -v f=\"$3\" -v b=\"$4\" \\\n"
        "    '{ n++; s += $3 } n > f || s > b { exit 3 }'";
    char *files = format("%d", ARCHIVE_FILES_MAX);
    char *bytes = format("%lld", (long long)ARCHIVE_BYTES_MAX);
    const char *argv[] = {"sh",       "-c",  script, "sh", file,
                          apt_helper, files, bytes,  NULL};
    int status = files && bytes ? command_run(NULL, argv) : -1;

    free(files);
    free(bytes);
    if (status == OVER)
        diag("%s: more than %d files or %lld MiB are in it", file,
             ARCHIVE_FILES_MAX, (long long)ARCHIVE_BYTES_MAX >> 20);
    return status == OVER ? -1 : 0;
}

static int unpack_into(const char *file, const char *folder)
{
    const char *package[] = {"dpkg-deb", "-x", file, folder, NULL};
    const char *tar[] = {"tar", "-x", "-C", folder, "-f", file, NULL};
    const char *piped[] = {
        "sh",       "-c", "\"$3\" cat-file \"$1\" | tar -x -C \"$2\"",
        "sh",       file, folder,
        apt_helper, NULL};

    if (ends(file, ".deb"))
        return command_run(NULL, package);
    /* Every Debian has gzip; the other formats are read by apt itself. */
    if (ends(file, "gz") || !command_exists(apt_helper))
        return command_run(NULL, tar);
    return command_run(NULL, piped);
}

/* The folder that a tar archive has all in, as releases do; else `folder`
 * itself. malloc'd. */
static char *top_folder(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    char *only = NULL;
    size_t count = 0;

    while (d && (e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        free(only);
        only = format("%s/%s", folder, e->d_name);
        count++;
    }
    if (d)
        closedir(d);
    if (count == 1 && only && file_is_dir(only))
        return only;
    free(only);
    return strdup(folder);
}

static int unpack(const char *file, const char *tree)
{
    char *torn = format("%s.%ld.part", tree, (long)getpid());
    char *top = NULL;
    int status = -1;

    if (!torn || contents_check(file)) {
        free(torn);
        return -1;
    }
    if (file_mkdirs(torn, 0755) == 0 && unpack_into(file, torn) == 0)
        top = ends(file, ".deb") ? strdup(torn) : top_folder(torn);
    if (top && rename(top, tree) == 0)
        status = 0;
    if (status)
        diag("%s: cannot be unpacked (a torn archive, or no room below %s)",
             file, cache_dir());
    if (file_is_dir(torn))
        file_remove_tree(torn);
    free(top);
    free(torn);
    return status;
}

/* Two builds of one source may start at once. The lock goes with the process
 * that holds it. */
static int lock_take(const char *sha256)
{
    char *path = format("%s/archives/%s.lock", cache_dir(), sha256);
    int fd = path ? open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644) : -1;

    if (fd < 0)
        diag("%s: %s", path ? path : "lock", strerror(errno));
    else
        while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
            continue;
    free(path);
    return fd;
}

static char *one_get(const struct stack_archive *a)
{
    char *tree = format("%s/trees/%s", cache_dir(), a->sha256);
    int lock = lock_take(a->sha256);
    char *file = NULL;

    if (tree && lock >= 0 && !file_is_dir(tree)) {
        file = fetch(a);
        if (!file || unpack(file, tree)) {
            free(tree);
            tree = NULL;
        }
    }
    free(file);
    if (lock >= 0)
        close(lock);
    return tree;
}

static int folders_make(void)
{
    char *archives = format("%s/archives", cache_dir());
    char *trees = format("%s/trees", cache_dir());
    int status = archives && trees && file_mkdirs(cache_dir(), 0700) == 0 &&
                         file_mkdirs(archives, 0755) == 0 &&
                         file_mkdirs(trees, 0755) == 0
                     ? 0
                     : -1;

    free(archives);
    free(trees);
    return status;
}

static int is_for(const char *ending, const char *architecture)
{
    size_t n = strlen(architecture);

    return !strncmp(ending, architecture, n) && !strcmp(ending + n, ".deb");
}

/* Neither a package's name nor its version has a '_', and a version starts with
 * a digit: "our_tls_lib.deb" is a name of somebody's own. */
int archive_fits(const char *file, const char *architecture)
{
    const char *version = strchr(name_of(file), '_');
    const char *its = strrchr(name_of(file), '_');

    if (!architecture || its == version || !isdigit((uint8_t)version[1]) ||
        !ends(its, ".deb"))
        return 1;
    return is_for(its + 1, "all") || is_for(its + 1, architecture);
}

char *archive_get(const struct stack_archive *list, size_t count,
                  int *is_package)
{
    char *tree = NULL, *architecture = debian_architecture();
    size_t tried = 0;

    if (folders_make())
        goto out;
    for (size_t i = 0; i < count && !tree; i++) {
        if (!archive_fits(list[i].file, architecture))
            continue;
        tried++;
        *is_package = ends(list[i].file, ".deb");
        tree = one_get(&list[i]);
    }
    if (!tried)
        diag("no archive is for %s, this machine's architecture: it needs a "
             "package *_%s.deb or a source archive",
             architecture, architecture);
out:
    free(architecture);
    return tree;
}
