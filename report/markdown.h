/* report.md: the same order in plain text, for merge requests and terminals. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "report/builds.h"
#include "report/tally.h"

/* Writes <dir>/report.md whole or not at all. 0, or -1 reported. */
int markdown_write(const struct run_view *v, const struct tally *t,
                   const struct builds_of *b, const char *dir);

#endif
