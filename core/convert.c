/* Helpers of the YAML readers: copies, look-ups, and messages with a line. */
#include "core/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/diag.h"
#include "core/tls_names.h"

const cyaml_schema_value_t convert_text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

int convert_fault(const struct source *s, const char *key, const char *what)
{
    diag("%s:%d: %s: %s", s->name, yaml_line_of(s->data, s->size, key), key,
         what);
    return -1;
}

int convert_fault_at(const struct source *s, const char *key, size_t n,
                     const char *what)
{
    diag("%s:%d: %s: %s", s->name, yaml_line_of_item(s->data, s->size, key, n),
         key, what);
    return -1;
}

int convert_text(char **to, const char *from)
{
    if (!from)
        return 0;
    *to = strdup(from);
    return *to ? 0 : -1;
}

int convert_list(const struct source *s, const char *key, char ***to,
                 size_t *count, char *const *from, size_t n,
                 const char *(*lookup)(const char *))
{
    if (!n)
        return 0;
    *to = calloc(n + 1, sizeof **to);
    if (!*to)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char *value = lookup ? lookup(from[i]) : from[i];

        if (!value) {
            char what[160];

            snprintf(what, sizeof what,
                     "\"%.60s\" is not a registered name of IANA or OpenSSL",
                     from[i]);
            return convert_fault(s, key, what);
        }
        (*to)[i] = strdup(value);
        if (!(*to)[i])
            return -1;
        *count = i + 1;
    }
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

int convert_versions(const struct source *s, const char *key, const char *min,
                     const char *max)
{
    uint16_t lowest = min ? tls_version_parse(min) : 0x0301;
    uint16_t highest = max ? tls_version_parse(max) : 0x0304;

    if (!lowest || !highest)
        return convert_fault(
            s, key, "min and max are \"1.0\", \"1.1\", \"1.2\" or \"1.3\"");
    if (lowest > highest)
        return convert_fault(s, key, "min is above max");
    return 0;
}

int convert_is_id(const char *text)
{
    return *text &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-")] == 0;
}

int convert_index(const char *const *names, int count, const char *value)
{
    for (int i = 0; value && i < count; i++)
        if (!strcmp(names[i], value))
            return i;
    return -1;
}
