/* Counts by QoS are lists of two. */
#include "model/mqtt_codec.h"

static void counts_decode(struct codec *c, const json_t *mqtt, const char *key,
                          unsigned counts[static 2])
{
    const json_t *list = codec_array(c, mqtt, key);

    for (size_t i = 0; i < 2; i++)
        counts[i] = (unsigned)json_integer_value(json_array_get(list, i));
}

static void drill_decode(struct codec *c, const json_t *drill,
                         struct mqtt_side *m)
{
    if (!drill)
        return;
    m->drill.there = 1;
    m->drill.withheld = (unsigned)codec_number(c, drill, "withheld", 0);
    m->drill.again = (unsigned)codec_number(c, drill, "again", 0);
    m->drill.greeted = codec_flag(c, drill, "greeted", 0);
    m->drill.acknowledged = codec_flag(c, drill, "acknowledged", 0);
    m->drill.was_clean = codec_flag(c, drill, "was_clean", 0);
}

struct mqtt_side *mqtt_side_decode(struct codec *c, const json_t *mqtt)
{
    struct mqtt_side *m = mqtt ? codec_alloc(c, 1, sizeof *m) : NULL;

    if (!m)
        return NULL;
    m->client_id = codec_text(c, mqtt, "client_id");
    m->version = (int)codec_number(c, mqtt, "version", 0);
    m->keep_alive = (unsigned)codec_number(c, mqtt, "keep_alive", 0);
    m->clean = codec_flag(c, mqtt, "clean", 0);
    m->connack = (int)codec_number(c, mqtt, "connack", -1);
    counts_decode(c, mqtt, "published", m->published);
    counts_decode(c, mqtt, "received", m->received);
    m->subscribed = (unsigned)codec_number(c, mqtt, "subscribed", 0);
    m->closed_for = codec_text(c, mqtt, "closed_for");
    m->broker = codec_text(c, mqtt, "broker");
    drill_decode(c, codec_object(c, mqtt, "drill"), m);
    return m;
}

static void counts_encode(struct codec *c, json_t *to, const char *key,
                          const unsigned counts[static 2])
{
    codec_put(c, to, key,
              json_pack("[I,I]", (json_int_t)counts[0], (json_int_t)counts[1]));
}

static void drill_encode(struct codec *c, json_t *to, const struct mqtt_side *m)
{
    json_t *drill;

    if (!m->drill.there)
        return;
    drill = json_object();
    codec_put_number(c, drill, "withheld", m->drill.withheld);
    codec_put_number(c, drill, "again", m->drill.again);
    codec_put_flag(c, drill, "greeted", m->drill.greeted);
    codec_put_flag(c, drill, "acknowledged", m->drill.acknowledged);
    codec_put_flag(c, drill, "was_clean", m->drill.was_clean);
    codec_put(c, to, "drill", drill);
}

json_t *mqtt_side_encode(struct codec *c, const struct mqtt_side *m)
{
    json_t *to = json_object();

    codec_put_text(c, to, "client_id", m->client_id);
    codec_put_number(c, to, "version", m->version);
    codec_put_number(c, to, "keep_alive", m->keep_alive);
    codec_put_flag(c, to, "clean", m->clean);
    codec_put(c, to, "connack",
              m->connack < 0 ? json_null() : json_integer(m->connack));
    counts_encode(c, to, "published", m->published);
    counts_encode(c, to, "received", m->received);
    codec_put_number(c, to, "subscribed", m->subscribed);
    codec_put_text(c, to, "closed_for", m->closed_for);
    codec_put_text(c, to, "broker", m->broker);
    drill_encode(c, to, m);
    return to;
}
