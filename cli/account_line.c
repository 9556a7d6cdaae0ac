/* Each line is written whole, into memory. Must not decide anything. */
#include "cli/account_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/diag.h"
#include "base/quantity.h"
#include "base/text.h"
#include "model/reason.h"

struct line {
    char *text;
    size_t size;
    FILE *to;
};

static int line_begin(struct line *l, const char *what)
{
    char now[32];

    *l = (struct line){NULL, 0, NULL};
    l->to = open_memstream(&l->text, &l->size);
    if (l->to == NULL) {
        diag("out of memory: a connection is not told of");
        return -1;
    }
    fprintf(l->to, "%s %s ", time_format(time(NULL), now), what);
    return 0;
}

static char *line_end(struct line *l)
{
    int bad;

    fputc('\n', l->to);
    bad = ferror(l->to);
    if (fclose(l->to) == 0 && !bad)
        return l->text;
    diag("out of memory: a connection is not told of");
    free(l->text);
    return NULL;
}

static void word(FILE *to, const char *before, const char *text)
{
    fputs(before, to);
    text_print(to, text == NULL ? "-" : text);
}

char *account_line_opened(const struct authority_peer *peer, const char *client,
                          int is_let_in)
{
    struct line l;

    if (line_begin(&l, "opened") != 0)
        return NULL;
    word(l.to, "from ", peer->address);
    word(l.to, " name ", peer->server_name);
    word(l.to, " client ", client);
    fputs(is_let_in ? ": let in" : ": not let in", l.to);
    return line_end(&l);
}

static void alerts(FILE *to, const char *what, const struct alert *list,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        word(to, what, alert_name(list[i].code));
        fprintf(to, " (%d)", list[i].code);
    }
}

static void side(FILE *to, const struct endpoint_side *s)
{
    word(to, " name ", s->hello == NULL ? NULL : s->hello->sni);
    word(to, " client ", s->mqtt == NULL ? NULL : s->mqtt->client_id);
    word(to, " TLS ", s->chose.version);
    word(to, " chain ", s->chain);
    word(to, ": handshake ", record_handshakes[s->handshake]);
    alerts(to, ", sent ", s->sent, s->sent_count);
    alerts(to, ", received ", s->received, s->received_count);
    if (s->mqtt != NULL && s->mqtt->closed_for != NULL)
        word(to, ", closed for ", s->mqtt->closed_for);
    word(to, ", closed by ", record_closers[s->closed_by]);
    fprintf(to, " after %.1f ms", s->ms);
}

char *account_line_closed(const struct endpoint_event *event)
{
    struct line l;

    if (line_begin(&l, "closed") != 0)
        return NULL;
    word(l.to, "from ", event->peer_address);
    word(l.to, " at ", event->state);
    if (event->side != NULL)
        side(l.to, event->side);
    else
        fputs(": what it did cannot be told", l.to);
    return line_end(&l);
}
