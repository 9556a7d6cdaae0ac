/* libcyaml with errors that a person can act on: "file:line: key: what". */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <stdint.h>

/* Loads `data` by schema into *out (free with yaml_release and the same
 * schema). 0, or -1 reported with diag: unknown keys, wrong types, aliases, a
 * second document and NULs are refused with the line and the key. `name` stands
 * for the file.
 * libcyaml takes any word for a boolean and stops at the first letter behind a
 * number: schemas have texts for both, read by base/convert.h. */
int yaml_read(const char *name, const uint8_t *data, size_t size,
              const cyaml_schema_value_t *schema, void **out);
/* Frees what yaml_read made. (libyaml has a yaml_free of its own.) */
void yaml_release(const cyaml_schema_value_t *schema, void *value);

#endif
