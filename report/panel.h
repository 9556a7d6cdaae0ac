/* The explanation that a cell of the page opens: device, states, chains, what
 * each side said, cause, mend. */
#ifndef REPORT_PANEL_H
#define REPORT_PANEL_H

#include "report/document.h"
#include "report/writer.h"

/* Writes the panel of one verdict; its element id is "<scenario>/<device>". */
void panel_write(struct writer *w, const struct document *d,
                 const json_t *verdict);

#endif
