/* The stack builds on the page: what was missing, and what each is and takes.
 */
#ifndef REPORT_BUILDS_TABLE_H
#define REPORT_BUILDS_TABLE_H

#include "report/builds.h"
#include "report/writer.h"

/* At the top of the page; nothing if all are built. */
void builds_table_missing(struct writer *w, const struct builds_of *builds);
void builds_table_write(struct writer *w, const struct builds_of *builds);

#endif
