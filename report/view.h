/* A finished run as those see it who tell about it: the reports, the summary,
 * `explain` and `diff`. Typed, borrowed, with the look-ups that they need. */
#ifndef REPORT_VIEW_H
#define REPORT_VIEW_H

#include <stddef.h>

#include "model/plan.h"
#include "model/record.h"
#include "model/verdict.h"

/* Where the records of a run are: most are never in memory. */
struct view_records {
    void *arg;
    /* Borrowed, while the view lives; NULL: there is none. */
    const struct record *(*find)(void *arg, const char *cell);
    /* Calls `each` for all, which are gone then. 0, or -1 reported. */
    int (*each)(void *arg, int (*each)(void *each_arg, const struct record *r),
                void *each_arg);
};

struct run_view {
    const struct plan *plan;
    const struct judgements *verdicts;
    const struct run_facts *run;
    struct view_records records;
    const struct judgement **index; /* [scenario * devices + device]; owned */
};

/* Borrows everything. 0, or -1 when memory is out (reported). Clear with
 * view_clear. */
int view_init(struct run_view *v, const struct plan *plan,
              const struct judgements *verdicts, const struct run_facts *run,
              const struct view_records *records);
void view_clear(struct run_view *v);

/* Each borrowed, or NULL. cell: "scenario/state/device". */
const struct record *view_cell(const struct run_view *v, const char *cell);
const struct record *view_record(const struct run_view *v, const char *scenario,
                                 const char *state, const char *device);
const struct judgement *view_verdict(const struct run_view *v,
                                     const char *scenario, const char *device);
/* Every record, in any order, while `each` looks at it; not 0 from it stops. 0,
 * or -1 reported. */
int view_each(const struct run_view *v,
              int (*each)(void *arg, const struct record *r), void *arg);
/* By their places in the plan. */
const struct judgement *view_judgement(const struct run_view *v,
                                       size_t scenario, size_t device);

/* The stack build of a device of the plan. */
const char *view_stack(const struct plan_device *d);
/* s, or "" for NULL. */
const char *view_text(const char *s);
/* The chain that was served in a record, or that would be: that of the key type
 * that was chosen, else the RSA one, else the ECDSA one. */
const struct certificates_list *view_chain(const struct plan_state *s,
                                           const struct record *r);
/* "rsa", "ecdsa". */
const char *view_chain_name(int type);
/* Names of enums of the model, as docs/record.md has them. */
const char *view_pin_place(enum pin_place p);
const char *view_pin_match(enum pin_match m);
/* What the device believes of the time, as its file says it. */
char *view_clock(const struct device *d, char buf[static 64]);
/* "client", "server", or "". */
const char *view_party(enum party p);

#endif
