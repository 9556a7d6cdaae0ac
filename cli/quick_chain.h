/* The quick form's scenario: the chain before and after, read from files. */
#ifndef CLI_QUICK_CHAIN_H
#define CLI_QUICK_CHAIN_H

#include "cli/quick.h"

/* Fills chains, scenario_words and notes. 0, or -1 reported. */
int quick_chains(struct quick *q, const struct quick_options *o);

#endif
