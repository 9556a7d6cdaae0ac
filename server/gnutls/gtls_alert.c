/* What went wrong, and who says so: the library leaves alerts to the
 * application. */
#include "server/gnutls/gtls_conn.h"

#include <stdlib.h>

#include "base/file.h"
#include "server/wire/tls_hello.h"

enum { FATAL = 2 };

int gtls_alert_is_13(const struct gtls_conn *c)
{
    return gnutls_protocol_get_version(c->session) == GNUTLS_TLS1_3;
}

void gtls_alert_note(struct gtls_conn *c, int is_sent, int level, int code)
{
    const uint8_t alert[2] = {(uint8_t)level, (uint8_t)code};

    facts_alert(&c->base.facts, is_sent, alert, gtls_alert_is_13(c));
}

/* Before a version was agreed GnuTLS names its own newest one in the record of
 * an alert, and clients that do not know it call that broken. It gets the
 * client's, as OpenSSL does it. */
static void alert_date_back(struct gtls_conn *c, size_t at)
{
    const struct facts *f = &c->base.facts;
    struct tls_hello hello;

    if (f->flight.version != 0 || f->hello.data == NULL ||
        c->out.size != at + GTLS_RECORD_HEADER + GTLS_RECORD_ALERT ||
        tls_hello_parse(f->hello.data, f->hello.size, &hello) != 0 ||
        hello.legacy_version > GTLS_TLS12)
        return;
    c->out.data[at + 1] = (uint8_t)(hello.legacy_version >> 8);
    c->out.data[at + 2] = (uint8_t)hello.legacy_version;
}

void gtls_alert_send(struct gtls_conn *c, int level, int code)
{
    size_t at = c->out.size;

    if (gnutls_alert_send(c->session, (gnutls_alert_level_t)level,
                          (gnutls_alert_description_t)code) < 0)
        return;
    gtls_alert_note(c, 1, level, code);
    alert_date_back(c, at);
}

static void alert_text(struct gtls_conn *c, int alert)
{
    struct facts *f = &c->base.facts;
    const char *name = gnutls_alert_get_name((gnutls_alert_description_t)alert);

    f->error = GNUTLS_E_FATAL_ALERT_RECEIVED;
    free(f->error_text);
    f->error_text =
        format("%s %s", gnutls_strerror(f->error), name == NULL ? "" : name);
}

void gtls_alert_error(struct gtls_conn *c, int code)
{
    struct facts *f = &c->base.facts;
    int is_verdict = code == GNUTLS_E_CERTIFICATE_ERROR && c->verdict.code != 0;

    f->error = code;
    free(f->error_text);
    f->error_text =
        format("%s%s", is_verdict ? "certificate verify failed: " : "",
               is_verdict ? c->verdict.text : gnutls_strerror(code));
    f->is_short |= code == GNUTLS_E_MEMORY_ERROR;
    f->is_too_large = code == GNUTLS_E_HANDSHAKE_TOO_LARGE &&
                      c->state->client_auth != GNUTLS_CERT_IGNORE &&
                      f->client_leaf.data == NULL;
}

static int alert_for(const struct gtls_conn *c, int code)
{
    int level;

    if (code == GNUTLS_E_CERTIFICATE_ERROR && c->verdict.code != 0)
        return (int)c->verdict.alert;
    /* the client's, that was asked for: an alert of its own since TLS 1.3 */
    if (code == GNUTLS_E_NO_CERTIFICATE_FOUND)
        return gtls_alert_is_13(c) ? GNUTLS_A_CERTIFICATE_REQUIRED
                                   : GNUTLS_A_HANDSHAKE_FAILURE;
    return gnutls_error_to_alert(code, &level);
}

/* OpenSSL's client refuses a certificate in TLS 1.3 by an alert in the clear:
 * its own keys come with its second flight. OpenSSL's server reads it, GnuTLS
 * calls it a record that cannot be decrypted. */
static int is_alert_in_the_clear(const struct gtls_conn *c, int code)
{
    return code == GNUTLS_E_DECRYPTION_FAILED && gtls_alert_is_13(c) &&
           !c->base.facts.is_established && gtls_record_is_alert(&c->record);
}

static enum tls_result failed_in_the_clear(struct gtls_conn *c)
{
    const uint8_t *alert = c->record.start + GTLS_RECORD_HEADER;

    facts_alert(&c->base.facts, 0, alert, 1);
    alert_text(c, alert[1]);
    return TLS_FAILED;
}

/* The library leaves it to the application to say that it failed. What sent no
 * hello gets no answer. */
enum tls_result gtls_alert_failed(struct gtls_conn *c, int code)
{
    if (is_alert_in_the_clear(c, code))
        return failed_in_the_clear(c);
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        gtls_alert_note(c, 0, FATAL, (int)gnutls_alert_get(c->session));
        alert_text(c, (int)gnutls_alert_get(c->session));
        return TLS_FAILED;
    }
    gtls_alert_error(c, code);
    if (c->base.facts.hello.data != NULL)
        gtls_alert_send(c, FATAL, alert_for(c, code));
    return TLS_FAILED;
}
