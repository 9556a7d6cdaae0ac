/* A cell run again with one change, and what came of it; a mend is an
 * experiment that connected. */
#ifndef MODEL_EXPERIMENT_H
#define MODEL_EXPERIMENT_H

#include <stddef.h>

#include "model/outcome.h"
#include "model/reason.h"

enum side { SIDE_DEVICE, SIDE_ENDPOINT };
const char *side_name(enum side s); /* "device", "endpoint" */
int side_parse(const char *name, enum side *out);

struct experiment { /* strings are owned */
    char *change;   /* as --try takes it: "add-anchor Amazon Root CA 1"; two
                       changes joined by " + " */
    enum side side;
    char *cell; /* id of the record under experiments.jsonl */
    enum outcome outcome;
    enum reason reason;
};

struct mend {
    enum side side;
    char *change;         /* as above */
    char *text;           /* a sentence for people */
    char *cell;           /* the cell that proves it */
    enum outcome outcome; /* always OUTCOME_CONNECTED when written */
};

void experiment_clear(struct experiment *e);
void mend_clear(struct mend *m);

#endif
