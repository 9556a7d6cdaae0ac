/* Well-formed UTF-8 (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

enum { UTF8_MAX = 4 }; /* bytes of a character */

/* How many bytes the character at the start of s has, of which there are
 * `size`; 0: none is well-formed there (no surrogate, no overlong form, nothing
 * behind U+10FFFF, not cut off), or it is U+0000, which no text here may hold.
 */
size_t utf8_size(const uint8_t *s, size_t size);

#endif
