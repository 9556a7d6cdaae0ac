/* What a device's outcomes over a scenario mean: verdict.def's C face, and the
 * verdict as a struct. */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "model/experiment.h"
#include "model/reason.h"

enum effect { EFFECT_KEEPS, EFFECT_LOSES, EFFECT_LOST, EFFECT_UNKNOWN };

enum verdict {
#define VERDICT(id, name, mark, effect, sentence) VERDICT_##id,
#include "model/verdict.def"
#undef VERDICT
    VERDICT_COUNT
};

const char *verdict_name(enum verdict v);
int verdict_parse(const char *name, enum verdict *out); /* 0 or -1 */
const char *verdict_mark(enum verdict v);               /* UTF-8, one sign */
const char *verdict_sentence(enum verdict v);
enum effect verdict_effect(enum verdict v);
/* breaks, insecure, error: what a gate stands against. */
int verdict_is_bad(enum verdict v);
/* 0: no statement about the device. */
int verdict_is_statement(enum verdict v);

struct judgement {  /* a line of verdicts.json; strings are owned */
    char *scenario; /* ids and names */
    char *device;   /* "<device>-<stack build>" */
    char *stack;
    int64_t units;
    enum verdict verdict;
    enum reason reason;   /* of the deciding cell */
    char *before, *after; /* names of the states of the transition */
    char *cell;           /* the deciding cell's id */
    struct {
        int there; /* 0: the scenario expects nothing of this device */
        enum verdict verdict;
        enum reason reason;
        char *because, *reference; /* may be NULL */
    } expected;
    int as_expected; /* 1, 0, or -1: nothing was expected */
    char **emulated; /* what is not the library's own behaviour */
    size_t emulated_count;
    char **notes; /* what a reader must know to believe it: macros taken back,
                     empty headers, "depends on the twin's keys" */
    size_t notes_count;
    char *cause; /* one sentence; NULL: needs none */
    char *mend;  /* the cheapest mends as one sentence; NULL: none is known */
    int undiagnosed; /* 1: no experiment flipped it */
    struct mend *mends;
    size_t mends_count;
    struct experiment *experiments; /* in the order in which they ran */
    size_t experiments_count;
};

struct judgements {
    struct judgement *items;
    size_t count;
};

struct run_facts {    /* of a whole run: `run` of verdicts.json */
    char *started_at; /* RFC 3339 */
    int64_t started;  /* UTC seconds */
    double seconds;
    size_t cells, errors, unmapped, untested;
    size_t undiagnosed; /* verdicts */
    char **stacks;      /* that were built */
    size_t stacks_count;
    char **notes; /* of the plan, and what a reader of the summary must know */
    size_t notes_count;
};

void judgement_clear(struct judgement *j);
void judgements_clear(struct judgements *j);
void run_facts_clear(struct run_facts *r);

#endif
