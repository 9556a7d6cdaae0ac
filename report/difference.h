/* Where two stack builds, or two runs, come to different answers. Facts only:
 * it compares what the documents hold and judges nothing. */
#ifndef REPORT_DIFFERENCE_H
#define REPORT_DIFFERENCE_H

#include <jansson.h>
#include <stdio.h>

#include "report/document.h"

struct difference_side {
    const struct document *document;
    const char *results; /* the folder, for people */
    const char *stack;   /* its devices only, paired by device type; NULL on
                            both sides: all devices, paired by id */
};

/* New reference to a document of results/schema/diff.json (docs/diff.md), or
 * NULL when memory is out. Cells that one side did not judge (error,
 * unsupported, not built) are told apart and are never a difference. scenario:
 * a shell pattern, or NULL for all. */
json_t *difference_new(const struct difference_side *a,
                       const struct difference_side *b, const char *scenario);

/* How many cells both sides judged; how many of them, and how many verdicts,
 * differ. */
long long difference_compared(const json_t *difference);
long long difference_count(const json_t *difference);

/* For people. heap: also the peak heap of both, cell by cell. */
void difference_print(FILE *to, const json_t *difference, int heap);

#endif
