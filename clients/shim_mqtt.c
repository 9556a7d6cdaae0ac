/* Client: CONNECT, then SUBSCRIBE, then PUBLISH with QoS 1; broker: CONNACK,
 * SUBACK, then PUBACK and the message itself in any order. In a kept session a
 * message may come as soon as CONNACK has; the first one is acknowledged, the
 * others stay the broker's for the next time. */
#include "clients/shim_mqtt.h"

#include <string.h>

#include "base/mqtt.h"
#include "clients/shim.h"

enum { /* heard */
       CONNACK = 1,
       SUBACK = 2,
       PUBACK = 4,
       MESSAGE = 8
};
enum { /* said */
       NOTHING,
       CONNECT,
       SUBSCRIBE,
       PUBLISH,
       GOODBYE
};
enum { SUBSCRIBE_ID = 1, PUBLISH_ID = 2, FAILURE = 0x80 };

size_t shim_mqtt_room(const struct shim_mqtt *m)
{
    return sizeof m->in - m->in_size;
}

static enum shim_mqtt_next refuse(struct shim_mqtt *m, const char *what,
                                  int code)
{
    m->refused = what;
    m->code = code;
    return SHIM_MQTT_REFUSED;
}

static enum shim_mqtt_next on_connack(struct shim_mqtt *m,
                                      const struct mqtt_packet *p)
{
    struct mqtt_connack c;

    if (m->said < CONNECT || m->heard != 0 ||
        mqtt_connack_read(p, m->version, &c) != 0)
        return SHIM_MQTT_BAD;
    m->heard = CONNACK;
    return c.code == 0 ? SHIM_MQTT_READ : refuse(m, "CONNACK", c.code);
}

static enum shim_mqtt_next on_suback(struct shim_mqtt *m,
                                     const struct mqtt_packet *p)
{
    struct mqtt_suback s;

    if (m->said < SUBSCRIBE || m->heard != CONNACK ||
        mqtt_suback_read(p, m->version, &s) != 0 || s.id != SUBSCRIBE_ID ||
        s.codes.size != 1)
        return SHIM_MQTT_BAD;
    m->heard |= SUBACK;
    return s.codes.data[0] < FAILURE ? SHIM_MQTT_READ
                                     : refuse(m, "SUBACK", s.codes.data[0]);
}

static enum shim_mqtt_next on_puback(struct shim_mqtt *m,
                                     const struct mqtt_packet *p)
{
    struct mqtt_ack a;

    if (m->said < PUBLISH || m->heard & PUBACK ||
        mqtt_ack_read(p, m->version, &a) != 0 || a.id != PUBLISH_ID)
        return SHIM_MQTT_BAD;
    m->heard |= PUBACK;
    return a.code < FAILURE ? SHIM_MQTT_READ : refuse(m, "PUBACK", a.code);
}

/* The client id from its end, where it differs from others'. */
static uint8_t payload_at(const struct shim_mqtt *m, size_t i)
{
    size_t size = strlen(m->client_id);

    return (uint8_t)m->client_id[size - 1 - i % size];
}

static int is_own(const struct shim_mqtt *m, struct mqtt_text payload)
{
    size_t i = 0;

    while (i < payload.size && payload.data[i] == payload_at(m, i))
        i++;
    return payload.size == m->payload && i == payload.size;
}

/* Of a session, which takes one. */
static enum shim_mqtt_next keep_message(struct shim_mqtt *m,
                                        const struct mqtt_publish *d)
{
    if (m->has_message || m->session->wait_ms == 0 || m->waits_no_longer)
        return SHIM_MQTT_READ;
    if (d->topic.size > SHIM_MQTT_TOPIC || d->payload.size > SHIM_MQTT_PAYLOAD)
        return SHIM_MQTT_BAD;
    memcpy(m->topic_heard, d->topic.data, d->topic.size);
    m->topic_heard[d->topic.size] = '\0';
    if (d->payload.size > 0)
        memcpy(m->payload_heard, d->payload.data, d->payload.size);
    m->payload_heard[d->payload.size] = '\0';
    m->has_message = 1;
    m->ack_due = d->qos == 1;
    m->ack_id = d->id;
    return SHIM_MQTT_READ;
}

/* Others may publish to the topic, too. */
static enum shim_mqtt_next on_message(struct shim_mqtt *m,
                                      const struct mqtt_packet *p)
{
    struct mqtt_publish d;

    if (!(m->heard & CONNACK) || mqtt_publish_read(p, m->version, &d) != 0 ||
        d.qos > (m->session != NULL))
        return SHIM_MQTT_BAD;
    if (m->session)
        return keep_message(m, &d);
    if (m->said >= PUBLISH && is_own(m, d.payload))
        m->heard |= MESSAGE;
    return SHIM_MQTT_READ;
}

static enum shim_mqtt_next on_packet(struct shim_mqtt *m,
                                     const struct mqtt_packet *p)
{
    int code = 0;

    switch (p->type) {
    case MQTT_CONNACK:
        return on_connack(m, p);
    case MQTT_SUBACK:
        return on_suback(m, p);
    case MQTT_PUBACK:
        return on_puback(m, p);
    case MQTT_PUBLISH:
        return on_message(m, p);
    case MQTT_DISCONNECT: /* 5.0 only */
        if (m->version != MQTT_5_0 || mqtt_code_read(p, m->version, &code) != 0)
            return SHIM_MQTT_BAD;
        return refuse(m, "DISCONNECT", code);
    default:
        return SHIM_MQTT_BAD;
    }
}

/* Takes what stands whole in `in`. */
static enum shim_mqtt_next take(struct shim_mqtt *m)
{
    enum shim_mqtt_next next = SHIM_MQTT_READ;
    struct mqtt_packet p;
    size_t at = 0;
    int whole;

    while ((whole = mqtt_packet_next(m->in + at, m->in_size - at, &p)) == 1) {
        next = on_packet(m, &p);
        if (next != SHIM_MQTT_READ)
            return next;
        at += p.size;
    }
    if (whole < 0 || p.size > sizeof m->in)
        return SHIM_MQTT_BAD;
    memmove(m->in, m->in + at, m->in_size - at);
    m->in_size -= at;
    return SHIM_MQTT_READ;
}

static enum shim_mqtt_next say(struct shim_mqtt *m, int what, size_t size)
{
    m->said = what;
    m->out_size = size;
    return size > 0 ? SHIM_MQTT_SAID : SHIM_MQTT_BAD;
}

static enum shim_mqtt_next say_connect(struct shim_mqtt *m)
{
    const struct mqtt_connect c = {.version = m->version,
                                   .clean = m->session == NULL,
                                   .keep_alive = m->keep_alive,
                                   .client_id = mqtt_text(m->client_id),
                                   .properties = {-1, -1, -1, {NULL, 0}}};

    return say(m, CONNECT, mqtt_connect_write(m->out, sizeof m->out, &c));
}

static enum shim_mqtt_next say_subscribe(struct shim_mqtt *m)
{
    const char *topic =
        m->session ? m->session->filters[m->filter++] : m->topic;
    const struct mqtt_filter f = {.topic = mqtt_text(topic),
                                  .qos = m->session != NULL};

    m->heard &= ~SUBACK;
    return say(m, SUBSCRIBE,
               mqtt_subscribe_write(m->out, sizeof m->out, m->version,
                                    SUBSCRIBE_ID, &f));
}

static enum shim_mqtt_next say_publish(struct shim_mqtt *m)
{
    static uint8_t own[SHIM_MQTT_PAYLOAD];
    const struct shim_session *s = m->session;
    struct mqtt_publish p = {.qos = 1,
                             .id = PUBLISH_ID,
                             .topic = mqtt_text(s ? s->topic : m->topic),
                             .payload = {own, m->payload},
                             .properties = {-1, -1, -1, {NULL, 0}}};

    if (s)
        p.payload = mqtt_text(s->payload);
    for (size_t i = 0; !s && i < m->payload; i++)
        own[i] = payload_at(m, i);
    return say(m, PUBLISH,
               mqtt_publish_write(m->out, sizeof m->out, m->version, &p));
}

/* Of a session: all but the message that it waits for. */
static int is_session_said(const struct shim_mqtt *m)
{
    const struct shim_session *s = m->session;

    return m->heard & CONNACK && !s->filters[m->filter] &&
           (m->filter == 0 || m->heard & SUBACK) &&
           (!s->topic || m->heard & PUBACK);
}

int shim_mqtt_waits(const struct shim_mqtt *m)
{
    return m->session && is_session_said(m) && !m->has_message;
}

static enum shim_mqtt_next session_go(struct shim_mqtt *m)
{
    const struct shim_session *s = m->session;

    if (m->ack_due) {
        m->ack_due = 0;
        return say(m, m->said,
                   mqtt_ack_write(m->out, sizeof m->out, m->version,
                                  MQTT_PUBACK, m->ack_id, 0));
    }
    if (is_session_said(m))
        return m->has_message || m->waits_no_longer || s->wait_ms == 0
                   ? say(m, GOODBYE,
                         mqtt_plain_write(m->out, sizeof m->out,
                                          MQTT_DISCONNECT))
                   : SHIM_MQTT_READ;
    if (!(m->heard & CONNACK) || (m->said == SUBSCRIBE && !(m->heard & SUBACK)))
        return SHIM_MQTT_READ;
    if (s->filters[m->filter])
        return say_subscribe(m);
    return m->said == PUBLISH ? SHIM_MQTT_READ : say_publish(m);
}

enum shim_mqtt_next shim_mqtt_go(struct shim_mqtt *m)
{
    enum shim_mqtt_next next = take(m);
    int all = CONNACK | (m->topic ? SUBACK | PUBACK | MESSAGE : 0);

    m->out_size = 0;
    if (next != SHIM_MQTT_READ)
        return next;
    if (m->said == NOTHING)
        return say_connect(m);
    if (m->said == GOODBYE)
        return SHIM_MQTT_DONE;
    if (m->session)
        return session_go(m);
    if (m->heard == all)
        return say(m, GOODBYE,
                   mqtt_plain_write(m->out, sizeof m->out, MQTT_DISCONNECT));
    if (m->said == CONNECT && m->heard & CONNACK)
        return say_subscribe(m);
    if (m->said == SUBSCRIBE && m->heard & SUBACK)
        return say_publish(m);
    return SHIM_MQTT_READ;
}
