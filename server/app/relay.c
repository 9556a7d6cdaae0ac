/* What waits is bounded on both ways: nothing is read from one side while the
 * other does not take what there is. */
#include "server/app/relay.h"

#include <stdlib.h>

#include <event2/buffer.h>

#include "base/diag.h"
#include "server/app/upstream.h"
#include "server/conn.h"
#include "server/loop.h"

struct relay {
    struct conn *conn;
    struct upstream *upstream; /* NULL until the client's first bytes */
};

static void *settings_new(json_t *application, const char *state_id)
{
    struct upstream_address *to = calloc(1, sizeof(*to));
    const char *protocol, *where;
    json_error_t error;

    if (to == NULL) {
        diag("out of memory");
        return NULL;
    }
    if (json_unpack_ex(application, &error, JSON_STRICT, "{s:s, s:s}",
                       "protocol", &protocol, "upstream", &where) != 0)
        diag("state %s: application: %s", state_id, error.text);
    else if (upstream_address_parse(where, to) != 0)
        diag("state %s: application.upstream: %s: not an address; give "
             "unix:/path/of/socket (at most %d bytes) or a numeric one, as in "
             "127.0.0.1:8080",
             state_id, where, UPSTREAM_PATH_MAX);
    else
        return to;
    free(to);
    return NULL;
}

static void settings_free(void *settings)
{
    free(settings);
}

static void service_data(void *arg)
{
    struct relay *r = arg;
    struct evbuffer *in = upstream_input(r->upstream);
    size_t size;

    while ((size = evbuffer_get_contiguous_space(in)) > 0) {
        if (conn_is_full(r->conn)) {
            upstream_pause(r->upstream, 1);
            return;
        }
        if (conn_write(r->conn, evbuffer_pullup(in, (ssize_t)size), size) != 0)
            return;
        evbuffer_drain(in, size);
    }
}

static void service_room(void *arg)
{
    struct relay *r = arg;

    conn_hold(r->conn, 0);
}

static void service_ended(void *arg, enum upstream_end how)
{
    struct relay *r = arg;

    if (how == UPSTREAM_UNREACHABLE)
        conn_note_short(r->conn);
    conn_close(r->conn);
}

static const struct upstream_calls service_calls = {service_data, service_room,
                                                    service_ended};

static int relay_on_data(struct conn *c, void *state, const uint8_t *data,
                         size_t size)
{
    struct relay *r = state;
    struct loop *loop = conn_loop(c);

    r->conn = c;
    if (r->upstream == NULL)
        r->upstream = upstream_new(loop_base(loop), conn_settings(c),
                                   &service_calls, r, loop_upstreams(loop));
    if (r->upstream == NULL ||
        evbuffer_add(upstream_output(r->upstream), data, size) != 0) {
        conn_note_short(c);
        return -1;
    }
    if (upstream_is_full(r->upstream))
        conn_hold(c, 1);
    return 0;
}

static void relay_on_room(struct conn *c, void *state)
{
    struct relay *r = state;

    (void)c;
    upstream_pause(r->upstream, 0);
    service_data(r);
}

static void relay_on_end(struct conn *c, void *state)
{
    struct relay *r = state;

    (void)c;
    upstream_finish(r->upstream);
    r->upstream = NULL;
}

const struct application application_relay = {
    .name = "relay",
    .state_size = sizeof(struct relay),
    .settings_new = settings_new,
    .settings_free = settings_free,
    .on_data = relay_on_data,
    .on_room = relay_on_room,
    .on_end = relay_on_end,
};
