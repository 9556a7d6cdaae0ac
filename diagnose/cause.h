/* Causes beside those of changes.def (diagnose/change_rows.h). Private to
 * diagnose/. */
#ifndef DIAGNOSE_CAUSE_H
#define DIAGNOSE_CAUSE_H

#include "diagnose/change.h"

/* Is the failure one of trust, or did a change of trust end it? */
int cause_is_about_trust(const struct situation *s, const struct edit *e);
/* A certificate on a curve that the build says it has not; NULL: none. */
char *cause_curve(const struct situation *s);
/* An extension that is malformed or stands twice, and what the library said;
 * NULL: none. */
char *cause_malformed(const struct situation *s);
/* What the device believes that it is; malloc'd. */
char *cause_clock_text(const struct situation *s);
/* What was seen, whatever would end it; never NULL but for lack of memory. */
char *cause_observed(const struct situation *s);

#endif
