/* What was measured in a run: a trial that asks the same of the same program
 * against the same endpoint state is not run again. A bounded number is kept:
 * trials of one device come in a row. */
#ifndef LAB_KEPT_H
#define LAB_KEPT_H

#include "lab/flight.h"
#include "lab/map.h"

/* Keeps both sides of a joined flight, unless it is an error. */
void kept_put(struct map *kept, const struct flight *f);
/* 1: the same was measured, and the flight has its answer and event now. */
int kept_take(const struct map *kept, struct flight *f);
void kept_clear(struct map *kept);

#endif
