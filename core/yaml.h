/* libcyaml with errors that a person can act on: "file:line: key: what". */
#ifndef CORE_YAML_H
#define CORE_YAML_H

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <stdint.h>

/* Loads `data` by schema into *out (free with yaml_free and the same schema).
 * 0, or -1 reported with diag: unknown keys and wrong types are refused with
 * the line and the key. `name` stands for the file. */
int yaml_parse(const char *name, const uint8_t *data, size_t size,
               const cyaml_schema_value_t *schema, void **out);
void yaml_free(const cyaml_schema_value_t *schema, void *value);
/* Line (1-based) on which a top-level key stands, or 0. For errors found after
 * loading. */
int yaml_line_of(const uint8_t *data, size_t size, const char *key);

#endif
