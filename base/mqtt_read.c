/* Reading packets. A reader that has gone beyond the end stays bad, so that
 * each function asks once, at its end. */
#include "base/mqtt.h"

#include <string.h>

#include "base/utf8.h"

struct reader {
    const uint8_t *data;
    size_t size, at;
    int bad;
};

static struct reader reader_of(const struct mqtt_packet *p)
{
    return (struct reader){p->body.data, p->body.size, 0, 0};
}

static size_t left(const struct reader *r)
{
    return r->bad ? 0 : r->size - r->at;
}

static struct mqtt_text take(struct reader *r, size_t size)
{
    struct mqtt_text t = {r->data + r->at, size};

    if (size > left(r)) {
        r->bad = 1;
        return (struct mqtt_text){NULL, 0};
    }
    r->at += size;
    return t;
}

static unsigned number(struct reader *r, size_t bytes)
{
    struct mqtt_text t = take(r, bytes);
    unsigned value = 0;

    for (size_t i = 0; i < t.size; i++)
        value = value << 8 | t.data[i];
    return value;
}

/* A number of one to four bytes (section 1.5.5). */
static size_t variable(struct reader *r)
{
    size_t value = 0;

    for (unsigned shift = 0; shift < 28; shift += 7) {
        unsigned byte = number(r, 1);

        value |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    r->bad = 1;
    return 0;
}

static struct mqtt_text binary(struct reader *r)
{
    return take(r, number(r, 2));
}

/* "A UTF-8 Encoded String MUST NOT include an encoding of the null character
 * U+0000" (section 1.5.4): utf8_size knows none. */
static struct mqtt_text string(struct reader *r)
{
    struct mqtt_text t = binary(r);

    for (size_t i = 0; i < t.size;) {
        size_t n = utf8_size(t.data + i, t.size - i);

        if (n == 0) {
            r->bad = 1;
            break;
        }
        i += n;
    }
    return t;
}

/* --- Properties of 5.0 --- */

enum kind { NONE, BYTE, TWO, FOUR, VARIABLE, BINARY, STRING, PAIR };

/* Table 2-4, by identifier. */
static const uint8_t kinds[] = {
    [0x01] = BYTE,   [0x02] = FOUR,     [0x03] = STRING, [0x08] = STRING,
    [0x09] = BINARY, [0x0b] = VARIABLE, [0x11] = FOUR,   [0x12] = STRING,
    [0x13] = TWO,    [0x15] = STRING,   [0x16] = BINARY, [0x17] = BYTE,
    [0x18] = FOUR,   [0x19] = BYTE,     [0x1a] = STRING, [0x1c] = STRING,
    [0x1f] = STRING, [0x21] = TWO,      [0x22] = TWO,    [0x23] = TWO,
    [0x24] = BYTE,   [0x25] = BYTE,     [0x26] = PAIR,   [0x27] = FOUR,
    [0x28] = BYTE,   [0x29] = BYTE,     [0x2a] = BYTE,
};

enum {
    SUBSCRIPTION_ID = 0x0b,
    SESSION_EXPIRY = 0x11,
    ASSIGNED_CLIENT_ID = 0x12,
    SERVER_KEEP_ALIVE = 0x13,
    TOPIC_ALIAS = 0x23,
    USER_PROPERTY = 0x26
};

static long value_of(struct reader *r, enum kind kind, struct mqtt_text *text)
{
    switch (kind) {
    case BYTE:
        return (long)number(r, 1);
    case TWO:
        return (long)number(r, 2);
    case FOUR:
        return (long)number(r, 4);
    case VARIABLE:
        return (long)variable(r);
    case BINARY:
        *text = binary(r);
        return 0;
    case PAIR:
        string(r);
        string(r);
        return 0;
    case STRING:
        *text = string(r);
        return 0;
    case NONE:
        break;
    }
    r->bad = 1;
    return 0;
}

static void property(struct reader *r, uint64_t *seen,
                     struct mqtt_properties *out)
{
    size_t id = variable(r);
    enum kind kind = id < sizeof kinds ? (enum kind)kinds[id] : NONE;
    struct mqtt_text text = {NULL, 0};
    long value = value_of(r, kind, &text);

    if (r->bad)
        return;
    if ((*seen >> id & 1) && id != USER_PROPERTY && id != SUBSCRIPTION_ID)
        r->bad = 1;
    *seen |= (uint64_t)1 << id;
    if (id == TOPIC_ALIAS)
        out->topic_alias = value;
    else if (id == SESSION_EXPIRY)
        out->session_expiry = value;
    else if (id == SERVER_KEEP_ALIVE)
        out->server_keep_alive = value;
    else if (id == ASSIGNED_CLIENT_ID)
        out->assigned_client_id = text;
}

static void properties_none(struct mqtt_properties *out)
{
    *out = (struct mqtt_properties){-1, -1, -1, {NULL, 0}};
}

static void properties(struct reader *r, int version,
                       struct mqtt_properties *out)
{
    struct mqtt_text all;
    struct reader in;
    uint64_t seen = 0;

    properties_none(out);
    if (version != MQTT_5_0)
        return;
    all = take(r, variable(r));
    in = (struct reader){all.data, all.size, 0, r->bad};
    while (left(&in) > 0)
        property(&in, &seen, out);
    r->bad |= in.bad;
}

static int end_of(const struct reader *r)
{
    return r->bad || r->at != r->size ? -1 : 0;
}

/* --- Packets --- */

/* "Where a flag bit is marked as Reserved ... it ... MUST be set to the value
 * listed" (section 2.1.3) */
static int flags_fit(unsigned type, unsigned flags)
{
    if (type == MQTT_PUBLISH)
        return (flags >> 1 & 3) != 3;
    if (type == MQTT_PUBREL || type == MQTT_SUBSCRIBE ||
        type == MQTT_UNSUBSCRIBE)
        return flags == 2;
    return type != 0 && flags == 0;
}

int mqtt_packet_next(const uint8_t *data, size_t size, struct mqtt_packet *out)
{
    struct reader r = {data, size, 0, 0};
    size_t head = size < MQTT_HEADER_MAX ? size : MQTT_HEADER_MAX;
    size_t end = 1;
    size_t body;

    memset(out, 0, sizeof *out);
    if (size == 0)
        return 0;
    out->type = (enum mqtt_type)(data[0] >> 4);
    out->flags = data[0] & 15;
    if (!flags_fit(out->type, out->flags))
        return -1;
    while (end < head && (data[end] & 0x80))
        end++;
    if (end == MQTT_HEADER_MAX)
        return -1;
    if (end == size)
        return 0;
    r.at = 1;
    body = variable(&r);
    out->size = r.at + body;
    out->body = (struct mqtt_text){data + r.at, body};
    return size >= out->size;
}

static void will_read(struct reader *r, struct mqtt_connect *out)
{
    struct mqtt_properties unused;

    properties(r, out->version, &unused);
    out->will_topic = string(r);
    out->will_payload = binary(r);
}

static int is_text(struct mqtt_text t, const char *string)
{
    return t.size == strlen(string) && memcmp(t.data, string, t.size) == 0;
}

int mqtt_connect_read(const struct mqtt_packet *p, struct mqtt_connect *out)
{
    struct reader r = reader_of(p);
    struct mqtt_text name = string(&r);
    int level = (int)number(&r, 1);
    unsigned flags;

    memset(out, 0, sizeof *out);
    properties_none(&out->properties);
    if (r.bad)
        return -1;
    if (is_text(name, "MQIsdp"))
        out->version = MQTT_3_1;
    else if (is_text(name, "MQTT"))
        out->version = level;
    if (out->version != MQTT_3_1_1 && out->version != MQTT_5_0)
        return 0;
    flags = number(&r, 1);
    out->clean = flags >> 1 & 1;
    out->has_will = flags >> 2 & 1;
    out->will_qos = (int)(flags >> 3 & 3);
    out->will_retain = flags >> 5 & 1;
    out->keep_alive_at = r.at;
    out->keep_alive = number(&r, 2);
    /* "The Server MUST validate that the reserved flag ... is set to 0"
     * (section 3.1.2.3); a will's bits without a will (3.1.2.6). */
    if ((flags & 1) || out->will_qos == 3 ||
        (!out->has_will && (out->will_qos || out->will_retain)) ||
        (out->version == MQTT_3_1_1 && (flags & 0x40) && !(flags & 0x80)))
        return -1;
    properties(&r, out->version, &out->properties);
    out->client_id = string(&r);
    if (out->has_will)
        will_read(&r, out);
    if (flags & 0x80)
        out->user = string(&r);
    if (flags & 0x40)
        out->password = binary(&r);
    return end_of(&r);
}

int mqtt_connack_read(const struct mqtt_packet *p, int version,
                      struct mqtt_connack *out)
{
    struct reader r = reader_of(p);
    unsigned flags = number(&r, 1);

    memset(out, 0, sizeof *out);
    out->session_present = (int)flags;
    out->code = (int)number(&r, 1);
    properties(&r, version, &out->properties);
    return flags > 1 ? -1 : end_of(&r);
}

int mqtt_publish_read(const struct mqtt_packet *p, int version,
                      struct mqtt_publish *out)
{
    struct reader r = reader_of(p);

    memset(out, 0, sizeof *out);
    out->dup = p->flags >> 3 & 1;
    out->qos = (int)(p->flags >> 1 & 3);
    out->retain = p->flags & 1;
    out->topic = string(&r);
    if (out->qos > 0)
        out->id = number(&r, 2);
    properties(&r, version, &out->properties);
    if (r.bad || (out->qos > 0 && out->id == 0) ||
        (out->qos == 0 && out->dup) ||
        (out->topic.size == 0 && out->properties.topic_alias < 0) ||
        (out->topic.size > 0 &&
         (memchr(out->topic.data, '+', out->topic.size) ||
          memchr(out->topic.data, '#', out->topic.size))))
        return -1;
    out->payload = take(&r, left(&r));
    return 0;
}

/* A code and properties, of which the end may be left out (section 3.4.2.1). */
static int code_and_properties(struct reader *r, int version, int *code)
{
    struct mqtt_properties unused;

    *code = 0;
    if (version == MQTT_5_0 && left(r) > 0)
        *code = (int)number(r, 1);
    if (version == MQTT_5_0 && left(r) > 0)
        properties(r, version, &unused);
    return end_of(r);
}

int mqtt_ack_read(const struct mqtt_packet *p, int version,
                  struct mqtt_ack *out)
{
    struct reader r = reader_of(p);

    out->id = number(&r, 2);
    return out->id == 0 ? -1 : code_and_properties(&r, version, &out->code);
}

int mqtt_filters_read(const struct mqtt_packet *p, int version,
                      struct mqtt_filters *out)
{
    struct reader r = reader_of(p);
    struct mqtt_properties unused;

    out->id = number(&r, 2);
    out->packet = p;
    properties(&r, version, &unused);
    out->at = r.at;
    return r.bad || out->id == 0 || left(&r) == 0 ? -1 : 0;
}

int mqtt_filters_next(struct mqtt_filters *f, int version,
                      struct mqtt_filter *out)
{
    struct reader r = reader_of(f->packet);
    unsigned options;

    memset(out, 0, sizeof *out);
    r.at = f->at;
    if (left(&r) == 0)
        return 0;
    out->topic = string(&r);
    if (f->packet->type == MQTT_SUBSCRIBE) {
        options = number(&r, 1);
        out->qos = (int)(options & 3);
        out->no_local = options >> 2 & 1;
        out->as_published = options >> 3 & 1;
        out->retain_handling = (int)(options >> 4 & 3);
        if (options > (version == MQTT_5_0 ? 0x3fu : 3u) || out->qos == 3 ||
            out->retain_handling == 3)
            return -1;
    }
    f->at = r.at;
    return r.bad || out->topic.size == 0 ? -1 : 1;
}

int mqtt_suback_read(const struct mqtt_packet *p, int version,
                     struct mqtt_suback *out)
{
    struct reader r = reader_of(p);
    struct mqtt_properties unused;

    out->id = number(&r, 2);
    properties(&r, version, &unused);
    out->codes = take(&r, left(&r));
    return r.bad || out->id == 0 ? -1 : 0;
}

int mqtt_code_read(const struct mqtt_packet *p, int version, int *code)
{
    struct reader r = reader_of(p);

    return code_and_properties(&r, version, code);
}

struct mqtt_text mqtt_text(const char *string)
{
    return (struct mqtt_text){(const uint8_t *)string, strlen(string)};
}
