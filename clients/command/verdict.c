/* What a command's end means. */
#include "clients/command/verdict.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clients/shim_map.h"
#include "model/alert.h"

static int is_connected(const struct client *c, int code)
{
    for (size_t i = 0; i < c->connected_count; i++)
        if (c->connected[i] == code)
            return 1;
    return 0;
}

static enum stage stage_of(const struct relay *r)
{
    if (!r->accepted)
        return STAGE_CONNECT;
    if (!r->io.in.handshake)
        return STAGE_HELLO;
    return relay_finished(r) ? STAGE_POLICY : STAGE_CERTIFICATE;
}

/* The reason that a fatal alert tells, if one could be read; else UNMAPPED. */
static enum reason row_reason(const struct client_row *row,
                              const struct verdict_facts *f)
{
    const struct shim_io_wire *in = &f->relay->io.in, *out = &f->relay->io.out;
    struct alert_facts facts = {.stage = stage_of(f->relay),
                                .suite_chosen = in->handshake,
                                .client_auth = ALERT_UNKNOWN,
                                .identity = f->identity,
                                .alpn_offered = f->alpn,
                                .alpn_listed = ALERT_UNKNOWN,
                                .alpn_required = ALERT_UNKNOWN};

    if (row->by_server && in->fatal)
        return alert_reason(in->alert, &facts);
    if (!row->by_server && out->fatal)
        return alert_client_reason(out->alert);
    return REASON_UNMAPPED;
}

static const struct client_row *row_find(const struct client *c, int code,
                                         const struct verdict_facts *f)
{
    for (size_t i = 0; i < c->refused_count; i++) {
        const struct client_row *row = &c->refused[i];

        if (row->exit >= 0 && row->exit != code)
            continue;
        if (row->text && !strstr(f->output, row->text))
            continue;
        if (row->by_alert && row_reason(row, f) == REASON_UNMAPPED)
            continue;
        return row;
    }
    return NULL;
}

/* Did the endpoint end it, as far as the wire shows? */
static int server_ended(const struct relay *r)
{
    return r->first == RELAY_SERVER;
}

/* Why the row is not believed, or NULL. */
static const char *doubt(const struct client_row *row, enum reason reason,
                         const struct relay *r)
{
    if (!r->accepted || !r->io.out.seen.bytes)
        return "the command refused, and no ClientHello of it was seen";
    if (relay_answered(r))
        return "the command refused, and the endpoint's answer passed";
    if (row->by_server)
        return row->by_alert || server_ended(r) || relay_refused_sealed(r)
                   ? NULL
                   : "the command was refused, and the endpoint ended nothing";
    if (server_ended(r))
        return "the command refused, and the endpoint ended the connection";
    /* Some verify late, and say so; a status alone may be any other end. */
    if (relay_finished(r) && !row->text)
        return "the command finished the handshake, and its exit status alone "
               "does not say that it refused";
    if (r->io.out.fatal && alert_contradicts(r->io.out.alert, reason))
        return "the command's text and its alert on the wire disagree";
    return NULL;
}

/* The line of the output that has the text, else the last one with a letter. */
static void line_copy(const char *output, const char *text, char *to,
                      size_t room)
{
    const char *at = text ? strstr(output, text) : NULL;

    if (!at) {
        at = output + strlen(output);
        while (at > output && !isalpha((unsigned char)at[-1]))
            at--;
    }
    while (at > output && at[-1] != '\n')
        at--;
    snprintf(to, room, "%.*s", (int)strcspn(at, "\r\n"), at);
}

static void end_error(struct shim_answer *a, enum reason reason,
                      const char *text)
{
    a->outcome = SHIM_ERROR;
    a->why.reason = reason;
    snprintf(a->why.native_text, sizeof a->why.native_text, "%s", text);
}

/* The exit status alone means nothing here: `what` says why, and the last line
 * of the output is added. */
static void end_exit_error(struct shim_answer *a, enum reason reason,
                           const char *what, const struct verdict_facts *f)
{
    char line[100], text[160];

    line_copy(f->output, NULL, line, sizeof line);
    snprintf(text, sizeof text, "exit %d %s: %.95s", WEXITSTATUS(f->status),
             what, line);
    end_error(a, reason, text);
}

static void end_row(struct shim_answer *a, const struct client_row *row,
                    const struct verdict_facts *f)
{
    const struct relay *r = f->relay;
    enum reason reason = row->by_alert ? row_reason(row, f) : row->reason;
    const char *why = doubt(row, reason, r);

    if (why) {
        end_error(a, REASON_NONE, why);
        return;
    }
    line_copy(f->output, row->text, a->why.native_text,
              sizeof a->why.native_text);
    a->outcome = SHIM_REFUSED;
    a->why.reason = reason;
    a->why.by_server = row->by_server;
}

static void end_exit(struct shim_answer *a, const struct client *c,
                     const struct verdict_facts *f)
{
    int code = WEXITSTATUS(f->status);
    const struct client_row *row;

    a->why.native_code = code;
    if (is_connected(c, code) && relay_answered(f->relay)) {
        a->outcome = SHIM_CONNECTED;
        a->why.stage = STAGE_APPLICATION;
        return;
    }
    row = row_find(c, code, f);
    if (row)
        end_row(a, row, f);
    else if (is_connected(c, code))
        end_exit_error(a, REASON_NONE,
                       "is a good end, and no answer of the endpoint passed",
                       f);
    else
        end_exit_error(a, REASON_UNMAPPED, "has no row", f);
}

void verdict_fill(struct shim_answer *a, const struct client *c,
                  const struct verdict_facts *f)
{
    char text[80];

    shim_map_clear(&a->why, stage_of(f->relay));
    a->why.alert_sent = f->relay->io.out.alert;
    a->why.alert_received = f->relay->io.in.alert;
    if (f->deadline) {
        end_error(a, REASON_TIMEOUT, "the command did not end in time");
    } else if (WIFSIGNALED(f->status)) {
        snprintf(text, sizeof text, "the command died of signal %d (%s)",
                 WTERMSIG(f->status), strsignal(WTERMSIG(f->status)));
        end_error(a, REASON_CRASH, text);
    } else {
        end_exit(a, c, f);
    }
}
