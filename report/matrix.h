/* The matrix of the page: a block of rows per device type, one row per stack
 * build, a column per change. */
#ifndef REPORT_MATRIX_H
#define REPORT_MATRIX_H

#include "report/view.h"
#include "report/writer.h"

/* The rules that show one stack build only; they belong into <style>. */
void matrix_style(struct writer *w, const struct run_view *v);
void matrix_write(struct writer *w, const struct run_view *v);
/* The sign of a verdict: class names for <a class="v ...">. */
void matrix_class(struct writer *w, enum verdict v);

#endif
