/* What stands before TLS: who serves a ClientHello, by its name, and whether a
 * middlebox lets it through. */
#include "server/conn_inside.h"

#include <stdlib.h>

#include <event2/buffer.h>

#include "server/setting.h"
#include "server/authority.h"
#include "server/loop.h"
#include "server/shared.h"
#include "server/tls.h"
#include "server/wire/tls_first.h"

static int knows(const void *arg, const uint8_t *der, size_t size)
{
    const struct authority *a = arg;
    void *holder = a->holder(a->context, der, size);
    int is_known = holder != NULL && a->is_welcome(holder);

    if (holder != NULL)
        a->holder_free(holder);
    return is_known;
}

struct tls_conn *conn_tls_new(const struct conn *c, const struct setting *s)
{
    const struct authority *a = loop_shared(c->loop)->authority;
    struct tls_conn *tls = tls_conn_new(s->tls);

    if (tls != NULL && a != NULL)
        tls_conn_ask(tls, knows, a);
    return tls;
}

/* Another setting serves it. 0, or -1: memory is out. */
static int setting_change(struct conn *c, struct setting *to)
{
    struct tls_conn *tls;

    if (to == c->setting)
        return 0;
    tls = conn_tls_new(c, to);
    if (tls == NULL)
        return -1;
    tls_conn_free(c->tls);
    c->tls = tls;
    setting_hold(to);
    setting_release(c->setting);
    c->setting = to;
    c->application = &to->application;
    return 0;
}

/* "If the server understood the ClientHello extension but does not recognize
 * the server name, the server SHOULD ... abort the handshake by sending a
 * fatal-level unrecognized_name(112) alert" (RFC 6066 section 3). */
static void name_choose(struct conn *c, const uint8_t *hello, size_t size)
{
    enum { UNRECOGNIZED_NAME = 112 };
    struct setting *to = setting_of_hello(c->setting, hello, size);

    if (to == NULL)
        tls_conn_refuse(c->tls, hello, size, UNRECOGNIZED_NAME);
    else if (setting_change(c, to) != 0)
        c->is_short = 1;
}

void conn_hello_received(struct conn *c, const uint8_t *data, size_t size)
{
    struct evbuffer *first = c->hello;
    uint8_t *hello;
    int found;

    if (evbuffer_add(first, data, size) != 0) {
        c->is_short = 1;
        conn_end(c, "endpoint", "silence");
        return;
    }
    size = evbuffer_get_length(first);
    data = evbuffer_pullup(first, -1);
    found = tls_first_hello(data, size, &hello, &size);
    if (found == 0)
        return;
    c->hello = NULL;
    if (found > 0) {
        c->closed_on = middlebox_minds(&c->setting->middlebox, hello, size);
        if (c->closed_on == NULL)
            name_choose(c, hello, size);
        else
            tls_conn_refuse(c->tls, hello, size, TLS_NO_ALERT);
        free(hello);
    }
    if (c->closed_on != NULL) {
        evbuffer_free(first);
        conn_cut(c, c->setting->middlebox.resets);
        return;
    }
    conn_feed(c, data, evbuffer_get_length(first));
    evbuffer_free(first);
}
