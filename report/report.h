/* Reports of a finished run, made from its documents alone (docs/record.md):
 * anyone can make them again later. Knows no scenario files, no TLS, no lab. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "report/view.h"

/* Writes report.html (one file, no network, no script) and report.md into dir,
 * each whole or not at all. 0, or -1 reported. */
int report_write(const char *dir, const struct run_view *v);

#endif
