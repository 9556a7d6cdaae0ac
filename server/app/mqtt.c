/* Carries packets between a client and the broker as far as the gate lets them
 * pass. What waits is bounded on both ways: nothing is read from one side while
 * the other does not take what there is. */
#include "server/app/mqtt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "model/codec.h"
#include "server/app/clients.h"
#include "server/app/mqtt_drill.h"
#include "server/app/mqtt_gate.h"
#include "server/app/mqtt_settings.h"
#include "server/app/upstream.h"
#include "server/app/websocket.h"
#include "server/authority.h"
#include "server/conn.h"
#include "server/facts.h"
#include "server/loop.h"
#include "server/shared.h"
#include "server/wire/tls_hello.h"

enum {
    MESSAGE_BYTES = 1 << 20 /* of a WebSocket: several packets may be one */
};

struct mqtt {
    struct conn *conn;
    /* NULL until the client's first bytes: */
    struct mqtt_gate *gate;
    struct mqtt_drill *drill;    /* NULL: there is none */
    struct websocket *websocket; /* NULL: MQTT stands in TLS itself */
    struct upstream *upstream;   /* NULL until something passes the gate */
    /* Between buffers_open and buffers_close, and where something waits: */
    struct evbuffer *in, *to_client, *to_broker;
    struct evbuffer *drilled;       /* what passed the drill */
    struct evbuffer *raw, *wrapped; /* the WebSocket's bytes */
    struct client_hold hold;
    void *holder;      /* of the client's certificate, as things were at: */
    unsigned version;  /* of the authority */
    char *server_name; /* in SNI; NULL: none */
    int has_packet;    /* the last bytes made one whole */
    const char *lost;  /* what became of the broker, if that ended it */
};

static const struct mqtt_settings *settings_of(const struct mqtt *m)
{
    return conn_settings(m->conn);
}

static int fall_short(struct mqtt *m)
{
    conn_note_short(m->conn);
    return -1;
}

static const struct authority *authority_of(const struct mqtt *m)
{
    return loop_shared(conn_loop(m->conn))->authority;
}

/* What the account says now holds for those that are connected, too. */
static int holder_renew(struct mqtt *m)
{
    const struct authority *a = authority_of(m);
    const struct facts *f = conn_facts(m->conn);
    unsigned version = a->version(a->context);

    if (m->holder != NULL && m->version == version)
        return 0;
    if (m->holder != NULL)
        a->holder_free(m->holder);
    m->version = version;
    m->holder = a->holder(a->context, f->client_leaf.data, f->client_leaf.size);
    return m->holder == NULL ? -1 : 0;
}

static int permits(void *arg, enum mqtt_action action, const char *what)
{
    struct mqtt *m = arg;
    const char *id = mqtt_gate_facts(m->gate)->client_id;
    const struct authority_peer peer = {
        .client_id = id != NULL && id[0] != '\0' ? id : NULL,
        .server_name = m->server_name,
        .address = conn_peer(m->conn)};

    return holder_renew(m) == 0 &&
           authority_of(m)->permits(m->holder, &peer, action, what);
}

static int server_name_keep(struct mqtt *m)
{
    const struct facts *f = conn_facts(m->conn);
    struct tls_hello hello;

    if (f->hello.data == NULL ||
        tls_hello_parse(f->hello.data, f->hello.size, &hello) != 0 ||
        hello.sni.left == 0)
        return 0;
    m->server_name = strndup((const char *)hello.sni.data, hello.sni.left);
    return m->server_name == NULL ? -1 : 0;
}

static int gate_open(struct mqtt *m, struct conn *c)
{
    int is_asked;

    m->conn = c;
    is_asked = authority_of(m) != NULL;
    if (is_asked && server_name_keep(m) != 0)
        return fall_short(m);
    m->gate =
        mqtt_gate_new(&settings_of(m)->rules, is_asked ? permits : NULL, m);
    if (m->gate == NULL)
        return fall_short(m);
    if (settings_of(m)->drill.is_there) {
        m->drill = calloc(1, sizeof(*m->drill));
        if (m->drill == NULL)
            return fall_short(m);
        m->drill->rules = &settings_of(m)->drill;
    }
    if (settings_of(m)->websocket == NULL)
        return 0;
    m->websocket = websocket_new(settings_of(m)->websocket, MESSAGE_BYTES);
    return m->websocket == NULL ? fall_short(m) : 0;
}

static int buffer_need(struct evbuffer **b)
{
    if (*b == NULL)
        *b = evbuffer_new();
    return *b == NULL ? -1 : 0;
}

static void buffer_spare(struct evbuffer **b)
{
    if (*b == NULL || evbuffer_get_length(*b) > 0)
        return;
    evbuffer_free(*b);
    *b = NULL;
}

static void buffers_close(struct mqtt *m)
{
    buffer_spare(&m->in);
    buffer_spare(&m->to_client);
    buffer_spare(&m->to_broker);
    buffer_spare(&m->drilled);
    buffer_spare(&m->raw);
    buffer_spare(&m->wrapped);
}

/* Most connections are idle, and hold none. */
static int buffers_open(struct mqtt *m)
{
    if (buffer_need(&m->in) == 0 && buffer_need(&m->to_client) == 0 &&
        buffer_need(&m->to_broker) == 0 &&
        (m->drill == NULL || buffer_need(&m->drilled) == 0) &&
        (m->websocket == NULL ||
         (buffer_need(&m->raw) == 0 && buffer_need(&m->wrapped) == 0)))
        return 0;
    buffers_close(m);
    return fall_short(m);
}

/* TLS makes a record of each piece. */
static int pieces_send(struct mqtt *m, struct evbuffer *b)
{
    size_t size;

    while ((size = evbuffer_get_contiguous_space(b)) > 0) {
        const uint8_t *data = evbuffer_pullup(b, (ssize_t)size);

        if (conn_write(m->conn, data, size) != 0)
            return -1;
        evbuffer_drain(b, size);
    }
    return 0;
}

static int client_send(struct mqtt *m)
{
    if (m->drill != NULL && mqtt_drill_to_client(m->drill, m->to_client) != 0)
        return fall_short(m);
    if (m->websocket == NULL)
        return pieces_send(m, m->to_client);
    if (evbuffer_get_length(m->to_client) > 0 &&
        websocket_wrap(m->websocket, m->to_client, m->wrapped) != 0)
        return -1;
    return pieces_send(m, m->wrapped);
}

/* The last words, then the end. */
static void client_end(struct mqtt *m)
{
    if (client_send(m) == 0 && m->websocket != NULL) {
        websocket_end(m->websocket, m->wrapped);
        pieces_send(m, m->wrapped);
    }
    conn_close(m->conn);
}

/* The gate's own last word, if it has one. */
static void gate_end(struct mqtt *m,
                     void (*say)(struct mqtt_gate *g, struct evbuffer *back))
{
    if (buffers_open(m) != 0) {
        conn_close(m->conn);
        return;
    }
    if (say != NULL)
        say(m->gate, m->to_client);
    client_end(m);
    buffers_close(m);
}

static void on_lost(void *arg)
{
    gate_end(arg, mqtt_gate_taken_over);
}

/* Everything in it. 0, or -1: memory is out. */
static int broker_pass(struct mqtt *m)
{
    size_t size;

    while ((size = evbuffer_get_contiguous_space(m->to_broker)) > 0) {
        if (upstream_write(m->upstream,
                           evbuffer_pullup(m->to_broker, (ssize_t)size),
                           size) != 0)
            return fall_short(m);
        evbuffer_drain(m->to_broker, size);
    }
    return 0;
}

static void broker_read(void *arg, struct evbuffer *in)
{
    struct mqtt *m = arg;
    int status;

    if (conn_is_full(m->conn)) {
        upstream_pause(m->upstream, 1);
        return;
    }
    if (buffers_open(m) != 0) {
        conn_close(m->conn);
        return;
    }
    status = mqtt_gate_from_broker(m->gate, in, m->to_client, m->to_broker);
    /* what a broker says wrong, or too large, is none of the client's doing */
    if (status != 0 || evbuffer_get_length(in) >= UPSTREAM_INPUT_MAX ||
        broker_pass(m) != 0)
        status = fall_short(m);
    if (client_send(m) != 0 || status != 0)
        client_end(m);
    buffers_close(m);
}

static void broker_room(void *arg)
{
    struct mqtt *m = arg;

    conn_hold(m->conn, 0);
}

/* A broker closes for what a client did, too; one that is gone does not. */
static void broker_ended(void *arg, enum upstream_end how)
{
    struct mqtt *m = arg;

    if (atomic_load(&m->hold.is_lost)) {
        on_lost(m);
        return;
    }
    if (how == UPSTREAM_UNREACHABLE)
        m->lost = "unreachable";
    else if (how == UPSTREAM_GONE)
        m->lost = "gone";
    if (m->lost != NULL)
        conn_note_short(m->conn);
    gate_end(m, NULL);
}

static void broker_starved(void *arg)
{
    struct mqtt *m = arg;

    loop_win_descriptor(conn_loop(m->conn));
}

static const struct upstream_calls broker_calls = {
    broker_read, broker_room, broker_starved, broker_ended};

static int broker_send(struct mqtt *m)
{
    struct loop *loop = conn_loop(m->conn);

    if (evbuffer_get_length(m->to_broker) == 0)
        return 0;
    if (m->upstream == NULL)
        m->upstream = upstream_new(loop_base(loop), &settings_of(m)->upstream,
                                   &broker_calls, m, loop_upstreams(loop), NULL);
    if (m->upstream == NULL)
        return fall_short(m);
    if (broker_pass(m) != 0)
        return -1;
    if (mqtt_gate_facts(m->gate)->goodbye)
        upstream_expect_end(m->upstream);
    if (upstream_is_full(m->upstream))
        conn_hold(m->conn, 1);
    return 0;
}

/* Before the broker hears of it: it closes the older connection itself, and
 * that one must know by then why. An empty id is the broker's to choose. */
static int id_take(struct mqtt *m)
{
    const char *id = mqtt_gate_facts(m->gate)->client_id;
    struct loop *loop = conn_loop(m->conn);

    if (evbuffer_get_length(m->to_broker) == 0 || id == NULL || id[0] == '\0' ||
        m->hold.key != NULL)
        return 0;
    if (clients_take(&loop_shared(loop)->clients, &m->hold,
                     settings_of(m)->upstream.text, id, loop_base(loop),
                     on_lost, m) != 0)
        return fall_short(m);
    return 0;
}

/* What the client says, in m->in. 0, or -1: it ends, and what answers is
 * sent. */
static int client_take(struct mqtt *m, const uint8_t *data, size_t size)
{
    struct evbuffer *to = m->websocket == NULL ? m->in : m->raw;
    enum websocket_result result;

    if (evbuffer_add(to, data, size) != 0)
        return fall_short(m);
    if (m->websocket == NULL)
        return 0;
    result = websocket_input(m->websocket, m->raw, m->in, m->wrapped);
    if (result == WEBSOCKET_PLAIN)
        websocket_refuse(m->websocket, m->wrapped);
    return result == WEBSOCKET_ON ? 0 : -1;
}

static int gate_pass(struct mqtt *m)
{
    if (m->drill == NULL)
        return mqtt_gate_from_client(m->gate, m->in, m->to_broker,
                                     m->to_client);
    if (mqtt_drill_from_client(m->drill, m->in, m->drilled) != 0)
        return fall_short(m);
    return mqtt_gate_from_client(m->gate, m->drilled, m->to_broker,
                                 m->to_client);
}

static int data_pass(struct mqtt *m, const uint8_t *data, size_t size)
{
    int ended = client_take(m, data, size);
    size_t before = evbuffer_get_length(m->in);
    int status = gate_pass(m);

    m->has_packet |= evbuffer_get_length(m->in) < before;
    if (id_take(m) != 0 || broker_send(m) != 0 || client_send(m) != 0)
        return -1;
    if (m->websocket != NULL && status != 0) {
        websocket_end(m->websocket, m->wrapped);
        pieces_send(m, m->wrapped);
    }
    return ended || status ? -1 : 0;
}

static int mqtt_on_data(struct conn *c, void *state, const uint8_t *data,
                        size_t size)
{
    struct mqtt *m = state;
    int status;

    if ((m->gate == NULL && gate_open(m, c) != 0) || buffers_open(m) != 0)
        return -1;
    status = data_pass(m, data, size);
    buffers_close(m);
    return status;
}

static void mqtt_on_room(struct conn *c, void *state)
{
    struct mqtt *m = state;

    (void)c;
    if (m->upstream != NULL)
        upstream_pause(m->upstream, 0);
}

static void mqtt_on_silence(struct conn *c, void *state)
{
    (void)c;
    gate_end(state, mqtt_gate_silent);
}

/* Half a packet keeps nobody alive. */
static int mqtt_patience_ms(void *state)
{
    struct mqtt *m = state;
    unsigned seconds;

    if (!m->has_packet)
        return PATIENCE_AS_IT_WAS;
    seconds = mqtt_gate_patience(m->gate);
    m->has_packet = 0;
    if (seconds == 0)
        return PATIENCE_OF_THE_ENDPOINT;
    return seconds > INT_MAX / 1000 ? INT_MAX : (int)seconds * 1000;
}

static void mqtt_on_end(struct conn *c, void *state)
{
    struct mqtt *m = state;

    upstream_finish(m->upstream);
    m->upstream = NULL;
    clients_leave(&loop_shared(conn_loop(c))->clients, &m->hold);
}

static int websocket_describe(const struct mqtt *m, json_t *application)
{
    const struct websocket_facts *f = websocket_facts(m->websocket);

    return json_object_set_new(
        application, "websocket",
        json_pack("{s:o, s:i, s:i}", "path", codec_string(f->path), "status",
                  f->status, "close_code", f->close_code));
}

static int mqtt_describe(void *state, json_t *application)
{
    struct mqtt *m = state;
    const struct mqtt_gate_facts *f;
    json_t *mqtt;

    if (m->gate == NULL)
        return json_object_set_new(application, "mqtt", json_null());
    if (m->websocket != NULL && websocket_describe(m, application) != 0)
        return -1;
    f = mqtt_gate_facts(m->gate);
    mqtt = json_pack(
        "{s:o, s:i, s:i, s:b, s:o, s:[i,i], s:[i,i], s:i, s:s?, s:s?}",
        "client_id", codec_string(f->client_id), "version", f->version,
        "keep_alive", (int)f->keep_alive, "clean", f->clean, "connack",
        f->connack < 0 ? json_null() : json_integer(f->connack), "published",
        (int)f->published[0], (int)f->published[1], "received",
        (int)f->received[0], (int)f->received[1], "subscribed",
        (int)f->subscribed, "closed_for", f->closed_for, "broker", m->lost);
    if (m->drill != NULL &&
        json_object_set_new(mqtt, "drill", mqtt_drill_json(m->drill)) != 0) {
        json_decref(mqtt);
        return -1;
    }
    return json_object_set_new(application, "mqtt", mqtt);
}

static void mqtt_clear(void *state)
{
    struct mqtt *m = state;
    struct evbuffer *const buffers[] = {m->in,      m->to_client, m->to_broker,
                                        m->drilled, m->raw,       m->wrapped};

    if (m->holder != NULL)
        authority_of(m)->holder_free(m->holder);
    free(m->server_name);
    mqtt_gate_free(m->gate);
    websocket_free(m->websocket);
    if (m->drill != NULL)
        mqtt_drill_clear(m->drill);
    free(m->drill);
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        if (buffers[i] != NULL)
            evbuffer_free(buffers[i]);
}

static void *settings_new(json_t *application, const char *state_id)
{
    return mqtt_settings_new(application, state_id);
}

static void settings_free(void *settings)
{
    mqtt_settings_free(settings);
}

const struct application application_mqtt = {
    .name = "mqtt",
    .state_size = sizeof(struct mqtt),
    .settings_new = settings_new,
    .settings_free = settings_free,
    .on_data = mqtt_on_data,
    .on_room = mqtt_on_room,
    .patience_ms = mqtt_patience_ms,
    .on_silence = mqtt_on_silence,
    .on_end = mqtt_on_end,
    .describe = mqtt_describe,
    .clear = mqtt_clear,
};
