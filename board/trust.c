/* Holds reactions against each other. Delays are told and not judged: a network
 * has its own. */
#include "board/trust.h"

#include "judge/alone.h"

const char *trust_name(enum trust t)
{
    static const char *const names[] = {"untried", "trusted", "known",
                                        "not-known", "no-difference"};

    return names[t];
}

const char *trust_sentence(enum trust t)
{
    static const char *const sentences[] = {
        "it was not tried", "it connects under the lab's twin of this root",
        "it has a root of this name: it finds that the signature is wrong",
        "it has no root of this name: it refuses the chain as a stranger's",
        "it refuses all chains in the same way: what it trusts does not show"};

    return sentences[t];
}

void reaction_of(const struct record *r, struct reaction *out)
{
    const struct endpoint_side *e = r->endpoint;

    *out = (struct reaction){.alert = ALERT_NONE};
    if (!e ||
        (r->outcome != OUTCOME_CONNECTED &&
         (r->outcome != OUTCOME_REFUSED || r->refused_by != PARTY_CLIENT)))
        return;
    out->there = 1;
    out->connected = r->outcome == OUTCOME_CONNECTED;
    out->alert = alone_alert(e);
    out->how = e->closed_how;
    out->finished = e->handshake == HANDSHAKE_DONE;
    out->ms = e->ms;
}

/* An alert decides; how the socket ended does only where neither has one: FIN
 * and RST behind an alert are a matter of timing. */
static int is_alike(const struct reaction *a, const struct reaction *b)
{
    if (a->alert != b->alert || a->finished != b->finished)
        return 0;
    return a->alert != ALERT_NONE || a->how == b->how;
}

void trust_judge(const struct reaction *stranger, const struct reaction *roots,
                 size_t count, enum trust *out)
{
    int shows = 0;

    for (size_t i = 0; i < count; i++) {
        const struct reaction *r = &roots[i];

        out[i] = TRUST_UNTRIED;
        if (!r->there || !stranger->there || stranger->connected)
            continue;
        out[i] = r->connected             ? TRUST_YES
                 : !is_alike(r, stranger) ? TRUST_KNOWN
                                          : TRUST_NO;
        shows |= out[i] != TRUST_NO;
    }
    for (size_t i = 0; i < count && !shows; i++)
        if (out[i] == TRUST_NO)
            out[i] = TRUST_NO_DIFFERENCE;
}
