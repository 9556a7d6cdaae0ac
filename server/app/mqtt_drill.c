/* One function per way of the packets. What is not understood passes as it is:
 * the gate, which is behind, says what is wrong with it. */
#include "server/app/mqtt_drill.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "base/diag.h"
#include "server/app/mqtt_stream.h"

enum {
    GREET_ID = 0xfffe, /* a broker counts from 1 */
    GREET_MAX = 1 << 20,
    CLEAN = 0x02 /* in the flags of CONNECT */
};

static const struct {
    const char *name;
    enum mqtt_type type;
} answers[] = {{"connack", MQTT_CONNACK},
               {"puback", MQTT_PUBACK},
               {"suback", MQTT_SUBACK},
               {"pingresp", MQTT_PINGRESP}};

static int answer_take(struct mqtt_drill_rules *r, const char *name,
                       const char *id)
{
    for (size_t i = 0; name != NULL && i < sizeof(answers) / sizeof(*answers);
         i++)
        if (strcmp(answers[i].name, name) == 0) {
            r->withhold |= 1u << answers[i].type;
            return 0;
        }
    diag("state %s: application.drill.withhold: connack, puback, suback, "
         "pingresp",
         id);
    return -1;
}

int mqtt_drill_take(struct mqtt_drill_rules *r, const json_t *drill,
                    const char *id)
{
    json_t *withhold = NULL, *one;
    json_int_t bytes = 0;
    json_error_t error;
    size_t i;

    if (drill == NULL)
        return 0;
    /* jansson's unpacking takes a non-const pointer and changes nothing */
    if (json_unpack_ex((json_t *)drill, &error, JSON_STRICT, "{s?o, s?I, s?b}",
                       "withhold", &withhold, "greet_bytes", &bytes,
                       "forget_session", &r->forgets_sessions) != 0) {
        diag("state %s: application.drill: %s", id, error.text);
        return -1;
    }
    if (bytes < 0 || bytes > GREET_MAX) {
        diag("state %s: application.drill.greet_bytes: 0 to %d", id, GREET_MAX);
        return -1;
    }
    json_array_foreach(withhold, i, one)
    {
        if (answer_take(r, json_string_value(one), id) != 0)
            return -1;
    }
    r->greet_bytes = (size_t)bytes;
    r->is_there = 1;
    return 0;
}

void mqtt_drill_clear(struct mqtt_drill *d)
{
    free(d->topic);
    d->topic = NULL;
}

static const uint8_t *bytes_of(const struct mqtt_packet *p)
{
    return p->body.data - (p->size - p->body.size);
}

/* A name that the filter matches: a wildcard is one level. */
static int topic_keep(struct mqtt_drill *d, struct mqtt_text filter)
{
    if (d->topic != NULL || filter.size == 0)
        return 0;
    d->topic = malloc(filter.size);
    if (d->topic == NULL)
        return -1;
    for (size_t i = 0; i < filter.size; i++)
        d->topic[i] = filter.data[i] == '+' || filter.data[i] == '#'
                          ? 'x'
                          : filter.data[i];
    d->topic_size = filter.size;
    return 0;
}

static int connect_pass(struct mqtt_drill *d, const struct mqtt_packet *p,
                        struct evbuffer *on)
{
    const uint8_t *bytes = bytes_of(p);
    struct mqtt_connect c;
    size_t at;
    uint8_t flags;

    if (mqtt_connect_read(p, &c) != 0)
        return evbuffer_add(on, bytes, p->size);
    d->version = c.version;
    d->was_clean = c.clean;
    if (!d->rules->forgets_sessions || c.keep_alive_at == 0)
        return evbuffer_add(on, bytes, p->size);
    at = p->size - p->body.size + c.keep_alive_at - 1;
    flags = bytes[at] | CLEAN;
    return evbuffer_add(on, bytes, at) != 0 || evbuffer_add(on, &flags, 1) != 0
               ? -1
               : evbuffer_add(on, bytes + at + 1, p->size - at - 1);
}

/* Is it the packet again whose answer did not come? */
static void again_note(struct mqtt_drill *d, const struct mqtt_packet *p)
{
    struct mqtt_publish m;
    struct mqtt_filters f;

    if (p->type == MQTT_PUBLISH && d->withheld_type == MQTT_PUBACK &&
        mqtt_publish_read(p, d->version, &m) == 0 && m.qos == 1)
        d->again += m.id == d->withheld_id;
    if (p->type == MQTT_SUBSCRIBE && d->withheld_type == MQTT_SUBACK &&
        mqtt_filters_read(p, d->version, &f) == 0)
        d->again += f.id == d->withheld_id;
}

static int subscribe_note(struct mqtt_drill *d, const struct mqtt_packet *p)
{
    struct mqtt_filters list;
    struct mqtt_filter f;

    return mqtt_filters_read(p, d->version, &list) == 0 &&
                   mqtt_filters_next(&list, d->version, &f) == 1
               ? topic_keep(d, f.topic)
               : 0;
}

/* 1: it answers the message that the broker never sent. */
static int is_greeting_answered(struct mqtt_drill *d,
                                const struct mqtt_packet *p)
{
    struct mqtt_ack a;

    if (p->type != MQTT_PUBACK || !d->greeted ||
        mqtt_ack_read(p, d->version, &a) != 0 || a.id != GREET_ID)
        return 0;
    d->acknowledged = 1;
    return 1;
}

static int packet_from_client(struct mqtt_drill *d, const struct mqtt_packet *p,
                              struct evbuffer *on)
{
    if (p->type == MQTT_CONNECT)
        return connect_pass(d, p, on);
    again_note(d, p);
    if (is_greeting_answered(d, p))
        return 0;
    if (p->type == MQTT_SUBSCRIBE && subscribe_note(d, p) != 0)
        return -1;
    return evbuffer_add(on, bytes_of(p), p->size);
}

int mqtt_drill_from_client(struct mqtt_drill *d, struct evbuffer *in,
                           struct evbuffer *on)
{
    struct mqtt_packet p;
    int whole = 0;

    while (!d->is_lost &&
           (whole = mqtt_stream_packet(in, GREET_MAX, &p)) == 1) {
        if (packet_from_client(d, &p, on) != 0)
            return -1;
        evbuffer_drain(in, p.size);
    }
    d->is_lost |= whole < 0;
    return d->is_lost ? evbuffer_add_buffer(on, in) : 0;
}

static int greet(struct mqtt_drill *d, struct evbuffer *out)
{
    size_t room = d->rules->greet_bytes + d->topic_size + 64, size;
    uint8_t *payload = malloc(d->rules->greet_bytes), *to = malloc(room);
    struct mqtt_publish m = {.qos = 1,
                             .topic = {d->topic, d->topic_size},
                             .id = GREET_ID,
                             .payload = {payload, d->rules->greet_bytes},
                             .properties = {-1, -1, -1, {NULL, 0}}};
    int status = -1;

    if (payload != NULL && to != NULL) {
        memset(payload, 'x', d->rules->greet_bytes);
        size = mqtt_publish_write(to, room, d->version, &m);
        d->greeted = size > 0;
        status = size > 0 ? evbuffer_add(out, to, size) : 0;
    }
    free(payload);
    free(to);
    return status;
}

static int withhold(struct mqtt_drill *d, const struct mqtt_packet *p)
{
    struct mqtt_suback s;
    struct mqtt_ack a;

    if ((d->rules->withhold & 1u << p->type) == 0)
        return 0;
    d->withheld++;
    d->withheld_type = p->type;
    if (p->type == MQTT_PUBACK && mqtt_ack_read(p, d->version, &a) == 0)
        d->withheld_id = a.id;
    if (p->type == MQTT_SUBACK && mqtt_suback_read(p, d->version, &s) == 0)
        d->withheld_id = s.id;
    return 1;
}

static int packet_to_client(struct mqtt_drill *d, const struct mqtt_packet *p,
                            struct evbuffer *out)
{
    if (withhold(d, p))
        return 0;
    if (evbuffer_add(out, bytes_of(p), p->size) != 0)
        return -1;
    return p->type == MQTT_SUBACK && d->rules->greet_bytes > 0 && !d->greeted &&
                   d->topic != NULL
               ? greet(d, out)
               : 0;
}

int mqtt_drill_to_client(struct mqtt_drill *d, struct evbuffer *packets)
{
    struct evbuffer *out = evbuffer_new();
    struct mqtt_packet p;
    int status = out == NULL ? -1 : 0;

    while (status == 0 && mqtt_stream_packet(packets, SIZE_MAX, &p) == 1) {
        status = packet_to_client(d, &p, out);
        evbuffer_drain(packets, p.size);
    }
    if (status == 0)
        status = evbuffer_prepend_buffer(packets, out);
    if (out != NULL)
        evbuffer_free(out);
    return status;
}

json_t *mqtt_drill_json(const struct mqtt_drill *d)
{
    return json_pack("{s:i, s:i, s:b, s:b, s:b}", "withheld", (int)d->withheld,
                     "again", (int)d->again, "greeted", d->greeted,
                     "acknowledged", d->acknowledged, "was_clean",
                     d->was_clean);
}
