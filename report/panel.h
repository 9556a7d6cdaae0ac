/* The explanation that a cell of the page opens: device, states, chains, what
 * each side said, cause, mends with the cells that prove them, experiments. */
#ifndef REPORT_PANEL_H
#define REPORT_PANEL_H

#include "report/view.h"
#include "report/writer.h"

/* Writes the panel of one verdict; its element id is "<scenario>/<device>". */
void panel_write(struct writer *w, const struct run_view *v,
                 const struct judgement *j);
/* The mends as list items, each with its side and the cell that proves it; the
 * sentence alone where no experiment was run; that it is undiagnosed. whole 0:
 * the first of each side, of the cell its change only. */
void panel_mends(struct writer *w, const struct judgement *j, int whole);

#endif
