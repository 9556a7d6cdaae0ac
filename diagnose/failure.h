/* One distinct failure on its way through the search: its cell, its edits, what
 * its experiments gave. Private to diagnose/. */
#ifndef DIAGNOSE_FAILURE_H
#define DIAGNOSE_FAILURE_H

#include "diagnose/bench.h"
#include "diagnose/search.h"

/* The order from which on an edit is a mere try (struct edit, fits). */
enum { FAILURE_FAR = 2000 };

struct step { /* a changed cell, and what came of it */
    size_t attempt;
    struct trial *trial;   /* owned */
    struct record *record; /* owned */
    struct situation at;
};

/* Looks at a step as at a cell: its situation, like that of the unchanged cell
 * but for trial and record. 0, or -1 reported. */
int step_look(struct step *s, const struct situation *from);
void step_free(struct step *s);

struct failure {
    struct bench *bench;
    const struct judgement *judgement; /* the first that it explains */
    struct situation at; /* of the unchanged cell; its trials and records are
                            owned here */
    struct trial *trial, *before;
    struct record *record, *record_before;
    struct edits edits;
    struct step **steps;
    size_t steps_count;
    struct search *search;
    struct experiment *experiments; /* in the order in which they ran */
    size_t experiments_count;
    size_t *attempt_of; /* of each experiment */
};

/* Takes the trials (before may be NULL). NULL reported. */
struct failure *failure_new(struct bench *b, const struct judgement *j,
                            struct trial *trial, struct trial *before,
                            const struct search_bounds *bounds);
void failure_free(struct failure *f);

/* The trial of an attempt. NULL: it cannot be made, *why says it. */
struct trial *failure_trial(struct failure *f, size_t attempt,
                            const char **why);
/* What came of an attempt; takes the record, which is judged here (NULL: the
 * trial could not be made). 0, or -1 reported. */
int failure_answer(struct failure *f, size_t attempt, struct record *r);
/* Fills the judgement's words from what was found. 0, or -1 reported. */
int failure_tell(struct failure *f, struct judgement *j);
/* The words of a cell that is not searched: what was seen. */
int failure_observe(struct bench *b, struct judgement *j);
/* Fills the situation of a judgement's cell but for its lists: what the plan
 * has. 0; -1: the plan does not have it. */
int failure_place(const struct diagnose_options *o, const struct judgement *j,
                  struct situation *s);

#endif
