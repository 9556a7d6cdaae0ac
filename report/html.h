/* report.html: what is kept and what is lost, then the matrix; each cell opens
 * its explanation. One file, no network, no script. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/builds.h"
#include "report/tally.h"

/* Writes <dir>/report.html whole or not at all. 0, or -1 reported. */
int html_write(const struct run_view *v, const struct tally *t,
               const struct builds_of *b, const char *dir);

#endif
