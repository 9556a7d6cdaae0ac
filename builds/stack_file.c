/* Reads a stack file: libcyaml fills plain texts, and what follows checks them.
 * Paths in it start at the file's own folder. */
#include "builds/stack_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builds/config_kind.h"
#include "base/convert.h"
#include "base/diag.h"
#include "base/file.h"

struct archive_text {
    char *file, *sha256;
};

struct source_text {
    struct archive_text *archives;
    unsigned archives_count, libraries_count, include_count;
    char *tree, *prefix, *system;
    char **libraries, **include;
};

struct stack_text {
    char *stack, *family, *version, *title, *stands_for, *reference, *quick,
        *config;
    struct source_text *source;
    char **defines, **files;
    unsigned defines_count, files_count;
};

static const cyaml_schema_field_t archive_fields[] = {
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, struct archive_text,
                           file, 1, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("sha256", CYAML_FLAG_POINTER, struct archive_text,
                           sha256, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t archive_schema = {CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct archive_text, archive_fields)};

static const cyaml_schema_field_t source_fields[] = {
    CYAML_FIELD_SEQUENCE("archives", YAML_OPTIONAL, struct source_text,
                         archives, &archive_schema, 1, 16),
    YAML_TEXT(source_text, tree),
    YAML_TEXT(source_text, prefix),
    YAML_TEXT(source_text, system),
    YAML_TEXTS(source_text, libraries),
    YAML_TEXTS(source_text, include),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("stack", CYAML_FLAG_POINTER, struct stack_text,
                           stack, 1, 100),
    CYAML_FIELD_STRING_PTR("family", CYAML_FLAG_POINTER, struct stack_text,
                           family, 1, 100),
    YAML_TEXT(stack_text, version),
    YAML_TEXT(stack_text, title),
    YAML_TEXT(stack_text, stands_for),
    YAML_TEXT(stack_text, reference),
    YAML_TEXT(stack_text, quick),
    YAML_TEXT(stack_text, config),
    CYAML_FIELD_MAPPING_PTR("source", CYAML_FLAG_POINTER, struct stack_text,
                            source, source_fields),
    YAML_TEXTS(stack_text, defines),
    YAML_TEXTS(stack_text, files),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct stack_text, fields)};

int stack_file_is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_@");

    return n > 0 && name[n] == '\0' && n <= 64 && isalnum((unsigned char)*name);
}

int stack_file_is_taken(const char *name)
{
    const char *home = home_dir() ? home_dir() : ".";
    char *client = format("%s/clients/command/%s.yaml", home, name);
    int taken = !client || file_exists(client);

    free(client);
    return taken;
}

/* What a path in the file means, absolute; malloc'd. NULL: not there, or out of
 * memory; reported. */
static char *resolve(const struct source *s, const char *key, const char *path)
{
    const char *slash = strrchr(s->name, '/');
    char *joined, *whole;

    if (*path == '/' || !slash)
        joined = strdup(path);
    else
        joined = format("%.*s/%s", (int)(slash - s->name), s->name, path);
    whole = joined ? realpath(joined, NULL) : NULL;
    if (!whole) {
        char *what = format("%s is not there (paths start at this file's "
                            "folder)",
                            path);
        convert_fault(s, key, what ? what : path);
        free(what);
    }
    free(joined);
    return whole;
}

/* What a list names: folders (`end` NULL), or regular files whose names end so.
 */
struct kind {
    const char *end, *name;
};

static int is_kind(const char *path, const struct kind *kind)
{
    size_t n = strlen(path), m = kind->end ? strlen(kind->end) : 0;
    struct stat st;

    if (!kind->end)
        return file_is_dir(path);
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && n > m &&
           !strcmp(path + n - m, kind->end);
}

static char *resolve_kind(const struct source *s, const char *key,
                          const char *path, const struct kind *kind)
{
    char *whole = resolve(s, key, path), *what;

    if (!whole || is_kind(whole, kind))
        return whole;
    what = format("%s is no %s", whole, kind->name);
    convert_fault(s, key, what ? what : kind->name);
    free(what);
    free(whole);
    return NULL;
}

static int resolve_list(const struct source *s, const char *key, char ***to,
                        size_t *count, char *const *from, size_t n,
                        const struct kind *kind)
{
    *to = calloc(n + 1, sizeof **to);
    if (!*to)
        return -1;
    for (size_t i = 0; i < n; i++, (*count)++)
        if (!((*to)[i] = resolve_kind(s, key, from[i], kind)))
            return -1;
    return 0;
}

static int is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* A path starts at the file's folder too. It need not be there: the next one of
 * the list may be. */
static int archive_place(const struct source *s, char **to, const char *file)
{
    const char *slash = strrchr(s->name, '/');

    if (*file == '/' || !strncmp(file, "pool/", 5) || strstr(file, "://"))
        return convert_text(to, file);
    *to = format("%.*s/%s", slash ? (int)(slash - s->name) : 1,
                 slash ? s->name : ".", file);
    return *to ? 0 : -1;
}

static int convert_archives(const struct source *s, const struct source_text *t,
                            struct stack_file *f)
{
    f->archives = calloc(t->archives_count, sizeof *f->archives);
    if (!f->archives)
        return -1;
    f->archives_count = t->archives_count;
    for (size_t i = 0; i < f->archives_count; i++) {
        const struct archive_text *a = &t->archives[i];

        if (!is_sha256(a->sha256))
            return convert_fault(s, "source.archives",
                                 "sha256 has 64 hex digits in lower case");
        if (archive_place(s, &f->archives[i].file, a->file) ||
            convert_text(&f->archives[i].sha256, a->sha256))
            return -1;
    }
    f->source = STACK_ARCHIVES;
    return 0;
}

static int convert_folder(const struct source *s, const char *key,
                          const char *path, enum stack_source kind,
                          struct stack_file *f)
{
    f->source = kind;
    f->tree = resolve(s, key, path);
    if (f->tree && !file_is_dir(f->tree))
        return convert_fault(s, key, "is no folder");
    return f->tree ? 0 : -1;
}

static int convert_libraries(const struct source *s,
                             const struct source_text *t, struct stack_file *f)
{
    f->source = STACK_LIBRARIES;
    if (!t->include_count)
        return convert_fault(s, "source",
                             "libraries need `include` too: the "
                             "folders of their headers");
    return resolve_list(s, "source.libraries", &f->libraries,
                        &f->libraries_count, t->libraries, t->libraries_count,
                        &(struct kind){".a", "static library (.a)"});
}

static int convert_source(const struct source *s, const struct source_text *t,
                          struct stack_file *f)
{
    int system = 0;
    int kinds = !!t->archives_count + !!t->tree + !!t->prefix +
                !!t->libraries_count + !!t->system;

    if (kinds != 1)
        return convert_fault(s, "source",
                             "give exactly one of archives, tree, prefix, "
                             "libraries, system");
    if (resolve_list(s, "source.include", &f->include, &f->include_count,
                     t->include, t->include_count,
                     &(struct kind){NULL, "folder"}))
        return -1;
    if (t->archives_count)
        return convert_archives(s, t, f);
    if (t->tree)
        return convert_folder(s, "source.tree", t->tree, STACK_TREE, f);
    if (t->prefix)
        return convert_folder(s, "source.prefix", t->prefix, STACK_PREFIX, f);
    if (t->libraries_count)
        return convert_libraries(s, t, f);
    f->source = STACK_SYSTEM;
    if (convert_flag(s, "source.system", t->system, &system))
        return -1;
    return system ? 0 : convert_fault(s, "source.system", "can only be true");
}

/* They become words of a make file and of a compiler's command. */
static int check_defines(const struct source *s, const struct stack_text *t)
{
    for (size_t i = 0; i < t->defines_count; i++) {
        const char *d = t->defines[i];

        if (!isalpha((unsigned char)*d) && *d != '_')
            return convert_fault(s, "defines", "a name, or name=value");
        if (strpbrk(d, " \t\n'\"\\$#`;&|<>(){}"))
            return convert_fault(s, "defines",
                                 "no spaces, quotes or brackets: put such a "
                                 "setting into the configuration header");
    }
    return 0;
}

static int check_family(const struct source *s, const char *family)
{
    char *recipe = format("%s/clients/%s/library.mk",
                          home_dir() ? home_dir() : ".", family);
    int known = recipe && !strchr(family, '/') && file_exists(recipe);

    free(recipe);
    return known ? 0
                 : convert_fault(s, "family",
                                 "no such family: a folder of clients/ with a "
                                 "library.mk");
}

/* The header is read by a compiler later; what is none is said now. */
static int convert_config(const struct source *s, const char *config,
                          struct stack_file *f)
{
    const char *advice;
    uint8_t *text;
    size_t size;

    if (!config)
        return 0;
    f->config = resolve(s, "config", config);
    if (!f->config)
        return -1;
    if (file_is_dir(f->config))
        return convert_fault(s, "config", "is a folder");
    if (file_read(f->config, 0, &text, &size))
        return -1;
    advice = config_kind_advice(config_kind(text, size));
    free(text);
    return advice ? convert_fault(s, "config", advice) : 0;
}

static int convert(const struct source *s, const struct stack_text *t,
                   struct stack_file *f)
{
    if (!stack_file_is_name(t->stack))
        return convert_fault(s, "stack",
                             "a name has a-z, 0-9, '.', '-', '_' and '@' only");
    if (stack_file_is_taken(t->stack))
        return convert_fault(s, "stack",
                             "a client that is built in has that name");
    if (check_family(s, t->family) || check_defines(s, t) ||
        convert_flag(s, "quick", t->quick, &f->quick) ||
        convert_source(s, t->source, f))
        return -1;
    if (convert_text(&f->name, t->stack) ||
        convert_text(&f->family, t->family) ||
        convert_text(&f->version, t->version) ||
        convert_text(&f->title, t->title) ||
        convert_text(&f->stands_for, t->stands_for) ||
        convert_text(&f->reference, t->reference) ||
        convert_list(s, "defines", &f->defines, &f->defines_count, t->defines,
                     t->defines_count, NULL))
        return -1;
    if (convert_config(s, t->config, f))
        return -1;
    return resolve_list(s, "files", &f->files, &f->files_count, t->files,
                        t->files_count, &(struct kind){".c", "C file (.c)"});
}

struct stack_file *stack_file_parse(const char *path, const uint8_t *data,
                                    size_t size)
{
    struct source s = {.name = path, .data = data, .size = size};
    struct stack_text *text = NULL;
    struct stack_file *f = NULL;

    if (yaml_read(path, data, size, &schema, (void **)&text))
        return NULL;
    f = calloc(1, sizeof *f);
    if (f && (convert_text(&f->path, path) || convert(&s, text, f))) {
        stack_file_free(f);
        f = NULL;
    }
    yaml_release(&schema, text);
    return f;
}

struct stack_file *stack_file_load(const char *path)
{
    uint8_t *data = NULL;
    size_t size;
    struct stack_file *f;

    if (file_read(path, 1 << 20, &data, &size))
        return NULL;
    f = stack_file_parse(path, data, size);
    free(data);
    return f;
}

void stack_file_free(struct stack_file *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->archives_count; i++) {
        free(f->archives[i].file);
        free(f->archives[i].sha256);
    }
    free(f->archives);
    convert_list_free(f->libraries, f->libraries_count);
    convert_list_free(f->include, f->include_count);
    convert_list_free(f->defines, f->defines_count);
    convert_list_free(f->files, f->files_count);
    free(f->path);
    free(f->name);
    free(f->family);
    free(f->version);
    free(f->title);
    free(f->stands_for);
    free(f->reference);
    free(f->tree);
    free(f->config);
    free(f);
}
