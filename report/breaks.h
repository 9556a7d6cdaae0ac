/* The worst verdicts, told once for all stack builds of a device type that
 * break alike. */
#ifndef REPORT_BREAKS_H
#define REPORT_BREAKS_H

#include <jansson.h>

#include "report/tally.h"

/* New reference, or NULL when memory is out. An array, in the tally's order:
 * [{"type", "title", "units", "rows": [{"scenario", "after", "reason", "cause",
 *   "mend", "device": id of the first, "builds": [stack names], "of": how many
 *   builds of this type the run has}]}]
 * verdict: `breaks` or `insecure`. */
json_t *breaks_new(const struct document *d, const struct tally *t,
                   const char *verdict);

/* The member `builds` of a row as "a, b, c"; malloc'd, NULL when memory is out.
 */
char *breaks_builds(const json_t *row);

#endif
