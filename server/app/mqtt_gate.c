/* One function per packet that has rules. A function that closes says why
 * (`close_for`), and leaves; 5.0 clients hear a reason code first. */
#include "server/app/mqtt_gate.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "base/mqtt.h"
#include "server/app/mqtt_filters.h"
#include "server/app/mqtt_stream.h"
#include "server/app/mqtt_topic.h"

enum {
    SMALL = 64, /* bytes: what the gate itself writes */
    FILTERS_MAX =
        50,          /* kept per connection: AWS allows as many subscriptions */
    ALIASES_MAX = 8, /* AWS: topic aliases per connection */
    OVERHEAD = 70000 /* bytes of a packet beside its payload: a topic, and
                        properties as long as a string may be */
};

struct mqtt_gate {
    const struct mqtt_rules *rules;
    mqtt_permits_fn *permits;
    void *arg;
    struct mqtt_gate_facts facts;
    char *client_id;
    struct mqtt_filters_kept filters;
    struct mqtt_text *aliases; /* topics by number; NULL: there was none */
    unsigned patience;
    /* only during a call */
    struct evbuffer *on, *back;
};

struct mqtt_gate *mqtt_gate_new(const struct mqtt_rules *rules,
                                mqtt_permits_fn *permits, void *arg)
{
    struct mqtt_gate *g = calloc(1, sizeof *g);

    if (g == NULL)
        return NULL;
    *g = (struct mqtt_gate){
        .rules = rules, .permits = permits, .arg = arg, .facts.connack = -1};
    return g;
}

void mqtt_gate_free(struct mqtt_gate *g)
{
    if (g == NULL)
        return;
    mqtt_filters_clear(&g->filters);
    for (size_t i = 0; g->aliases != NULL && i <= ALIASES_MAX; i++)
        free((void *)g->aliases[i].data);
    free(g->aliases);
    free(g->client_id);
    free(g);
}

const struct mqtt_gate_facts *mqtt_gate_facts(const struct mqtt_gate *g)
{
    return &g->facts;
}

unsigned mqtt_gate_patience(const struct mqtt_gate *g)
{
    return g->patience;
}

/* --- What all rules use --- */

static int close_for(struct mqtt_gate *g, const char *why)
{
    if (g->facts.closed_for == NULL)
        g->facts.closed_for = why;
    return -1;
}

static int short_of_memory(struct mqtt_gate *g)
{
    return close_for(g, "memory");
}

static int is_5(const struct mqtt_gate *g)
{
    return g->facts.version == MQTT_5_0;
}

static int add(struct mqtt_gate *g, struct evbuffer *to, const void *data,
               size_t size)
{
    return size == 0 || evbuffer_add(to, data, size) != 0 ? short_of_memory(g)
                                                          : 0;
}

static int pass(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    size_t head = p->size - p->body.size;

    return add(g, g->on, p->body.data - head, p->size);
}

/* 5.0 hears why; 3.1.1 has no words for it. */
static void disconnect(struct mqtt_gate *g, struct evbuffer *to, int code)
{
    uint8_t b[SMALL];

    if (is_5(g) && g->facts.connack == 0)
        add(g, to, b, mqtt_disconnect_write(b, sizeof b, MQTT_5_0, code));
}

static int refuse(struct mqtt_gate *g, const char *why, int code)
{
    disconnect(g, g->back, code);
    return close_for(g, why);
}

static int refuse_connect(struct mqtt_gate *g, const char *why, int version,
                          int code)
{
    uint8_t b[SMALL];

    g->facts.connack = code;
    add(g, g->back, b, mqtt_connack_write(b, sizeof b, version, 0, code));
    return close_for(g, why);
}

/* With a NUL at its end, for who is asked. */
static int permits(const struct mqtt_gate *g, enum mqtt_action action,
                   struct mqtt_text what)
{
    char *text;
    int yes;

    if (g->permits == NULL)
        return 1;
    text = strndup((const char *)what.data, what.size);
    yes = text && g->permits(g->arg, action, text);
    free(text);
    return yes;
}

/* --- CONNECT --- */

static int client_id_keep(struct mqtt_gate *g, struct mqtt_text id)
{
    free(g->client_id);
    g->client_id = strndup((const char *)id.data, id.size);
    g->facts.client_id = g->client_id;
    return g->client_id ? 0 : short_of_memory(g);
}

/* "30..1200, 0 means 1200, below 30 counts as 30, cut at 1.5x" (AWS's clients'
 * own threads). The broker would cut at its own, so it is told what counts. */
static unsigned keep_alive_of(const struct mqtt_gate *g, unsigned sent)
{
    const struct mqtt_rules *r = g->rules;

    if (sent == 0 || sent > r->keep_alive_max)
        return r->keep_alive_max;
    return sent < r->keep_alive_min ? r->keep_alive_min : sent;
}

static int connect_pass(struct mqtt_gate *g, const struct mqtt_packet *p,
                        const struct mqtt_connect *c)
{
    size_t at = p->size - p->body.size + c->keep_alive_at;
    unsigned counts = keep_alive_of(g, c->keep_alive);
    const uint8_t b[2] = {(uint8_t)(counts >> 8), (uint8_t)counts};
    const uint8_t *bytes = p->body.data - (p->size - p->body.size);

    g->patience = counts + counts / 2;
    /* Where 5.0 asks for more, the broker answers with Server Keep Alive. */
    if (c->version == MQTT_5_0 &&
        (c->keep_alive == 0 || c->keep_alive > g->rules->keep_alive_max))
        return pass(g, p);
    return add(g, g->on, bytes, at) || add(g, g->on, b, sizeof b) ||
                   add(g, g->on, bytes + at + 2, p->size - at - 2)
               ? -1
               : 0;
}

/* What is refused with a return code: the standard's own (MQTT 3.1.1 section
 * 3.1.2.2, 3.1.3.1); AWS's list for 5.0 has 85. */
static int connect_standard(struct mqtt_gate *g, const struct mqtt_connect *c)
{
    if (c->version == 0)
        return close_for(g, "malformed");
    if (c->version != MQTT_3_1_1 && c->version != MQTT_5_0)
        return c->version > MQTT_5_0
                   ? refuse_connect(g, "version", MQTT_5_0, MQTT_BAD_VERSION)
                   : refuse_connect(g, "version", MQTT_3_1_1,
                                    MQTT_RETURN_VERSION);
    if (c->client_id.size > g->rules->client_id_bytes)
        return refuse_connect(g, "client-id", c->version,
                              c->version == MQTT_5_0 ? MQTT_BAD_CLIENT_ID
                                                     : MQTT_RETURN_CLIENT_ID);
    return 0;
}

static int on_connect(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_connect c;

    if (mqtt_connect_read(p, &c) != 0)
        return close_for(g, "malformed");
    g->facts.version = c.version;
    g->facts.keep_alive = c.keep_alive;
    g->facts.clean = c.clean;
    if (connect_standard(g, &c) != 0)
        return -1;
    if (c.client_id.size > 0 && client_id_keep(g, c.client_id) != 0)
        return -1;
    /* A will with QoS 2: closed at CONNECT (espMqttClient #116). */
    if (c.has_will && c.will_qos == 2)
        return close_for(g, "will-qos-2");
    if (c.has_will &&
        (c.will_topic.size > g->rules->topic_bytes ||
         mqtt_topic_slashes(c.will_topic) > g->rules->topic_slashes))
        return close_for(g, "topic");
    if (c.has_will && c.will_payload.size > g->rules->payload_bytes)
        return close_for(g, "payload");
    if (c.version == MQTT_3_1_1 && c.keep_alive > g->rules->keep_alive_max &&
        g->rules->keep_alive_over == MQTT_OVER_CLOSE)
        return close_for(g, "keep-alive");
    /* No CONNACK: measured on AWS (ministack PR #1755). */
    if (!permits(g, MQTT_CONNECT_AS, c.client_id) ||
        (c.has_will && !permits(g, MQTT_PUBLISH_TO, c.will_topic)) ||
        (c.has_will && c.will_retain &&
         !permits(g, MQTT_RETAIN_TO, c.will_topic)))
        return close_for(g, "not-allowed");
    return connect_pass(g, p, &c);
}

/* --- PUBLISH of the client --- */

static int alias_keep(struct mqtt_gate *g, size_t number, struct mqtt_text t)
{
    uint8_t *copy = malloc(t.size);

    if (copy == NULL)
        return short_of_memory(g);
    memcpy(copy, t.data, t.size);
    free((void *)g->aliases[number].data);
    g->aliases[number].data = copy;
    g->aliases[number].size = t.size;
    return 0;
}

/* The topic behind an alias of 5.0 (section 3.3.2.3.4). */
static int alias_solve(struct mqtt_gate *g, struct mqtt_publish *m)
{
    long number = m->properties.topic_alias;

    if (number < 0)
        return 0;
    if (number == 0 || number > ALIASES_MAX)
        return refuse(g, "topic", MQTT_BAD_ALIAS);
    if (g->aliases == NULL)
        g->aliases = calloc(ALIASES_MAX + 1, sizeof(struct mqtt_text));
    if (g->aliases == NULL)
        return short_of_memory(g);
    if (m->topic.size > 0)
        return alias_keep(g, (size_t)number, m->topic);
    m->topic = g->aliases[number];
    return m->topic.size > 0 ? 0 : refuse(g, "topic", MQTT_PROTOCOL_ERROR);
}

/* "$aws/..." is the service's own; a rule may be named in it. */
static int is_reserved(struct mqtt_text topic)
{
    return mqtt_topic_begins(topic, "$") &&
           !mqtt_topic_begins(topic, "$aws/rules/");
}

static int is_topic_over(const struct mqtt_gate *g, struct mqtt_text topic)
{
    struct mqtt_text t = mqtt_topic_counted(topic);

    return t.size > g->rules->topic_bytes ||
           mqtt_topic_slashes(t) > g->rules->topic_slashes;
}

/* 3.1.1 is closed (sdk-python-v2 #260). 5.0 with QoS 1 hears PUBACK 87; that a
 * refused publish gets this one of AWS's codes is an inference. */
static int refuse_publish(struct mqtt_gate *g, const struct mqtt_publish *m,
                          const char *why, int code)
{
    uint8_t b[SMALL];

    if (!is_5(g) || m->qos == 0)
        return refuse(g, why, code);
    return add(g, g->back, b,
               mqtt_ack_write(b, sizeof b, MQTT_5_0, MQTT_PUBACK, m->id, code));
}

static int on_publish(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_publish m;

    if (mqtt_publish_read(p, g->facts.version, &m) != 0)
        return refuse(g, "malformed", MQTT_MALFORMED);
    if (m.qos == 2)
        return refuse(g, "qos-2", MQTT_QOS_UNSUPPORTED);
    /* CLIENT_ERROR; the broker would acknowledge it and drop it. */
    if (m.payload.size > g->rules->payload_bytes)
        return refuse(g, "payload", MQTT_TOO_LARGE);
    if (alias_solve(g, &m) != 0)
        return -1;
    if (is_topic_over(g, m.topic))
        return refuse_publish(g, &m, "topic", MQTT_BAD_TOPIC);
    if (is_reserved(m.topic))
        return refuse_publish(g, &m, "reserved-topic", MQTT_NOT_AUTHORIZED);
    if (!permits(g, MQTT_PUBLISH_TO, m.topic) ||
        (m.retain && !permits(g, MQTT_RETAIN_TO, m.topic)))
        return refuse_publish(g, &m, "not-allowed", MQTT_NOT_AUTHORIZED);
    g->facts.published[m.qos]++;
    return pass(g, p);
}

/* --- SUBSCRIBE, UNSUBSCRIBE --- */

/* The code of 5.0 that refuses a filter; 0: it may be. */
static int filter_refusal(struct mqtt_gate *g, const struct mqtt_filter *f,
                          const char **why)
{
    struct mqtt_text t = mqtt_topic_unshared(f->topic);

    if (f->qos == 2) {
        *why = "qos-2";
        return MQTT_QOS_UNSUPPORTED;
    }
    if (is_topic_over(g, t)) {
        *why = "topic";
        return MQTT_BAD_FILTER;
    }
    /* A client is cut for "$SYS/#" (MQTT-Explorer #17). "$aws/..." may be asked
     * for: the answers of the service's own topics come there. */
    if (mqtt_topic_begins(t, "$") && !mqtt_topic_begins(t, "$aws/")) {
        *why = "reserved-topic";
        return MQTT_NOT_AUTHORIZED;
    }
    if (!permits(g, MQTT_SUBSCRIBE_TO, t)) {
        *why = "not-allowed";
        return MQTT_NOT_AUTHORIZED;
    }
    return 0;
}

/* 3.1.1 is closed (sdk-js #125). In 5.0 one SUBACK answers for all filters: the
 * refused ones get their code, the others 80, and the broker hears of none. QoS
 * 2 has no code in AWS's SUBACK and closes. */
static int refuse_filters(struct mqtt_gate *g, unsigned id,
                          const uint8_t *codes, size_t count, const char *why)
{
    uint8_t b[2 * SMALL];

    for (size_t i = 0; i < count; i++)
        if (codes[i] == MQTT_QOS_UNSUPPORTED)
            return refuse(g, why, MQTT_QOS_UNSUPPORTED);
    if (!is_5(g))
        return close_for(g, why);
    return add(g, g->back, b,
               mqtt_suback_write(b, sizeof b, MQTT_5_0, id, codes, count));
}

static int filters_keep(struct mqtt_gate *g, struct mqtt_filters list)
{
    struct mqtt_filter f;

    while (mqtt_filters_next(&list, g->facts.version, &f) == 1)
        if (mqtt_filters_keep(&g->filters, &f) != 0)
            return short_of_memory(g);
    return 0;
}

static int on_subscribe(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_filters list, again;
    struct mqtt_filter f;
    uint8_t codes[SMALL];
    const char *why = NULL;
    size_t count = 0;
    int more;

    if (mqtt_filters_read(p, g->facts.version, &list) != 0)
        return refuse(g, "malformed", MQTT_MALFORMED);
    again = list;
    while ((more = mqtt_filters_next(&list, g->facts.version, &f)) == 1) {
        int code;

        /* 8 filters a SUBSCRIBE (AWS's own client checks it). That 5.0 hears 97
         * is an inference. */
        if (count == g->rules->filters || count == sizeof codes)
            return refuse(g, "filters", MQTT_OVER_QUOTA);
        code = filter_refusal(g, &f, &why);
        codes[count++] = (uint8_t)(code ? code : MQTT_UNSPECIFIED);
    }
    if (more < 0)
        return refuse(g, "malformed", MQTT_MALFORMED);
    if (why)
        return refuse_filters(g, list.id, codes, count, why);
    return filters_keep(g, again) || pass(g, p) ? -1 : 0;
}

static int on_unsubscribe(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_filters list;
    struct mqtt_filter f;
    int more;

    if (mqtt_filters_read(p, g->facts.version, &list) != 0)
        return refuse(g, "malformed", MQTT_MALFORMED);
    while ((more = mqtt_filters_next(&list, g->facts.version, &f)) == 1)
        mqtt_filters_drop(&g->filters, f.topic);
    return more < 0 ? refuse(g, "malformed", MQTT_MALFORMED) : pass(g, p);
}

/* --- The other packets of the client --- */

static int on_ack(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_ack a;

    return mqtt_ack_read(p, g->facts.version, &a) != 0
               ? refuse(g, "malformed", MQTT_MALFORMED)
               : pass(g, p);
}

static int on_disconnect(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    int code;

    if (mqtt_code_read(p, g->facts.version, &code) != 0)
        return refuse(g, "malformed", MQTT_MALFORMED);
    /* 04: "wishes to disconnect but requires that the Server also publishes its
     * Will Message" (section 3.14.2.1) */
    g->facts.goodbye = code != 4;
    return pass(g, p);
}

static int client_packet(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    if (g->facts.version == 0 && p->type != MQTT_CONNECT)
        return close_for(g, "no-connect");
    if (g->facts.version != 0 && g->facts.connack < 0 &&
        g->rules->wait_for_connack)
        return close_for(g, "before-connack");
    switch (p->type) {
    case MQTT_CONNECT:
        return g->facts.version == 0
                   ? on_connect(g, p)
                   : refuse(g, "second-connect", MQTT_PROTOCOL_ERROR);
    case MQTT_PUBLISH:
        return on_publish(g, p);
    case MQTT_PUBACK:
        return on_ack(g, p);
    case MQTT_SUBSCRIBE:
        return on_subscribe(g, p);
    case MQTT_UNSUBSCRIBE:
        return on_unsubscribe(g, p);
    case MQTT_PINGREQ:
        return p->body.size == 0 ? pass(g, p)
                                 : refuse(g, "malformed", MQTT_MALFORMED);
    case MQTT_DISCONNECT:
        return on_disconnect(g, p);
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP:
        return refuse(g, "qos-2", MQTT_QOS_UNSUPPORTED);
    case MQTT_AUTH: /* no extended authentication was begun */
    case MQTT_CONNACK:
    case MQTT_SUBACK:
    case MQTT_UNSUBACK:
    case MQTT_PINGRESP:
        break;
    }
    return refuse(g, "malformed", MQTT_PROTOCOL_ERROR);
}

/* --- From the broker --- */

static int on_connack(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_connack c;

    if (mqtt_connack_read(p, g->facts.version, &c) != 0)
        return close_for(g, "broker");
    g->facts.connack = c.code;
    g->filters.partly |= c.session_present;
    if (c.properties.assigned_client_id.size > 0 &&
        client_id_keep(g, c.properties.assigned_client_id) != 0)
        return -1;
    return pass(g, p);
}

static int on_delivery(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_publish m;
    uint8_t b[SMALL];

    if (mqtt_publish_read(p, g->facts.version, &m) != 0 || m.qos == 2)
        return close_for(g, "broker");
    if (mqtt_filters_due(&g->filters, &m) &&
        (m.topic.size == 0 || permits(g, MQTT_RECEIVE_FROM, m.topic))) {
        g->facts.received[m.qos]++;
        return pass(g, p);
    }
    if (m.qos == 0)
        return 0;
    return add(
        g, g->back, b,
        mqtt_ack_write(b, sizeof b, g->facts.version, MQTT_PUBACK, m.id, 0));
}

static int on_suback(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    struct mqtt_suback s;

    if (mqtt_suback_read(p, g->facts.version, &s) != 0)
        return close_for(g, "broker");
    for (size_t i = 0; i < s.codes.size; i++)
        g->facts.subscribed += s.codes.data[i] < 0x80;
    return pass(g, p);
}

static int broker_packet(struct mqtt_gate *g, const struct mqtt_packet *p)
{
    switch (p->type) {
    case MQTT_CONNACK:
        return on_connack(g, p);
    case MQTT_PUBLISH:
        return on_delivery(g, p);
    case MQTT_SUBACK:
        return on_suback(g, p);
    default:
        return pass(g, p);
    }
}

/* --- Each packet of a stream --- */

typedef int packet_fn(struct mqtt_gate *g, const struct mqtt_packet *p);

static int all(struct mqtt_gate *g, struct evbuffer *in, packet_fn *one)
{
    struct mqtt_packet p;
    int whole;

    if (g->facts.closed_for)
        return -1;
    while ((whole = mqtt_stream_packet(in, g->rules->payload_bytes + OVERHEAD,
                                       &p)) == 1) {
        if (one(g, &p) != 0)
            return -1;
        evbuffer_drain(in, p.size);
    }
    if (whole == 0)
        return 0;
    return p.size > 0 ? refuse(g, "payload", MQTT_TOO_LARGE)
                      : refuse(g, "malformed", MQTT_MALFORMED);
}

int mqtt_gate_from_client(struct mqtt_gate *g, struct evbuffer *in,
                          struct evbuffer *on, struct evbuffer *back)
{
    g->on = on;
    g->back = back;
    return all(g, in, client_packet);
}

int mqtt_gate_from_broker(struct mqtt_gate *g, struct evbuffer *in,
                          struct evbuffer *on, struct evbuffer *back)
{
    struct mqtt_packet p;
    int whole;

    g->on = on;
    g->back = back;
    while ((whole = mqtt_stream_packet(in, SIZE_MAX, &p)) == 1) {
        if (broker_packet(g, &p) != 0)
            return -1;
        evbuffer_drain(in, p.size);
    }
    return whole == 0 ? 0 : close_for(g, "broker");
}

void mqtt_gate_taken_over(struct mqtt_gate *g, struct evbuffer *back)
{
    close_for(g, "duplicate-client-id");
    disconnect(g, back, MQTT_TAKEN_OVER);
}

void mqtt_gate_silent(struct mqtt_gate *g, struct evbuffer *back)
{
    close_for(g, "keep-alive-silence");
    disconnect(g, back, MQTT_KEEP_ALIVE_OVER);
}
