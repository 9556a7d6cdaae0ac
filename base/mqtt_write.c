/* Writing packets: the body first, behind room for the longest header, which is
 * moved to it when its size is known. */
#include "base/mqtt.h"

#include <string.h>

struct writer {
    uint8_t *data;
    size_t room, size;
    int bad;
};

static struct writer writer_of(uint8_t *to, size_t room)
{
    return (struct writer){to, room, MQTT_HEADER_MAX, room < MQTT_HEADER_MAX};
}

static void bytes(struct writer *w, const uint8_t *data, size_t size)
{
    if (w->bad || size > w->room - w->size) {
        w->bad = 1;
        return;
    }
    if (size > 0)
        memcpy(w->data + w->size, data, size);
    w->size += size;
}

static void number(struct writer *w, size_t size, unsigned value)
{
    uint8_t b[4];

    for (size_t i = 0; i < size; i++)
        b[i] = (uint8_t)(value >> 8 * (size - 1 - i));
    bytes(w, b, size);
}

static void text(struct writer *w, struct mqtt_text t)
{
    w->bad |= t.size > MQTT_TEXT_MAX;
    number(w, 2, (unsigned)t.size);
    bytes(w, t.data, t.size);
}

/* No property at all. */
static void no_properties(struct writer *w, int version)
{
    if (version == MQTT_5_0)
        number(w, 1, 0);
}

/* The remaining length of four bytes holds 268,435,455. */
static size_t finish(struct writer *w, enum mqtt_type type, unsigned flags)
{
    size_t body = w->size - MQTT_HEADER_MAX, rest = body;
    uint8_t head[MQTT_HEADER_MAX] = {(uint8_t)((unsigned)type << 4 | flags)};
    size_t n = 1;

    if (w->bad || body > 268435455)
        return 0;
    do {
        head[n] = rest & 0x7f;
        rest >>= 7;
        head[n++] |= rest ? 0x80 : 0;
    } while (rest);
    memmove(w->data + n, w->data + MQTT_HEADER_MAX, body);
    memcpy(w->data, head, n);
    return n + body;
}

static unsigned connect_flags(const struct mqtt_connect *c)
{
    return (unsigned)c->clean << 1 | (unsigned)c->has_will << 2 |
           (unsigned)c->will_qos << 3 | (unsigned)c->will_retain << 5 |
           (c->password.data ? 0x40u : 0) | (c->user.data ? 0x80u : 0);
}

size_t mqtt_connect_write(uint8_t *to, size_t room,
                          const struct mqtt_connect *c)
{
    struct writer w = writer_of(to, room);

    text(&w, mqtt_text("MQTT"));
    number(&w, 1, (unsigned)c->version);
    number(&w, 1, connect_flags(c));
    number(&w, 2, c->keep_alive);
    no_properties(&w, c->version);
    text(&w, c->client_id);
    if (c->has_will) {
        no_properties(&w, c->version);
        text(&w, c->will_topic);
        text(&w, c->will_payload);
    }
    if (c->user.data)
        text(&w, c->user);
    if (c->password.data)
        text(&w, c->password);
    return finish(&w, MQTT_CONNECT, 0);
}

size_t mqtt_connack_write(uint8_t *to, size_t room, int version,
                          int session_present, int code)
{
    struct writer w = writer_of(to, room);

    number(&w, 1, (unsigned)session_present);
    number(&w, 1, (unsigned)code);
    no_properties(&w, version);
    return finish(&w, MQTT_CONNACK, 0);
}

size_t mqtt_publish_write(uint8_t *to, size_t room, int version,
                          const struct mqtt_publish *p)
{
    struct writer w = writer_of(to, room);

    text(&w, p->topic);
    if (p->qos > 0)
        number(&w, 2, p->id);
    no_properties(&w, version);
    bytes(&w, p->payload.data, p->payload.size);
    return finish(&w, MQTT_PUBLISH,
                  (unsigned)p->dup << 3 | (unsigned)p->qos << 1 |
                      (unsigned)p->retain);
}

size_t mqtt_ack_write(uint8_t *to, size_t room, int version,
                      enum mqtt_type type, unsigned id, int code)
{
    struct writer w = writer_of(to, room);

    number(&w, 2, id);
    if (version == MQTT_5_0 && code != 0)
        number(&w, 1, (unsigned)code);
    return finish(&w, type, type == MQTT_PUBREL ? 2 : 0);
}

size_t mqtt_subscribe_write(uint8_t *to, size_t room, int version, unsigned id,
                            const struct mqtt_filter *f)
{
    struct writer w = writer_of(to, room);

    number(&w, 2, id);
    no_properties(&w, version);
    text(&w, f->topic);
    number(&w, 1,
           (unsigned)f->qos | (unsigned)f->no_local << 2 |
               (unsigned)f->as_published << 3 |
               (unsigned)f->retain_handling << 4);
    return finish(&w, MQTT_SUBSCRIBE, 2);
}

size_t mqtt_suback_write(uint8_t *to, size_t room, int version, unsigned id,
                         const uint8_t *codes, size_t count)
{
    struct writer w = writer_of(to, room);

    number(&w, 2, id);
    no_properties(&w, version);
    bytes(&w, codes, count);
    return finish(&w, MQTT_SUBACK, 0);
}

size_t mqtt_plain_write(uint8_t *to, size_t room, enum mqtt_type type)
{
    struct writer w = writer_of(to, room);

    return finish(&w, type, 0);
}

size_t mqtt_disconnect_write(uint8_t *to, size_t room, int version, int code)
{
    struct writer w = writer_of(to, room);

    if (version == MQTT_5_0 && code != 0)
        number(&w, 1, (unsigned)code);
    return finish(&w, MQTT_DISCONNECT, 0);
}
