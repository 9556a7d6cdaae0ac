/* What waits is bounded on both ways: nothing is read from one side while the
 * other does not take what there is. */
#include "server/app/relay.h"

#include <stdio.h>
#include <stdlib.h>

#include <event2/buffer.h>

#include "base/diag.h"
#include "base/sha256.h"
#include "server/app/upstream.h"
#include "server/conn.h"
#include "server/facts.h"
#include "server/loop.h"

/* What a state says of it. */
struct relay_settings {
    struct upstream_address to;
    int tells_identity; /* the service sees who the client is, by the name of
                           the other end: relay.h */
};

struct relay {
    struct conn *conn;
    struct upstream *upstream; /* NULL until the client's first bytes */
};

static void *settings_new(json_t *application, const char *state_id)
{
    struct relay_settings *out = calloc(1, sizeof(*out));
    const char *protocol, *where;
    json_error_t error;

    if (out == NULL) {
        diag("out of memory");
        return NULL;
    }
    if (json_unpack_ex(application, &error, JSON_STRICT, "{s:s, s:s, s?b}",
                       "protocol", &protocol, "upstream", &where, "identity",
                       &out->tells_identity) != 0)
        diag("state %s: application: %s", state_id, error.text);
    else if (upstream_address_parse(where, &out->to) != 0)
        diag("state %s: application.upstream: %s: not an address; give "
             "unix:/path/of/socket (at most %d bytes) or a numeric one, as in "
             "127.0.0.1:8080",
             state_id, where, UPSTREAM_PATH_MAX);
    else if (out->tells_identity && out->to.sa.ss_family != AF_UNIX)
        diag("state %s: application.identity: only a unix socket can be told",
             state_id);
    else
        return out;
    free(out);
    return NULL;
}

static void settings_free(void *settings)
{
    free(settings);
}

static void service_data(void *arg, struct evbuffer *in)
{
    struct relay *r = arg;
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

static void service_starved(void *arg)
{
    struct relay *r = arg;

    loop_win_descriptor(conn_loop(r->conn));
}

static const struct upstream_calls service_calls = {
    service_data, service_room, service_starved, service_ended};

/* NULL: nothing is told. */
static const char *identity_name(struct conn *c, char room[RELAY_NAME])
{
    const struct relay_settings *s = conn_settings(c);
    const struct facts *f = conn_facts(c);
    char digest[SHA256_HEX] = "";

    if (!s->tells_identity)
        return NULL;
    if (f->client_leaf.data != NULL)
        sha256_hex(f->client_leaf.data, f->client_leaf.size, digest);
    snprintf(room, RELAY_NAME, RELAY_PREFIX "%p:%s", (void *)c, digest);
    return room;
}

static int relay_on_data(struct conn *c, void *state, const uint8_t *data,
                         size_t size)
{
    struct relay *r = state;
    const struct relay_settings *s = conn_settings(c);
    struct loop *loop = conn_loop(c);
    char name[RELAY_NAME];

    r->conn = c;
    if (r->upstream == NULL)
        r->upstream =
            upstream_new(loop_base(loop), &s->to, &service_calls, r,
                         loop_upstreams(loop), identity_name(c, name));
    if (r->upstream == NULL || upstream_write(r->upstream, data, size) != 0) {
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
