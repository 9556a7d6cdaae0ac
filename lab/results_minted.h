/* The certificates that a run's records were made with, by number and SHA-256,
 * while the run lasts: a run that is taken up must mint the same ones. Part of
 * lab/results.c. */
#ifndef LAB_RESULTS_MINTED_H
#define LAB_RESULTS_MINTED_H

#include <stddef.h>

#include "lab/plan.h"

struct minted {
    char *path;
    int fd; /* -1: not open */
    size_t told;
};

/* Each 0, or -1 reported. */
int minted_open(struct minted *m, const char *dir);
void minted_close(struct minted *m);
/* Mints what stands in the file. Fails where one comes out as another
 * certificate than it was: other keys, another catalog, another file. */
int minted_take_up(struct minted *m, struct lab_plan *p);
/* Writes down what the plan has minted since the last call. To be called before
 * a record that was made with it is written. */
int minted_tell(struct minted *m, const struct lab_plan *p);

#endif
