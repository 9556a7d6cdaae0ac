/* The quick form of `run`: devices and a scenario made in memory from the
 * command line, no YAML needed. */
#ifndef CLI_QUICK_H
#define CLI_QUICK_H

#include "cli/words.h"
#include "cli/matrix.h"

struct quick_options {
    struct words trust_store; /* files */
    struct words stacks;
    struct words pins;                      /* as model/pin.h reads them */
    const char *chain_before, *chain_after; /* files; both or none */
    const char *name, *now;                 /* NULL: from the leaf; today */
    int skip;                               /* enum pki_skip */
};

struct quick {
    struct device **devices;    /* NULL-terminated, owned */
    int small;                  /* one of the builds has limits of size */
    struct scenario *chains[2]; /* owned; [0] NULL: built-in scenarios */
    struct words concerned;     /* ids of the built-in scenarios, owned */
    /* Words of `run` that make devices (but for --stack) and scenario again,
     * and sentences for the summary; owned. */
    struct words device_options, scenario_options, notes;
};

/* 1 if the options ask for the quick form. */
int quick_asked(const struct quick_options *o);
/* Fills q and the plan's options. 0, or -1 reported; clear in both cases. */
int quick_init(struct quick *q, const struct quick_options *o,
               struct plan_options *plan);
void quick_clear(struct quick *q);

#endif
