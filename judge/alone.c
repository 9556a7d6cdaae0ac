/* What one side of a connection tells. Nothing is taken for a refusal that the
 * peer did not do itself. */
#include "judge/alone.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "model/alert.h"

enum { CLOSE_NOTIFY = 0, USER_CANCELED = 90 };

/* Takes the note. */
static void set(struct record *r, enum outcome outcome, enum reason reason,
                char *note)
{
    r->outcome = outcome;
    r->reason = reason;
    r->refused_by = PARTY_NOBODY;
    free(r->note);
    r->note = note;
}

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
    static const struct {
        int code;
        enum reason reason;
    } rows[] = {
        {43, REASON_KEY_USAGE},
        {48, REASON_UNKNOWN_CA},
        {50, REASON_CERTIFICATE_PARSE_ERROR},
        {51, REASON_BAD_CHAIN_SIGNATURE},
        {70, REASON_VERSION_UNSUPPORTED},
    };
    int code = alone_alert(e);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return rows[i].reason;
    if (code == 45) { /* certificate_expired: "or is not currently valid" */
        for (int k = 0; st && k < CHAINS; k++)
            for (size_t i = 0; i < st->chains[k].count; i++)
                if (st->chains[k].items[i]->not_before > st->state->now)
                    return REASON_NOT_YET_VALID;
        return REASON_EXPIRED;
    }
    return e->certificates > 0 ? REASON_CERTIFICATE_REFUSED
                               : REASON_PROTOCOL_ERROR;
}

static void by_client(struct record *r, enum reason reason, char *note)
{
    set(r, OUTCOME_REFUSED, reason, note);
    r->refused_by = PARTY_CLIENT;
}

static void by_server(struct record *r, enum reason reason, char *note)
{
    set(r, OUTCOME_REFUSED, reason, note);
    r->refused_by = PARTY_SERVER;
}

static enum reason reason_of_server_alert(const struct endpoint_side *e,
                                          const struct plan_state *st)
{
    const struct alert_facts f = {
        .stage = e->certificates > 0 ? STAGE_FINISHED : STAGE_HELLO,
        .suite_chosen = e->certificates > 0,
        .client_auth =
            st ? strcmp(st->state->client_auth, "none") != 0 : ALERT_UNKNOWN,
        .identity = e->client_certificate.there,
        .alpn_offered = e->hello->alpn_count > 0,
        .alpn_listed = st ? st->tls.alpn_count > 0 : ALERT_UNKNOWN,
        .alpn_required = st ? st->tls.alpn_required : ALERT_UNKNOWN,
    };

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
        set(r, OUTCOME_ERROR, REASON_NONE,
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
        set(r, OUTCOME_ERROR, REASON_NONE, format("%s", m->broker));
    else if (m->closed_for || m->connack > 0)
        by_server(r, REASON_APPLICATION_REFUSED,
                  format("MQTT: %s",
                         m->closed_for ? m->closed_for : "CONNACK says no"));
    else
        set(r, OUTCOME_ERROR, REASON_NONE,
            format("CONNECT came, and no CONNACK went out"));
}

/* After its Finished. A client may look at name, pins and dates only then. */
static void judge_open(struct record *r, const struct plan_state *st)
{
    const struct endpoint_side *e = r->endpoint;

    if (is_answered(e))
        set(r, OUTCOME_CONNECTED, REASON_NONE, NULL);
    else if (alone_alert(e) != ALERT_NONE)
        by_client(r, reason_of_client_alert(e, st), NULL);
    else if (e->mqtt && e->mqtt->version > 0)
        judge_mqtt(r);
    else if (e->closed_by == PARTY_CLIENT)
        by_client(r, REASON_CERTIFICATE_REFUSED,
                  format("it closed after the handshake, before it said "
                         "anything"));
    else
        set(r, OUTCOME_CONNECTED, REASON_NONE,
            format("it said nothing inside TLS, and kept the connection"));
}

void alone_judge(struct record *r, const struct plan_state *st)
{
    const struct endpoint_side *e = r->endpoint;
    char *fault = e ? find_fault(e, st) : NULL;

    if (!e)
        return;
    if (fault)
        set(r, OUTCOME_ERROR, e->limit ? REASON_TIMEOUT : REASON_NONE, fault);
    else if (e->unserved)
        set(r, OUTCOME_UNTESTED, REASON_NONE, format("%s", e->unserved));
    else if (e->handshake == HANDSHAKE_DONE)
        judge_open(r, st);
    else
        judge_handshake(r, st);
}
