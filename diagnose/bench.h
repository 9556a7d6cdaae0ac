/* Runs changed cells: edits to a trial, trials to the lab, records to outcomes.
 * Keeps what is shared by all failures of a run. Private to diagnose/. */
#ifndef DIAGNOSE_BENCH_H
#define DIAGNOSE_BENCH_H

#include "base/map.h"
#include "diagnose/change.h"
#include "diagnose/diagnose.h"

struct bench {
    const struct diagnose_options *options;
    struct map facts; /* struct pki_cert * to struct described * */
    struct scrap scrap;
};

void bench_init(struct bench *b, const struct diagnose_options *o);
void bench_clear(struct bench *b);
/* For situations of this bench. */
struct situation_calls bench_calls(struct bench *b);

/* The trial with these edits made, in their order, and a suffix "#a + b" behind
 * its id. NULL: it cannot be, *why says it (static). value: of the edit that is
 * a limit; 0: as emitted. */
struct trial *bench_apply(struct bench *b, const struct trial *t,
                          const struct edit *const *edits, size_t count,
                          int64_t value, const char **why);
/* "a + b"; malloc'd, NULL reported. */
char *bench_name(const struct edit *const *edits, size_t count, int64_t value);
/* Sets the record's outcome, as of a cell with this trial. 0, or -1 reported.
 */
int bench_judge(struct bench *b, const struct trial *t,
                const struct situation *s, struct record *r);

#endif
