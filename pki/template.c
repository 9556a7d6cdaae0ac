/* Loads leaf templates. Must not know keys and minting. */
#include "pki/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "base/yaml.h"

static const cyaml_schema_value_t word_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 253),
};

#define TEXT(field)                                                            \
    CYAML_FIELD_STRING_PTR(#field, CYAML_FLAG_POINTER, struct template, field, \
                           1, CYAML_UNLIMITED)

static const cyaml_schema_field_t fields[] = {
    TEXT(template),
    TEXT(title),
    TEXT(source),
    CYAML_FIELD_SEQUENCE("subject", CYAML_FLAG_POINTER, struct template,
                         subject, &name_part_schema, 0, 32),
    CYAML_FIELD_SEQUENCE("names", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct template, names, &word_schema, 0, 1000),
    TEXT(not_before),
    TEXT(not_after),
    CYAML_FIELD_SEQUENCE("extensions", CYAML_FLAG_POINTER, struct template,
                         extensions, &extension_schema, 0, 64),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct template, fields),
};

static int check(const char *path, const struct template *t)
{
    struct extension_context context = {0};
    struct asn1_buf b = {0};
    char why[120];
    int64_t from, to;
    int status = 0;

    if (time_parse_relative(t->not_before, 0, &from) != 0 ||
        time_parse_relative(t->not_after, 0, &to) != 0) {
        diag("%s: not_before, not_after: neither a time nor a duration", path);
        return -1;
    }
    if (catalog_put_name(&b, t->subject, t->subject_count) != 0) {
        diag("%s: subject: unknown type or string", path);
        status = -1;
    }
    for (unsigned i = 0; i < t->extensions_count && status == 0; i++) {
        status = extension_put(&b, &t->extensions[i], &context, why);
        if (status != 0)
            diag("%s: %s", path, why);
    }
    asn1_clear(&b);
    return status;
}

static int file_add(struct templates *t, const char *path)
{
    struct template *one = NULL;
    struct template **list;
    uint8_t *data = NULL;
    size_t size;
    int status = -1;

    if (file_read(path, 0, &data, &size) != 0)
        return -1;
    if (yaml_read(path, data, size, &schema, (void **)&one) != 0)
        goto out;
    list = realloc(t->list, (t->count + 1) * sizeof(struct template *));
    if (list == NULL) {
        yaml_release(&schema, one);
        goto out;
    }
    t->list = list;
    t->list[t->count++] = one;
    status = check(path, one);
out:
    free(data);
    return status;
}

struct templates *template_load(const char *dir)
{
    struct templates *t = calloc(1, sizeof *t);
    char **paths = NULL;
    size_t count = 0;
    int status = -1;

    if (t != NULL)
        status = file_find(dir, ".yaml", &paths, &count);
    for (size_t i = 0; i < count && status == 0; i++)
        status = file_add(t, paths[i]);
    strings_free(paths);
    if (status != 0) {
        template_free(t);
        return NULL;
    }
    return t;
}

void template_free(struct templates *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->count; i++)
        yaml_release(&schema, t->list[i]);
    free(t->list);
    free(t);
}

const struct template *template_find(const struct templates *t,
                                     const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i]->template, name) == 0)
            return t->list[i];
    return NULL;
}

/* What a placeholder at the start of text stands for, as up to two strings, and
 * its length; 0 if there is none. */
static size_t placeholder(const char *text, const char *endpoint,
                          const char *name, const char *parts[2])
{
    const char *dot = strchr(endpoint, '.');

    parts[0] = parts[1] = "";
    if (strncmp(text, "{endpoint}", 10) == 0) {
        parts[0] = endpoint;
        return 10;
    }
    if (strncmp(text, "{wildcard}", 10) == 0) {
        parts[0] = dot ? "*" : "";
        parts[1] = dot ? dot : endpoint;
        return 10;
    }
    if (strncmp(text, "{name}", 6) == 0) {
        parts[0] = name ? name : endpoint;
        return 6;
    }
    return 0;
}

char *template_expand(const char *value, const char *endpoint, const char *name)
{
    char *out = format("%s", "");

    while (*value != '\0' && out != NULL) {
        const char *parts[2];
        size_t skip = placeholder(value, endpoint, name, parts);
        char *longer;

        if (skip > 0)
            longer = format("%s%s%s", out, parts[0], parts[1]);
        else
            longer = format("%s%c", out, *value);
        free(out);
        out = longer;
        value += skip > 0 ? skip : 1;
    }
    return out;
}
