/* How far a run is, for the person who waits: in place on a terminal, a line
 * every two seconds elsewhere. */
#ifndef LAB_PROGRESS_H
#define LAB_PROGRESS_H

#include <stddef.h>

struct progress {
    size_t total, done, errors;
    double started, last;
    int quiet, terminal;
};

void progress_start(struct progress *p, size_t total, int quiet);
void progress_step(struct progress *p, int is_error);
/* Ends the line in place. Returns the seconds since the start. */
double progress_end(struct progress *p);

#endif
