/* Writing a report as a stream, whole or not at all, and without ever
 * forgetting to escape: text goes through %s of writer_put only. */
#ifndef REPORT_WRITER_H
#define REPORT_WRITER_H

#include <stdio.h>

struct writer {
    FILE *out; /* the file under its temporary name */
    char *path, *temporary;
};

/* Begins the file that becomes `path`. 0, or -1 reported. */
int writer_init(struct writer *w, const char *path);
/* printf of markup where each %s argument is escaped: <, >, &, quotes, and what
 * could steer a reader (base/text.h) as \xNN; NULL is nothing. Else only %d,
 * %lld, %z (size_t) and %n (long long, 1,234,567) are known. */
void writer_put(struct writer *w, const char *markup, ...);
/* As it is: for markup of our own. */
void writer_raw(struct writer *w, const char *markup);
/* %s of writer_put alone. */
void writer_text(struct writer *w, const char *text);
/* Ends the file: on success 0 and it stands whole at its path; else -1
 * reported, and what was there before is. Frees everything in both cases. */
int writer_finish(struct writer *w);

#endif
