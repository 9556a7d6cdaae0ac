/* What make may not see is kept from it: paths with spaces become symbolic
 * links of this build's folder, and settings become one included file, which
 * changes only when they do. */
#include "builds/compile.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builds/archive.h"
#include "builds/command.h"
#include "base/diag.h"
#include "base/file.h"
#include "model/stack_codec.h"

enum { DESCRIPTION = 1 << 20 }; /* bytes of one at most */

const char *compile_out(void)
{
    static char out[PATH_MAX];
    char self[PATH_MAX];
    const char *home = home_dir();
    size_t length = home ? strlen(home) : 0;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *bin;

    self[n > 0 ? n : 0] = '\0';
    bin = strstr(self, "/bin/chainbreak");
    if (bin)
        *bin = '\0';
    if (bin && length && !strncmp(self, home, length) && self[length] == '/')
        snprintf(out, sizeof out, "%s", self + length + 1);
    else
        snprintf(out, sizeof out, "build");
    return out;
}

char *compile_folder(const char *name)
{
    return format("%s/stacks/%s", compile_out(), name);
}

char *compile_program(const char *name)
{
    return format("%s/bin/shim-%s", compile_out(), name);
}

/* A link is made anew only if it leads elsewhere. 0 or -1 reported. */
static int link_set(const char *folder, const char *name, const char *target)
{
    char *path = format("%s/%s", folder, name);
    char old[PATH_MAX];
    ssize_t n = path ? readlink(path, old, sizeof old - 1) : -1;
    int status = 0;

    if (n >= 0)
        old[n] = '\0';
    if (n < 0 || strcmp(old, target) != 0) {
        if (path)
            unlink(path);
        if (!path || symlink(target, path) != 0) {
            diag("%s: %s", path ? path : name, strerror(errno));
            status = -1;
        }
    }
    free(path);
    return status;
}

/* Numbered, so that two files of one name stand beside each other and their
 * order stays; what make would take for its own in a name is left out. */
static char *link_name(size_t number, const char *target)
{
    const char *slash = strrchr(target, '/');
    char *name = format("%02zu-%s", number, slash ? slash + 1 : target);

    for (char *c = name; c && *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            *c = '_';
    return name;
}

static int links_set(const char *folder, const char *sub, char *const *list,
                     size_t count)
{
    char *inner = format("%s/%s", folder, sub);
    int status = inner ? 0 : -1;

    if (inner && count)
        status = file_mkdirs(inner, 0755);
    for (size_t i = 0; i < count && status == 0; i++) {
        char *name = link_name(i, list[i]);

        status = name ? link_set(inner, name, list[i]) : -1;
        free(name);
    }
    free(inner);
    return status;
}

static int is_written(const char *path, const char *text)
{
    uint8_t *old = NULL;
    size_t size = 0;
    int same = file_exists(path) && file_read(path, 0, &old, &size) == 0 &&
               size == strlen(text) && !memcmp(old, text, size);

    free(old);
    return same;
}

static int write_changed(const char *path, const char *text)
{
    return is_written(path, text) ? 0
                                  : file_write(path, 0644, text, strlen(text));
}

/* A library that is compiled here gets the family's board.h behind its
 * configuration; one that is compiled already is as its headers say. Once: the
 * library's headers define names later that board.h takes back, and not each
 * configuration has a guard. malloc'd; NULL without a configuration. */
static char *config_text(const struct stack_file *f)
{
    int compiled = f->source == STACK_ARCHIVES || f->source == STACK_TREE;
    char *board = format("%s/clients/%s/board.h", home_dir(), f->family);
    char *text = NULL;

    if (f->config && compiled && board && file_exists(board))
        text = format("#pragma once\n#include \"%s\"\n#include \"%s\"\n",
                      f->config, board);
    else if (f->config)
        text = format("#pragma once\n#include \"%s\"\n", f->config);
    free(board);
    return text;
}

/* The firmware's configuration header under the name that its library looks
 * for. Its own folder stays the place of the files that it includes. */
static int config_write(const char *folder, const struct stack_file *f)
{
    static const char *const names[] = {"stack_config.h", "user_settings.h"};
    char *inner = format("%s/config", folder);
    char *text = config_text(f);
    int status = inner ? 0 : -1;

    if (f->config && strchr(f->config, '"')) {
        diag("config: %s: no compiler takes a '\"' in the path of a header",
             f->config);
        status = -1;
    }

    if (inner && !text)
        status = file_remove_tree(inner);
    else if (inner)
        status = file_mkdirs(inner, 0755);
    for (size_t i = 0; i < 2 && text && status == 0; i++) {
        char *path = format("%s/%s", inner, names[i]);

        status = path ? write_changed(path, text) : -1;
        free(path);
    }
    free(inner);
    free(text);
    return status;
}

static const char *kind_of(const struct stack_file *f, int is_package)
{
    switch (f->source) {
    case STACK_ARCHIVES:
        return is_package ? "prefix" : "tree";
    case STACK_TREE:
        return "tree";
    case STACK_PREFIX:
        return "prefix";
    case STACK_LIBRARIES:
        return "libraries";
    default:
        return "system";
    }
}

/* What a list leads to, as comments: another file, or another one in its place
 * that is older, makes everything anew. */
static void targets_write(FILE *to, char *const *list, size_t count)
{
    struct stat st;

    for (size_t i = 0; i < count; i++) {
        int is_file = stat(list[i], &st) == 0 && S_ISREG(st.st_mode);

        fprintf(to, "# %s %lld %lld\n", list[i],
                is_file ? (long long)st.st_size : 0,
                is_file ? (long long)st.st_mtime : 0);
    }
}

/* malloc'd; NULL: out of memory. */
static char *variables_text(const struct stack_file *f, const char *kind,
                            const char *tree)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        return NULL;
    fprintf(
        to,
        "# %s, from %s\nFAMILY := %s\nKIND := %s\nPROGRAM := %s/bin/shim-%s\n",
        f->name, tree ? tree : kind, f->family, kind, compile_out(), f->name);
    fprintf(to, "CONFIG := %s\nDEFINES :=", f->config ? "yes" : "");
    for (size_t i = 0; i < f->defines_count; i++)
        fprintf(to, " -D%s", f->defines[i]);
    fputc('\n', to);
    targets_write(to, f->libraries, f->libraries_count);
    targets_write(to, f->include, f->include_count);
    targets_write(to, f->files, f->files_count);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

/* Of a file that said something else, no link may stay. */
static int links_clear(const char *folder)
{
    static const char *const subs[] = {"include", "libraries", "files",
                                       "renamed"};
    int status = 0;

    for (size_t i = 0; i < sizeof subs / sizeof *subs && status == 0; i++) {
        char *inner = format("%s/%s", folder, subs[i]);

        status = inner ? file_remove_tree(inner) : -1;
        free(inner);
    }
    return status;
}

static int folder_prepare(const char *folder, const struct stack_file *f,
                          const char *kind, const char *tree)
{
    char *path = format("%s/variables.mk", folder);
    char *text = variables_text(f, kind, tree);
    int status = -1;

    if (!path || !text || file_mkdirs(folder, 0755) ||
        (!is_written(path, text) && links_clear(folder)) ||
        (tree && link_set(folder, "tree", tree)))
        goto out;
    if (links_set(folder, "include", f->include, f->include_count) ||
        links_set(folder, "libraries", f->libraries, f->libraries_count) ||
        links_set(folder, "files", f->files, f->files_count))
        goto out;
    if (config_write(folder, f) == 0)
        status = write_changed(path, text);
out:
    free(path);
    free(text);
    return status;
}

static int make_run(const char *folder)
{
    char *stack = format("STACK=%s", folder);
    char *out = format("O=%s", compile_out());
    char *jobs = format("-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
    const char *argv[] = {"make", "--no-print-directory",
                          "-f",   "clients/stacks/stack.mk",
                          jobs,   stack,
                          out,    NULL};
    int status = stack && out && jobs ? command_run(NULL, argv) : 127;

    if (status == 127)
        diag("make cannot be started");
    free(stack);
    free(out);
    free(jobs);
    return status ? -1 : 0;
}

char *compile_text(const char *name, const char *file)
{
    char *folder = compile_folder(name);
    char *path = folder && home_dir()
                     ? format("%s/%s/%s", home_dir(), folder, file)
                     : NULL;
    uint8_t *text = NULL;
    size_t size;

    if (path && file_exists(path) && file_read(path, 1 << 16, &text, &size))
        text = NULL;
    free(path);
    free(folder);
    return (char *)text;
}

/* What the program says of itself; NULL reported. */
static struct stack_description *describe(const char *folder)
{
    char *path = format("%s/description.json", folder);
    struct stack_description *d = NULL;
    uint8_t *text = NULL;
    size_t size = 0;

    if (path && file_read(path, DESCRIPTION, &text, &size) == 0)
        d = stack_decode((const char *)text, size, path);
    free(text);
    free(path);
    return d;
}

/* An archive, a tree or a prefix may hold another version than its name. */
static int version_check(const struct stack_file *f, const char *folder)
{
    struct stack_description *d = describe(folder);
    int status = d ? 0 : -1;

    if (d && f->version &&
        (!d->version || strcmp(d->version, f->version) != 0)) {
        diag("version: the stack file says %s, and the program %s", f->version,
             d->version ? d->version : "nothing");
        status = -1;
    }
    stack_description_free(d);
    return status;
}

int compile_run(const struct stack_file *f)
{
    int is_package = 0, status = -1;
    char *folder = compile_folder(f->name);
    char *tree = f->source == STACK_ARCHIVES
                     ? archive_get(f->archives, f->archives_count, &is_package)
                 : f->tree ? strdup(f->tree)
                           : NULL;

    if (f->source == STACK_ARCHIVES && !tree)
        goto out;
    if (folder &&
        folder_prepare(folder, f, kind_of(f, is_package), tree) == 0 &&
        make_run(folder) == 0)
        status = version_check(f, folder);
out:
    free(tree);
    free(folder);
    return status;
}
