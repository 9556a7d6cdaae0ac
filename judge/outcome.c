/* The rules, in the order in which they are asked. */
#include "judge/outcome.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "judge/alone.h"
#include "judge/refine.h"
#include "judge/seen.h"
#include "model/mqtt.h"

static void set_error(struct record *r, const char *note)
{
    seen_set(r, OUTCOME_ERROR, REASON_NONE, format("%s", note));
}

/* The harness's own end, of whichever side, before anything else is believed.
 * NULL: none. malloc'd. */
static char *find_shortage(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;

    if (r->shim->harness_short)
        return format("the shim itself, not the device, ran out of memory or "
                      "descriptors");
    if (e && e->harness_short)
        return format("the endpoint ran out of memory or descriptors");
    if (r->wire_differs)
        return format("the bytes that one side sent are not those that the "
                      "other one got");
    return NULL;
}

/* A limit of the endpoint ends what was not over yet. */
static char *find_limit(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;

    if (!e || r->shim->outcome == OUTCOME_CONNECTED)
        return NULL;
    if (e->limit)
        return format("the endpoint's own limit %s ended it", e->limit);
    if (e->closed_how == CLOSED_SILENCE && e->closed_by == PARTY_SERVER)
        return format("the endpoint waited in vain and ended it");
    return NULL;
}

/* A library that drops an anchor without a word would make a verdict about
 * another device. */
static char *find_lost_anchors(const struct record *r,
                               const struct plan_device *d)
{
    const struct shim_side *s = r->shim;
    size_t told = (size_t)s->anchors_loaded + s->anchors_refused;

    if (!d || s->stage <= STAGE_TRUST_STORE || !d->device->verify.chain ||
        told >= d->store.count ||
        (s->outcome != OUTCOME_CONNECTED && s->outcome != OUTCOME_REFUSED))
        return NULL;
    return format("the trust store has %zu anchors, and the shim loaded %u and "
                  "refused %u",
                  d->store.count, s->anchors_loaded, s->anchors_refused);
}

/* What is wrong with "connected", or NULL. */
static const char *doubt_connected(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;

    if (!e)
        return "the shim connected and the endpoint saw no such connection";
    if (e->handshake != HANDSHAKE_DONE)
        return "the shim connected and the endpoint saw no Finished";
    if (r->shim->resumed >= 0 && r->shim->resumed != e->resumed)
        return "one side says that the session was resumed, and the other one "
               "that it was not";
    if (e->application_read < 1 || e->application_written < 1)
        return "the shim connected and the endpoint moved no application byte";
    if (e->mqtt && e->mqtt->connack != 0)
        return "the shim connected and the endpoint saw no CONNACK that says "
               "yes";
    return NULL;
}

/* A device refuses before it connects only over its own setup. */
static int refused_before_connecting(const struct shim_side *s)
{
    return s->stage <= STAGE_TRUST_STORE;
}

/* A second connection whose ClientHello, with the session in it, did not come
 * out. */
static int is_over_offer(const struct record *r)
{
    return r->shim->resumed == 0 && r->endpoint && !r->endpoint->hello &&
           r->shim->refused_by == PARTY_CLIENT;
}

/* Session tickets come behind the client's Finished: before the endpoint's own
 * (RFC 5077 section 3.1), or at any time after it (RFC 8446 section 4.6.1). */
static int is_over_ticket(const struct record *r, const struct plan_state *st)
{
    enum stage stage = r->shim->stage;
    /* wolfSSL tells of a message that is too large, and not of which. */
    int is_message = r->endpoint && r->endpoint->application_read == 0 &&
                     r->shim->reason == REASON_CERTIFICATE_TOO_LARGE;

    return st && st->tls.tickets > 0 && r->endpoint &&
           r->endpoint->handshake == HANDSHAKE_DONE &&
           r->shim->refused_by == PARTY_CLIENT &&
           (stage == STAGE_FINISHED || stage == STAGE_APPLICATION ||
            is_message);
}

static const char *doubt_stage(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;
    enum stage stage = r->shim->stage;
    /* A TLS 1.2 client sends its Finished first (RFC 5246 section 7.3), and its
     * heap may run out over the answer; its allocator is the witness. */
    int starved =
        stage == STAGE_FINISHED && r->shim->reason == REASON_OUT_OF_MEMORY;

    if (stage < STAGE_POLICY && e->handshake == HANDSHAKE_DONE && !starved)
        return "the shim refused within the handshake and the endpoint got its "
               "Finished";
    if (stage >= STAGE_POLICY && e->handshake != HANDSHAKE_DONE)
        return "the shim refused after the handshake and the endpoint saw no "
               "Finished";
    if (stage >= STAGE_CERTIFICATE && !e->hello)
        return "the shim refused a certificate and the endpoint got no "
               "ClientHello";
    if (stage >= STAGE_CERTIFICATE && e->certificates == 0)
        return "the shim refused a certificate and the endpoint sent none";
    return NULL;
}

static int is_about_staple(enum reason reason)
{
    return reason == REASON_OCSP_REVOKED || reason == REASON_OCSP_UNKNOWN ||
           reason == REASON_OCSP_EXPIRED || reason == REASON_OCSP_INVALID;
}

static const char *doubt_client_refused(const struct record *r,
                                        const struct plan_state *st)
{
    const struct endpoint_side *e = r->endpoint;
    int over_ticket = is_over_ticket(r, st);

    if (!e && refused_before_connecting(r->shim))
        return NULL;
    if (!e)
        return "the shim refused and the endpoint saw no such connection";
    /* what MQTT brings later may be too much for the device */
    if (e->application_read > 0 && !over_ticket &&
        (e->mqtt == NULL || r->shim->stage != STAGE_APPLICATION))
        return "the shim refused and the endpoint got an application byte";
    if (r->shim->reason == REASON_PEER_CLOSED && e->closed_by != PARTY_SERVER)
        return "the shim says that the endpoint closed, and it did not";
    if (e->closed_by != PARTY_CLIENT && e->received_count == 0)
        return "the shim refused and the endpoint saw neither an alert nor a "
               "close";
    if (is_about_staple(r->shim->reason) && e->staple_bytes == 0)
        return "the shim refused an OCSP response and the endpoint stapled "
               "none";
    if (r->shim->reason == REASON_OCSP_MISSING && e->staple_bytes > 0)
        return "the shim misses the OCSP response that the endpoint stapled";
    return over_ticket ? NULL : doubt_stage(r);
}

/* What the cloud says no to is closed by a rule, or answered with a code. */
static const char *doubt_application_refused(const struct endpoint_side *e)
{
    return e->mqtt->closed_for || e->mqtt->connack > 0
               ? NULL
               : "the shim was refused by MQTT, and the endpoint refused "
                 "nothing there";
}

static const char *doubt_server_refused(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;

    if (!e)
        return "the shim was refused by an endpoint that saw no connection";
    if (r->shim->reason == REASON_APPLICATION_REFUSED && e->mqtt)
        return doubt_application_refused(e);
    if (e->application_read > 0 && e->handshake == HANDSHAKE_DONE)
        return "the shim was refused and the endpoint served it";
    if (e->closed_by == PARTY_CLIENT && e->sent_count == 0)
        return "the shim was refused by an endpoint that refused nothing";
    return NULL;
}

static void judge_connected(struct record *r)
{
    const char *doubt = doubt_connected(r);

    if (doubt)
        set_error(r, doubt);
    else
        seen_set(r, OUTCOME_CONNECTED, REASON_NONE, NULL);
}

/* What the endpoint's alert means, from what both sides saw. */
static enum reason reason_of_alert(const struct record *r,
                                   const struct plan_device *d,
                                   const struct plan_state *st)
{
    const struct endpoint_side *e = r->endpoint;
    int code = record_alert_received(r);
    struct alert_facts f = seen_alert_facts(e, st);

    f.stage = r->shim->stage;
    f.identity = d ? d->device->identity != NULL : ALERT_UNKNOWN;
    return code == ALERT_NONE ? r->shim->reason : alert_reason(code, &f);
}

static int is_no_refusal(enum reason reason)
{
    return !strcmp(reason_class(reason), "harness");
}

/* Why the endpoint's engine could not serve what a server could, or NULL. */
static const char *find_unserved(const struct record *r)
{
    return r->endpoint ? r->endpoint->unserved : NULL;
}

static void judge_refused(struct record *r, const struct refine_facts *f)
{
    const struct shim_side *s = r->shim;
    int by_server = s->refused_by == PARTY_SERVER;
    const char *doubt =
        by_server ? doubt_server_refused(r) : doubt_client_refused(r, f->state);
    const char *unserved = find_unserved(r);

    if (unserved) {
        seen_set(r, OUTCOME_UNTESTED, REASON_NONE, format("%s", unserved));
        return;
    }
    if (is_no_refusal(s->reason)) {
        seen_set(r, OUTCOME_ERROR,
                 s->reason == REASON_NONE ? REASON_UNMAPPED : s->reason,
                 format("a refusal without a reason is no verdict"));
        return;
    }
    if (doubt) {
        set_error(r, doubt);
        return;
    }
    seen_set(r, OUTCOME_REFUSED, s->reason, NULL);
    r->refused_by = by_server ? PARTY_SERVER : PARTY_CLIENT;
    if (by_server)
        r->reason = reason_of_alert(r, f->device, f->state);
    else if ((is_over_ticket(r, f->state) || is_over_offer(r)) &&
             s->reason != REASON_OUT_OF_MEMORY)
        r->reason = REASON_TICKET_REFUSED;
    else
        refine(r, f);
}

static void judge_unsupported(struct record *r)
{
    const char *feature = r->shim->feature;

    seen_set(
        r, OUTCOME_UNSUPPORTED, REASON_NONE,
        format("the stack build lacks %s", feature ? feature : "a feature"));
}

static void judge_error(struct record *r)
{
    const char *said = r->shim->native_text;

    seen_set(r, OUTCOME_ERROR, r->shim->reason,
             format("%s", said && *said ? said : "the shim reported an error"));
}

void outcome_judge(struct record *r, const struct plan_device *d,
                   const struct plan_stack *s, const struct plan_state *st)
{
    struct refine_facts f = {d, s, st};
    char *fault;

    if (r->outcome == OUTCOME_NOT_BUILT)
        return;
    if (st && st->left_out_count > 0) {
        seen_set(r, OUTCOME_UNSUPPORTED, REASON_NONE,
                 format("a certificate of the chain cannot be served: %s",
                        st->left_out[0]));
        return;
    }
    if (!r->shim) {
        if (s && plan_stack_is_board(s))
            alone_judge(r, st);
        return;
    }
    fault = find_shortage(r);
    if (!fault)
        fault = find_limit(r);
    if (!fault)
        fault = find_lost_anchors(r, d);
    if (fault)
        seen_set(r, OUTCOME_ERROR, REASON_NONE, fault);
    else if (r->shim->outcome == OUTCOME_CONNECTED)
        judge_connected(r);
    else if (r->shim->outcome == OUTCOME_REFUSED)
        judge_refused(r, &f);
    else if (r->shim->outcome == OUTCOME_UNSUPPORTED)
        judge_unsupported(r);
    else
        judge_error(r);
}
