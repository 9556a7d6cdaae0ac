/* What is printed when a run is over. */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include <stdio.h>

#include "report/view.h"

/* out: the folder of the results. 0, or -1 when memory is out (reported). */
int summary_print(FILE *to, const struct run_view *v, const char *out);

#endif
