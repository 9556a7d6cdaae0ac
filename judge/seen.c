/* Pure, as its users are. */
#include "judge/seen.h"

#include <stdlib.h>
#include <string.h>

void seen_set(struct record *r, enum outcome outcome, enum reason reason,
              char *note)
{
    r->outcome = outcome;
    r->reason = reason;
    r->refused_by = PARTY_NOBODY;
    free(r->note);
    r->note = note;
}

struct alert_facts seen_alert_facts(const struct endpoint_side *e,
                                    const struct plan_state *st)
{
    return (struct alert_facts){
        .suite_chosen = e->certificates > 0,
        .client_auth =
            st ? strcmp(st->state->client_auth, "none") != 0 : ALERT_UNKNOWN,
        .identity = ALERT_UNKNOWN,
        .alpn_offered = e->hello ? e->hello->alpn_count > 0 : ALERT_UNKNOWN,
        .alpn_listed = st ? st->tls.alpn_count > 0 : ALERT_UNKNOWN,
        .alpn_required = st ? st->tls.alpn_required : ALERT_UNKNOWN,
    };
}
