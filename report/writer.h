/* Writing HTML without ever forgetting to escape: text goes through %s of
 * writer_put only. */
#ifndef REPORT_WRITER_H
#define REPORT_WRITER_H

#include <stdio.h>

struct writer {
    FILE *out; /* a memory stream */
    char *data;
    size_t size;
};

/* 0, or -1 when memory is out (reported). */
int writer_init(struct writer *w);
/* printf of markup where each %s argument is escaped (<, >, &, quotes). Only
 * %s, %d and %lld are known. */
void writer_put(struct writer *w, const char *markup, ...);
/* As it is: for markup of our own. */
void writer_raw(struct writer *w, const char *markup);
/* Ends the stream; on success 0 and the text went whole into path. Frees
 * everything in both cases. */
int writer_finish(struct writer *w, const char *path);

#endif
