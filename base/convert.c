/* Helpers of the YAML readers: copies, look-ups, and messages with a line. */
#include "base/convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/tls_names.h"
#include "base/yaml_text.h"

const cyaml_schema_value_t convert_text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED)};

int convert_fault(const struct source *s, const char *path, const char *what)
{
    char whole[128];

    snprintf(whole, sizeof whole, "%s%s%s", s->inside, *s->inside ? "." : "",
             path);
    diag("%s:%d: %s: %s", s->name, yaml_text_line(s->data, s->size, whole),
         whole, what);
    return -1;
}

static int out_of_memory(void)
{
    diag("out of memory");
    return -1;
}

int convert_text(char **to, const char *from)
{
    if (!from)
        return 0;
    *to = strdup(from);
    return *to ? 0 : out_of_memory();
}

int convert_list(const struct source *s, const char *path, char ***to,
                 size_t *count, char *const *from, size_t n,
                 const char *(*lookup)(const char *))
{
    if (!n)
        return 0;
    *to = calloc(n + 1, sizeof **to);
    if (!*to)
        return out_of_memory();
    for (size_t i = 0; i < n; i++) {
        const char *value = lookup ? lookup(from[i]) : from[i];

        if (!value) {
            char what[160], at[96];

            snprintf(what, sizeof what,
                     "\"%.60s\" is not a registered name of IANA or OpenSSL",
                     from[i]);
            snprintf(at, sizeof at, "%s[%zu]", path, i);
            return convert_fault(s, at, what);
        }
        (*to)[i] = strdup(value);
        if (!(*to)[i])
            return out_of_memory();
        *count = i + 1;
    }
    return 0;
}

int convert_flag(const struct source *s, const char *path, const char *text,
                 int *out)
{
    static const char *const words[] = {"false", "true", "no",
                                        "yes",   "off",  "on"};
    int word = convert_index(words, 6, text);

    if (!text)
        return 0;
    if (word < 0)
        return convert_fault(s, path, "true or false");
    *out = word % 2;
    return 0;
}

int convert_number(const struct source *s, const char *path, const char *text,
                   int64_t min, int64_t max, int64_t *out)
{
    char what[96];
    char *end;
    long long value;

    if (!text)
        return 0;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < min || value > max) {
        snprintf(what, sizeof what, "a whole number from %lld to %lld",
                 (long long)min, (long long)max);
        return convert_fault(s, path, what);
    }
    *out = value;
    return 0;
}

void convert_list_free(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

const char *convert_suite(const char *name)
{
    const struct tls_suite *suite = tls_suite_by_name(name);

    return suite ? suite->iana : NULL;
}

const char *convert_group(const char *name)
{
    const struct tls_name *group = tls_group_by_name(name);

    return group ? group->iana : NULL;
}

const char *convert_sigalg(const char *name)
{
    const struct tls_name *algorithm = tls_sigalg_by_name(name);

    return algorithm ? algorithm->iana : NULL;
}

int convert_versions(const struct source *s, const char *min_path,
                     const char *min, const char *max_path, const char *max)
{
    static const char what[] = "\"1.0\", \"1.1\", \"1.2\" or \"1.3\"";
    uint16_t lowest = min ? tls_version_parse(min) : 0x0301;
    uint16_t highest = max ? tls_version_parse(max) : 0x0304;

    if (!lowest)
        return convert_fault(s, min_path, what);
    if (!highest)
        return convert_fault(s, max_path, what);
    if (lowest > highest)
        return convert_fault(s, min ? min_path : max_path,
                             "min is above max; swap them");
    return 0;
}

int convert_is_id(const char *text)
{
    return *text && *text != '.' &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == 0;
}

int convert_index(const char *const *names, int count, const char *value)
{
    for (int i = 0; value && i < count; i++)
        if (!strcmp(names[i], value))
            return i;
    return -1;
}
