/* Whose folder is it? A folder of ours has a file .chainbreak, with the number
 * of its run in it: the newer of two has the higher one. Part of lab/results.c.
 */
#ifndef LAB_RESULTS_PLACE_H
#define LAB_RESULTS_PLACE_H

#include <stdint.h>

enum place {
    PLACE_NONE,    /* nothing is there */
    PLACE_EMPTY,   /* a folder with nothing in it (a junit.xml may be) */
    PLACE_OURS,    /* it carries our mark */
    PLACE_FOREIGN, /* anything else, a link too */
};

/* *run: the number in the mark, 0 if it has none. */
enum place place_look(const char *path, int64_t *run);
/* 1: the folder is the current one, or above it. */
int place_is_above(const char *path);
/* Marks a folder. 0, or -1 reported. */
int place_mark(const char *dir, int64_t run);

#endif
