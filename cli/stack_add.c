/* Options of `stack add` to a stack file. Texts are written as JSON strings,
 * which YAML reads as they are. */
#include "cli/stack_add.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "builds/builds.h"
#include "builds/command.h"
#include "builds/compile.h"
#include "builds/debian.h"
#include "base/diag.h"
#include "base/file.h"
#include "model/codec.h"

struct list {
    char *items[64];
    size_t count;
};

struct arguments {
    const char *name, *family, *title, *config, *tree, *prefix, *archive,
        *sha256, *debian, *suite;
    struct list libraries, includes, defines, files;
    int quick;
};

enum {
    OPTION_NAME = 256,
    OPTION_FAMILY,
    OPTION_TITLE,
    OPTION_CONFIG,
    OPTION_TREE,
    OPTION_PREFIX,
    OPTION_ARCHIVE,
    OPTION_SHA256,
    OPTION_DEBIAN,
    OPTION_SUITE,
    OPTION_LIBRARY,
    OPTION_INCLUDE,
    OPTION_DEFINE,
    OPTION_FILE,
    OPTION_QUICK
};

static const struct argp_option options[] = {
    {"name", OPTION_NAME, "NAME", 0, "What devices call it (stack: NAME)", 0},
    {"family", OPTION_FAMILY, "FAMILY", 0,
     "mbedtls, wolfssl, openssl, gnutls, bearssl: a folder of clients/ with a "
     "library.mk",
     0},
    {"source", OPTION_TREE, "DIR", 0, "A source tree", 1},
    {"archive", OPTION_ARCHIVE, "FILE|URL", 0,
     "A tarball of a source tree, or a .deb", 1},
    {"sha256", OPTION_SHA256, "HEX", 0,
     "The archive's hash (needed for a URL, checked for a file)", 1},
    {"debian", OPTION_DEBIAN, "PACKAGE", 0,
     "A -dev package, or a source package, of a suite of Debian", 1},
    {"suite", OPTION_SUITE, "SUITE", 0, "bookworm, trixie, sid ...", 1},
    {"prefix", OPTION_PREFIX, "DIR", 0,
     "An installed library: headers and static archives below it", 1},
    {"library", OPTION_LIBRARY, "FILE", 0,
     "A static library; may be repeated; goes with --include", 1},
    {"include", OPTION_INCLUDE, "DIR", 0,
     "A folder of headers: the libraries', or those of your SDK and your "
     "project; repeatable",
     1},
    {"config", OPTION_CONFIG, "FILE", 0,
     "Your mbedtls_config.h or user_settings.h", 2},
    {"define", OPTION_DEFINE, "NAME[=VALUE]", 0,
     "A define that your build sets; repeatable", 2},
    {"file", OPTION_FILE, "FILE", 0,
     "A C file with functions that your configuration calls; repeatable", 2},
    {"title", OPTION_TITLE, "TEXT", 0, "What it is, for reports", 2},
    {"quick", OPTION_QUICK, NULL, 0, "`make matrix` builds it too", 2},
    {0},
};

static error_t list_add(struct list *l, char *text, struct argp_state *state)
{
    if (l->count == sizeof l->items / sizeof *l->items)
        argp_error(state, "%s: too many", text);
    l->items[l->count++] = text;
    return 0;
}

static void sources_check(const struct arguments *a, struct argp_state *state)
{
    int kinds = !!a->tree + !!a->prefix + !!a->archive + !!a->debian +
                (a->libraries.count > 0);

    if (!a->name || !a->family)
        argp_error(state, "give --name and --family");
    if (kinds != 1)
        argp_error(state, "give exactly one of --source, --archive, --debian, "
                          "--prefix, --library");
    if (!a->debian != !a->suite)
        argp_error(state, "--debian and --suite go together");
    if (a->archive && strstr(a->archive, "://") && !a->sha256)
        argp_error(state, "a URL needs --sha256");
}

static error_t parse_list(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case OPTION_LIBRARY:
        return list_add(&a->libraries, text, state);
    case OPTION_INCLUDE:
        return list_add(&a->includes, text, state);
    case OPTION_DEFINE:
        return list_add(&a->defines, text, state);
    case OPTION_FILE:
        return list_add(&a->files, text, state);
    case OPTION_QUICK:
        a->quick = 1;
        return 0;
    case ARGP_KEY_END:
        sources_check(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;
    const struct {
        int key;
        const char **to;
    } texts[] = {
        {OPTION_NAME, &a->name},       {OPTION_FAMILY, &a->family},
        {OPTION_TITLE, &a->title},     {OPTION_CONFIG, &a->config},
        {OPTION_TREE, &a->tree},       {OPTION_PREFIX, &a->prefix},
        {OPTION_ARCHIVE, &a->archive}, {OPTION_SHA256, &a->sha256},
        {OPTION_DEBIAN, &a->debian},   {OPTION_SUITE, &a->suite},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].key == key) {
            *texts[i].to = text;
            return 0;
        }
    return parse_list(key, text, state);
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Writes clients/stacks/NAME.yaml for a TLS library and builds it."
           "\vWhat a configuration lacks becomes a feature that is off. If "
           "the build fails, the file is taken away again and the log stays."};

static int text_put(FILE *to, const char *key, const char *value)
{
    char *quoted = codec_quote(value);

    if (quoted)
        fprintf(to, "%s%s\n", key, quoted);
    free(quoted);
    return quoted ? 0 : -1;
}

/* "key: "text"" with the path made absolute. 0 or -1 reported. */
static int path_put(FILE *to, const char *key, const char *path)
{
    char *whole = realpath(path, NULL);
    int status = -1;

    if (whole)
        status = text_put(to, key, whole);
    else
        diag("%s: %s", path, strerror(errno));
    free(whole);
    return status;
}

static int paths_put(FILE *to, const char *key, const struct list *l)
{
    if (l->count)
        fprintf(to, "%s\n", key);
    for (size_t i = 0; i < l->count; i++)
        if (path_put(to, "    - ", l->items[i]))
            return -1;
    return 0;
}

/* An archive that is no URL: its hash is taken now. */
static int archive_put(FILE *to, const struct arguments *a)
{
    const char *argv[] = {"sha256sum", "--", a->archive, NULL};
    char *line = NULL, hash[65] = "";
    int is_url = strstr(a->archive, "://") != NULL, status = -1;

    if (!is_url && !(line = command_read(argv))) {
        diag("%s: cannot be read", a->archive);
        return -1;
    }
    snprintf(hash, sizeof hash, "%s",
             is_url ? a->sha256 : line + (*line == '\\'));
    for (char *c = hash; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (a->sha256 && strcasecmp(hash, a->sha256) != 0) {
        diag("%s: its SHA-256 is %s, not the one given", a->archive, hash);
        goto out;
    }
    fputs("  archives:\n", to);
    if (is_url ? text_put(to, "    - file: ", a->archive)
               : path_put(to, "    - file: ", a->archive))
        goto out;
    fprintf(to, "      sha256: %s\n", hash);
    status = 0;
out:
    free(line);
    return status;
}

static int debian_put(FILE *to, const struct arguments *a)
{
    struct stack_archive found;
    char *version;
    int status = debian_find(a->debian, a->suite, &found, &version);

    if (status == 0) {
        fprintf(to, "  archives:  # %s %s of %s\n", a->debian, version,
                a->suite);
        fprintf(to, "    - file: %s\n      sha256: %s\n", found.file,
                found.sha256);
        printf("%s: %s %s\n", a->suite, a->debian, version);
    }
    free(found.file);
    free(found.sha256);
    free(version);
    return status;
}

static int source_put(FILE *to, const struct arguments *a)
{
    fputs("source:\n", to);
    if (a->tree && path_put(to, "  tree: ", a->tree))
        return -1;
    if (a->prefix && path_put(to, "  prefix: ", a->prefix))
        return -1;
    if (paths_put(to, "  libraries:", &a->libraries) ||
        paths_put(to, "  include:", &a->includes))
        return -1;
    if (a->archive)
        return archive_put(to, a);
    return a->debian ? debian_put(to, a) : 0;
}

static int file_put(FILE *to, const struct arguments *a)
{
    fprintf(to, "stack: %s\nfamily: %s\n", a->name, a->family);
    if (a->title && text_put(to, "title: ", a->title))
        return -1;
    if (a->quick)
        fputs("quick: true\n", to);
    if (source_put(to, a) || (a->config && path_put(to, "config: ", a->config)))
        return -1;
    if (a->defines.count)
        fputs("defines:\n", to);
    for (size_t i = 0; i < a->defines.count; i++)
        if (text_put(to, "    - ", a->defines.items[i]))
            return -1;
    return paths_put(to, "files:", &a->files);
}

static int name_check(const struct arguments *a, const struct builds *known,
                      const char *path)
{
    if (!stack_file_is_name(a->name)) {
        diag("--name %s: a-z, 0-9, '.', '-', '_' and '@' only", a->name);
        return -1;
    }
    if (stack_file_is_taken(a->name)) {
        diag("--name %s: a client that is built in has that name", a->name);
        return -1;
    }
    if (builds_find(known, a->name) || file_exists(path)) {
        diag("--name %s: there is a stack build of that name; `chainbreak "
             "stack remove` takes one out",
             a->name);
        return -1;
    }
    return 0;
}

/* The file's text; malloc'd. NULL reported. */
static char *text_make(const struct arguments *a)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    int status = to ? file_put(to, a) : -1;

    if (to)
        fclose(to);
    if (status == 0)
        return text;
    free(text);
    return NULL;
}

/* Until the program is there, the file stands beside what is built: a build
 * that fails or is stopped leaves none in clients/stacks/. */
static int build_new(const char *name, const char *text)
{
    struct builds one = {0};
    char *folder = compile_folder(name);
    char *path = folder ? format("%s/%s/stack.yaml", home_dir(), folder) : NULL;
    int status = EXIT_HARNESS;
    size_t lacking;

    if (path && file_mkdirs(folder, 0755) == 0 &&
        file_write(path, 0644, text, strlen(text)) == 0)
        status = builds_add(&one, path)             ? EXIT_USAGE_ERROR
                 : builds_run(&one, NULL, &lacking) ? EXIT_HARNESS
                                                    : EXIT_HELD;
    builds_clear(&one);
    if (path)
        unlink(path);
    if (status == EXIT_USAGE_ERROR)
        file_remove_tree(folder);
    free(folder);
    free(path);
    return status;
}

int cmd_stack_add(int argc, char **argv)
{
    struct arguments a = {0};
    struct builds known = {0};
    char *path = NULL, *text = NULL;
    int status = EXIT_USAGE_ERROR;

    if (argp_parse(&argp, argc, argv, 0, NULL, &a) || builds_load(&known) ||
        !home_dir())
        goto out;
    path = format("%s/clients/stacks/%s.yaml", home_dir(), a.name);
    if (!path || name_check(&a, &known, path) || !(text = text_make(&a)))
        goto out;
    status = EXIT_HARNESS;
    if (chdir(home_dir()) != 0)
        goto out;
    status = build_new(a.name, text);
    if (status == EXIT_HELD && file_write(path, 0644, text, strlen(text)))
        status = EXIT_HARNESS;
    if (status == EXIT_HELD)
        printf("written: clients/stacks/%s.yaml; a device names it with "
               "`stack: %s`\n",
               a.name, a.name);
out:
    builds_clear(&known);
    free(path);
    free(text);
    return status;
}
