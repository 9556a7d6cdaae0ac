/* Text that came from outside (titles, file names, what a client or a library
 * wrote), made harmless for a terminal, a Markdown file or a page. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* How many bytes the first character of s has if it may be shown as it is; 0 if
 * its first byte must be shown as \xNN: a control character (C0, DEL, C1), one
 * that turns the direction of writing or breaks the line, or a byte that begins
 * no UTF-8 (RFC 3629). s is not empty. */
size_t text_plain(const char *s);

/* Prints s with such bytes as \xNN. NULL prints nothing. */
void text_print(FILE *to, const char *s);
/* The same, malloc'd; NULL only when memory is out. */
char *text_escaped(const char *s);
/* The same, filled up with blanks to `width` characters (code points). */
void text_print_padded(FILE *to, const char *s, int width);
/* How many characters (code points) text_print prints. */
int text_width(const char *s);

#endif
