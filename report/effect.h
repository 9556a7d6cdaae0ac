/* What verdict.def's effects are called in the reports. */
#ifndef REPORT_EFFECT_H
#define REPORT_EFFECT_H

#include "model/verdict.h"

enum { EFFECTS = EFFECT_UNKNOWN + 1 };

/* The effects in the order in which a reader wants them: what is lost first. */
enum effect effect_order(int place);
/* A word for CSS and for one column: "keeps", "loses", "lost", "unknown". */
const char *effect_name(enum effect e);
/* "keep", "lose", "lost before", "cannot be told". */
const char *effect_heading(enum effect e);
/* What it means for a device type over all its verdicts. */
const char *effect_sentence(enum effect e);
/* All verdicts, the worst first: the order of a legend, and which verdict a row
 * shows that stands for several. place below VERDICT_COUNT. */
enum verdict effect_worst(int place);
int effect_place(enum verdict v);

#endif
