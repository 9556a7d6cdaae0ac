/* What one side of a connection tells. Nothing is taken for a refusal that the
 * peer did not do itself. */
#include "judge/alone.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "judge/seen.h"
#include "model/alert.h"

enum { CLOSE_NOTIFY = 0, DECODE_ERROR = 50, USER_CANCELED = 90 };

static int fatal_of(const struct alert *alerts, size_t count)
{
    for (size_t i = count; i-- > 0;)
        if (alerts[i].code != CLOSE_NOTIFY && alerts[i].code != USER_CANCELED)
            return alerts[i].code;
    return ALERT_NONE;
}

int alone_alert(const struct endpoint_side *e)
{
    return fatal_of(e->received, e->received_count);
}

/* A name other than the leaf's is a mistake of the bench, whatever came of it.
 */
static char *find_other_name(const struct endpoint_side *e,
                             const struct plan_state *st)
{
    const char *asked = e->hello ? e->hello->sni : NULL;

    if (!asked || !st || !strcasecmp(asked, st->state->endpoint))
        return NULL;
    return format("the device asked for %s, and the certificates are for %s: "
                  "give its name with --name",
                  asked, st->state->endpoint);
}

/* What makes the connection no word of the device. NULL: nothing. malloc'd. */
static char *find_fault(const struct endpoint_side *e,
                        const struct plan_state *st)
{
    if (e->harness_short)
        return format("the endpoint ran out of memory or descriptors");
    if (!e->hello)
        return format("no ClientHello came");
    if (e->handshake != HANDSHAKE_DONE && e->limit)
        return format("nothing came any more, neither an alert nor a close: "
                      "the endpoint's own limit %s ended it",
                      e->limit);
    return find_other_name(e, st);
}

/* An alert about a certificate (RFC 8446 section 6.2) that allows one reason
 * only. */
static enum reason reason_of_client_alert(const struct endpoint_side *e,
                                          const struct plan_state *st)
{
    int code = alone_alert(e);
    enum reason told = alert_client_reason(code);

    if (code == DECODE_ERROR)
        return REASON_CERTIFICATE_PARSE_ERROR;
    if (told == REASON_EXPIRED) /* "or is not currently valid" */
        for (int k = 0; st && k < CHAINS; k++)
            for (size_t i = 0; i < st->chains[k].count; i++)
                if (st->chains[k].items[i]->not_before > st->state->now)
                    return REASON_NOT_YET_VALID;
    if (told != REASON_UNMAPPED)
        return told;
    return e->certificates > 0 ? REASON_CERTIFICATE_REFUSED
                               : REASON_PROTOCOL_ERROR;
}

static void by_client(struct record *r, enum reason reason, char *note)
{
    seen_set(r, OUTCOME_REFUSED, reason, note);
    r->refused_by = PARTY_CLIENT;
}

static void by_server(struct record *r, enum reason reason, char *note)
{
    seen_set(r, OUTCOME_REFUSED, reason, note);
    r->refused_by = PARTY_SERVER;
}

static enum reason reason_of_server_alert(const struct endpoint_side *e,
                                          const struct plan_state *st)
{
    struct alert_facts f = seen_alert_facts(e, st);

    f.stage = e->certificates > 0 ? STAGE_FINISHED : STAGE_HELLO;
    f.identity = e->client_certificate.there;
    return alert_reason(fatal_of(e->sent, e->sent_count), &f);
}

/* Within the handshake. */
static void judge_handshake(struct record *r, const struct plan_state *st)
{
    const struct endpoint_side *e = r->endpoint;

    if (alone_alert(e) != ALERT_NONE)
        by_client(r, reason_of_client_alert(e, st), NULL);
    else if (fatal_of(e->sent, e->sent_count) != ALERT_NONE)
        by_server(r, reason_of_server_alert(e, st), NULL);
    else if (e->closed_by != PARTY_CLIENT)
        seen_set(r, OUTCOME_ERROR, REASON_NONE,
                 format("the endpoint ended it without an alert"));
    else if (e->certificates > 0)
        by_client(r, REASON_CERTIFICATE_REFUSED,
                  format("it closed without an alert"));
    else
        by_client(r, REASON_PEER_CLOSED, NULL);
}

/* The application's word: a CONNACK that says yes, or any byte of it. */
static int is_answered(const struct endpoint_side *e)
{
    return e->mqtt && e->mqtt->version > 0 ? e->mqtt->connack == 0
                                           : e->application_read > 0;
}

static void judge_mqtt(struct record *r)
{
    const struct mqtt_side *m = r->endpoint->mqtt;

    if (m->broker)
        seen_set(r, OUTCOME_ERROR, REASON_NONE, format("%s", m->broker));
    else if (m->closed_for || m->connack > 0)
        by_server(r, REASON_APPLICATION_REFUSED,
                  format("MQTT: %s",
                         m->closed_for ? m->closed_for : "CONNACK says no"));
    else
        seen_set(r, OUTCOME_ERROR, REASON_NONE,
                 format("CONNECT came, and no CONNACK went out"));
}

/* After its Finished. A client may look at name, pins and dates only then. */
static void judge_open(struct record *r, const struct plan_state *st)
{
    const struct endpoint_side *e = r->endpoint;

    if (is_answered(e))
        seen_set(r, OUTCOME_CONNECTED, REASON_NONE, NULL);
    else if (alone_alert(e) != ALERT_NONE)
        by_client(r, reason_of_client_alert(e, st), NULL);
    else if (e->mqtt && e->mqtt->version > 0)
        judge_mqtt(r);
    else if (e->closed_by == PARTY_CLIENT)
        by_client(r, REASON_CERTIFICATE_REFUSED,
                  format("it closed after the handshake, before it said "
                         "anything"));
    else
        seen_set(r, OUTCOME_CONNECTED, REASON_NONE,
                 format("it said nothing inside TLS, and kept the connection"));
}

void alone_judge(struct record *r, const struct plan_state *st)
{
    const struct endpoint_side *e = r->endpoint;
    char *fault = e ? find_fault(e, st) : NULL;

    if (!e)
        return;
    if (fault)
        seen_set(r, OUTCOME_ERROR, e->limit ? REASON_TIMEOUT : REASON_NONE,
                 fault);
    else if (e->unserved)
        seen_set(r, OUTCOME_UNTESTED, REASON_NONE, format("%s", e->unserved));
    else if (e->handshake == HANDSHAKE_DONE)
        judge_open(r, st);
    else
        judge_handshake(r, st);
}
