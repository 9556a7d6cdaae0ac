/* libcyaml with errors that a person can act on: "file:line: key: what". */
#ifndef CORE_YAML_H
#define CORE_YAML_H

#include <cyaml/cyaml.h>
#include <stddef.h>
#include <stdint.h>

/* Loads `data` by schema into *out (free with yaml_release and the same
 * schema). 0, or -1 reported with diag: unknown keys and wrong types are
 * refused with the line and the key. `name` stands for the file. */
int yaml_read(const char *name, const uint8_t *data, size_t size,
              const cyaml_schema_value_t *schema, void **out);
/* Frees what yaml_read made. (libyaml has a yaml_free of its own.) */
void yaml_release(const cyaml_schema_value_t *schema, void *value);
/* Line (1-based) on which a top-level key stands, or 0. For errors found after
 * loading. */
int yaml_line_of(const uint8_t *data, size_t size, const char *key);

/* Line on which the n-th (from 0) element of the list under a top-level key
 * starts, in block style; else the line of the key. */
int yaml_line_of_item(const uint8_t *data, size_t size, const char *key,
                      size_t n);
/* 1 if the document's top-level key has a scalar value, 0 if not or if the
 * document does not parse. For keys that take a scalar or a list. */
int yaml_is_scalar(const uint8_t *data, size_t size, const char *key);

#endif
