/* Finds keys in the text of a YAML document by path, for what libcyaml does not
 * tell: lines after loading, and whether a value is one text or a list. A path
 * is "states[1].tls.min". Understands block and flow style as people write
 * them; it is no YAML parser and judges nothing. */
#ifndef BASE_YAML_TEXT_H
#define BASE_YAML_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Line (1-based) of the key or element, or of the deepest part of the path that
 * is there: the document's first key if nothing is. */
int yaml_text_line(const uint8_t *data, size_t size, const char *path);

/* A copy of the document in which every single text at the path is a list of
 * one, on the same line. "expect[].device" means all elements. malloc'd, *out
 * bytes; NULL only when memory is out. */
uint8_t *yaml_text_listed(const uint8_t *data, size_t size, const char *path,
                          size_t *out);

/* What stands in the text and would be dropped without a word by the loader: a
 * second document, or a NUL written as an escape. Returns a sentence and sets
 * *line, or NULL if there is none. */
const char *yaml_text_refused(const uint8_t *data, size_t size, int *line);

#endif
