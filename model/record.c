/* The ends of records, and what both sides agree to call the facts. */
#include "model/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/codec.h"
#include "model/device.h"

const char *const record_closers[3] = {NULL, "peer", "endpoint"};
const char *const record_hows[4] = {"alert", "fin", "rst", "silence"};
const char *const record_handshakes[3] = {"none", "failed", "done"};

const char *alert_level_text(uint8_t level, char room[static ALERT_LEVEL_TEXT])
{
    snprintf(room, ALERT_LEVEL_TEXT, "0x%02x", level);
    if (level == ALERT_WARNING)
        return "warning";
    return level == ALERT_FATAL ? "fatal" : room;
}

static void negotiated_clear(struct negotiated *n)
{
    free(n->version);
    free(n->suite);
    free(n->group);
    free(n->signature_algorithm);
    free(n->alpn);
}

struct shim_side *shim_side_hold(struct shim_side *s)
{
    s->shared++;
    return s;
}

void shim_side_release(struct shim_side *s)
{
    if (!s || s->shared-- > 0)
        return;
    free(s->native_text);
    free(s->feature);
    negotiated_clear(&s->got);
    codec_free_texts(s->emulated, s->emulated_count);
    free(s->output);
    free(s);
}

struct hello *hello_hold(struct hello *h)
{
    h->references++;
    return h;
}

void hello_release(struct hello *h)
{
    if (!h || --h->references > 0)
        return;
    free(h->id);
    codec_free_texts(h->versions, h->versions_count);
    codec_free_texts(h->suites, h->suites_count);
    codec_free_texts(h->groups, h->groups_count);
    codec_free_texts(h->signature_algorithms, h->signature_algorithms_count);
    codec_free_texts(h->alpn, h->alpn_count);
    free(h->sni);
    free(h->extensions);
    free(h->ja4);
    free(h);
}

struct endpoint_side *endpoint_side_hold(struct endpoint_side *e)
{
    e->shared++;
    return e;
}

void endpoint_side_release(struct endpoint_side *e)
{
    if (!e || e->shared-- > 0)
        return;
    hello_release(e->hello);
    negotiated_clear(&e->chose);
    free(e->chain);
    free(e->client_certificate.subject);
    free(e->client_certificate.issuer);
    free(e->client_certificate.sha256);
    free(e->client_certificate.verify_text);
    mqtt_side_free(e->mqtt);
    free(e->error_text);
    free(e->limit);
    free(e->closed_on);
    free(e->unserved);
    free(e->engine);
    free(e);
}

void record_free(struct record *r)
{
    if (!r)
        return;
    free(r->cell);
    free(r->scenario);
    free(r->state);
    free(r->device);
    free(r->stack);
    free(r->note);
    free(r->anchored_by);
    shim_side_release(r->shim);
    endpoint_side_release(r->endpoint);
    free(r);
}

/* The close_notify at the end of every connection (RFC 8446 section 6.1) tells
 * nothing. */
static int last_alert(const struct alert *list, size_t count)
{
    while (count-- > 0)
        if (list[count].code != 0)
            return list[count].code;
    return ALERT_NONE;
}

int record_sends_name(const struct record *r, const struct device *d)
{
    return r && r->endpoint && r->endpoint->hello
               ? r->endpoint->hello->sni != NULL
               : d->tls.sni;
}

int record_alert_sent(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;

    if (e)
        return last_alert(e->received, e->received_count);
    return r->shim ? r->shim->alert_sent : ALERT_NONE;
}

int record_alert_received(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;

    if (e)
        return last_alert(e->sent, e->sent_count);
    return r->shim ? r->shim->alert_received : ALERT_NONE;
}

const char *record_version(const struct record *r)
{
    if (r->shim && r->shim->got.version)
        return r->shim->got.version;
    return r->endpoint ? r->endpoint->chose.version : NULL;
}

const char *record_suite(const struct record *r)
{
    if (r->shim && r->shim->got.suite)
        return r->shim->got.suite;
    return r->endpoint ? r->endpoint->chose.suite : NULL;
}
