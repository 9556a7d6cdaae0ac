/* A file of lines that grows, and is read by place. Part
 * of lab/results.c. */
#ifndef LAB_RESULTS_LINES_H
#define LAB_RESULTS_LINES_H

#include <stddef.h>
#include <stdio.h>

struct lines {
    char *path;
    int fd;     /* -1: not open */
    size_t end; /* bytes of whole lines */
};

/* Each 0, or -1 reported. */
int lines_open(struct lines *l, const char *dir, const char *name);
void lines_close(struct lines *l);
/* Calls each for every whole line and its place, and cuts a torn end off, from
 * the first line that is none or that `each` (not 0) does not take. */
int lines_take_up(struct lines *l,
                  int (*each)(void *arg, const char *line, size_t size,
                              size_t at),
                  void *arg);
/* One write: the line is there whole, or it is the torn last one. Takes the
 * text (NULL: -1), which has no newline yet. */
int lines_append(struct lines *l, char *text);
/* The line that starts there, and its newline; malloc'd, NULL reported. */
char *lines_read(const struct lines *l, size_t at, size_t *size);

/* Writes the file anew, from lines of it in another order. */
struct lines_sorting {
    struct lines *lines;
    FILE *from, *to;
    char *path, *line;
    size_t room, written;
};
int lines_sort_begin(struct lines_sorting *s, struct lines *l);
int lines_sort_copy(struct lines_sorting *s, size_t at);
/* status: of what was copied; not 0: the file stays as it was. */
int lines_sort_end(struct lines_sorting *s, int status);

#endif
