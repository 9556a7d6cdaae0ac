/* One line to the person at the terminal. The place that detects a fault
 * reports it, once, here. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stddef.h>

/* Sets the word that starts each line ("chainbreak"). The string must outlive
 * the program. */
void diag_program(const char *name);

/* Prints "<program>: <text>\n" to stderr in one write. Text says what is wrong,
 * where (file:line: key), and what to do. */
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* From now on this thread's first message is kept in `text` (without the
 * program's name) and none is printed; NULL ends that. For callers that hand
 * the message on, not to the terminal. */
void diag_capture(char *text, size_t size);

/* Where this thread's messages are kept; text NULL: they are printed. */
struct diag_place {
    char *text;
    size_t size;
};
/* As diag_capture; returns the place so far, which ends this one: what is done
 * within may fail without a word although the caller captures, too. */
struct diag_place diag_capture_swap(struct diag_place place);

/* Exit statuses of every command (design section 10). */
enum { EXIT_HELD = 0, EXIT_BROKEN = 1, EXIT_USAGE_ERROR = 2, EXIT_HARNESS = 3 };

#endif
