/* An outcome from the endpoint's side alone: of a board that nobody can look
 * into. Pure. */
#ifndef JUDGE_ALONE_H
#define JUDGE_ALONE_H

#include "model/plan.h"
#include "model/record.h"

/* Sets outcome, reason, refused_by and note from what the endpoint saw (NULL:
 * the record stays as it is). A refusal needs an alert or a close of the peer;
 * its reason is what the alert says, or certificate-refused where it came on
 * the endpoint's certificate and says no more. Silence and a limit of the
 * endpoint are errors. `st` may be NULL. */
void alone_judge(struct record *r, const struct plan_state *st);

/* The alert with which the peer ended the connection, or ALERT_NONE: it sent
 * none, or close_notify and user_canceled only (RFC 8446 section 6.1). */
int alone_alert(const struct endpoint_side *e);

#endif
