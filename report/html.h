/* report.html: what breaks first, then the matrix; each cell opens its
 * explanation. One file, no network, no script. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/document.h"
#include "report/tally.h"

/* Writes <dir>/report.html whole or not at all. 0, or -1 reported. */
int html_write(const struct document *d, const struct tally *t,
               const char *dir);

#endif
