/* From the texts that libcyaml read to values: what device, scenario and policy
 * files share. Each function reports what it refuses, with the line. */
#ifndef BASE_CONVERT_H
#define BASE_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "base/yaml.h"

/* Schema rows for optional members whose key is the member's name. Numbers and
 * flags are texts too: see yaml_read. */
#define YAML_OPTIONAL (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define YAML_TEXT(type, field)                                                 \
    CYAML_FIELD_STRING_PTR(#field, YAML_OPTIONAL, struct type, field, 1,       \
                           CYAML_UNLIMITED)
#define YAML_TEXTS(type, field)                                                \
    CYAML_FIELD_SEQUENCE(#field, YAML_OPTIONAL, struct type, field,            \
                         &convert_text_schema, 0, 1024)
extern const cyaml_schema_value_t convert_text_schema;

/* Where the texts came from, for messages. */
struct source {
    const char *name;
    const uint8_t *data;
    size_t size;
    char inside[32]; /* path before the keys, as "states[1]"; "": none */
};

/* Reports "file:line: path: what". The path ("tls.min") starts inside s. -1. */
int convert_fault(const struct source *s, const char *path, const char *what);
/* Copies a text that may be NULL. 0, or -1 reported when memory is out. */
int convert_text(char **to, const char *from);
/* Copies a list. lookup (may be NULL) gives each element's registered name, or
 * NULL if it is unknown, which is reported. 0 or -1; *count is right in both
 * cases, so that the list can be freed. */
int convert_list(const struct source *s, const char *path, char ***to,
                 size_t *count, char *const *from, size_t n,
                 const char *(*lookup)(const char *));
void convert_list_free(char **list, size_t count);
/* true or false; also yes, no, on, off. A NULL text leaves *out. 0, or -1
 * reported. */
int convert_flag(const struct source *s, const char *path, const char *text,
                 int *out);
/* A whole number from min to max. A NULL text leaves *out. 0, or -1 reported.
 */
int convert_number(const struct source *s, const char *path, const char *text,
                   int64_t min, int64_t max, int64_t *out);

/* Lookups: IANA names of what may be written in IANA's or OpenSSL's way. */
const char *convert_suite(const char *name);
const char *convert_group(const char *name);
const char *convert_sigalg(const char *name);
/* Are both (each may be NULL) versions, min not above max? The paths of both
 * keys are given. 0, or -1 reported. */
int convert_versions(const struct source *s, const char *min_path,
                     const char *min, const char *max_path, const char *max);
/* a-z, 0-9, '.' and '-', not empty, not starting with '.'. */
int convert_is_id(const char *text);
/* Index of value in names, or -1. */
int convert_index(const char *const *names, int count, const char *value);

#endif
