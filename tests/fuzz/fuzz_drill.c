/* MQTT through a drill: however the client's bytes are cut, the same goes on,
 * and what came was not lost. The first byte says where to cut, the second
 * where the broker's part begins. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "server/app/mqtt_drill.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mqtt_drill_rules rules = {
    .is_there = 1,
    .withhold = 1u << MQTT_PUBACK | 1u << MQTT_SUBACK | 1u << MQTT_PINGRESP,
    .greet_bytes = 50,
    .forgets_sessions = 1};
static const struct mqtt_drill_rules greeting = {
    .is_there = 1, .withhold = 1u << MQTT_CONNACK, .greet_bytes = 9};

struct run {
    struct mqtt_drill drill;
    struct evbuffer *in, *on, *down;
};

static void run_begin(struct run *r, const struct mqtt_drill_rules *of)
{
    memset(&r->drill, 0, sizeof r->drill);
    r->drill.rules = of;
    r->in = evbuffer_new();
    r->on = evbuffer_new();
    r->down = evbuffer_new();
    if (r->down == NULL)
        abort();
}

static void client(struct run *r, const uint8_t *data, size_t size)
{
    evbuffer_add(r->in, data, size);
    if (mqtt_drill_from_client(&r->drill, r->in, r->on) != 0)
        abort();
}

static void broker(struct run *r, const uint8_t *data, size_t size)
{
    evbuffer_add(r->down, data, size);
    if (mqtt_drill_to_client(&r->drill, r->down) != 0)
        abort();
}

static void run_end(struct run *r)
{
    mqtt_drill_clear(&r->drill);
    evbuffer_free(r->in);
    evbuffer_free(r->on);
    evbuffer_free(r->down);
}

/* What went on, and then what waits. */
static int same(struct run *a, struct run *b)
{
    size_t size;

    evbuffer_add_buffer(a->on, a->in);
    evbuffer_add_buffer(b->on, b->in);
    size = evbuffer_get_length(a->on);
    return size == evbuffer_get_length(b->on) &&
           (size == 0 || memcmp(evbuffer_pullup(a->on, -1),
                                evbuffer_pullup(b->on, -1), size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct mqtt_drill_rules *of;
    struct run a, b;
    size_t first, cut;

    if (size < 4)
        return 0;
    of = data[0] & 1 ? &rules : &greeting;
    first = data[1] % (size - 2);
    cut = first ? data[0] % first : 0;
    run_begin(&a, of);
    run_begin(&b, of);
    client(&a, data + 2, first);
    client(&b, data + 2, cut);
    client(&b, data + 2 + cut, first - cut);
    broker(&a, data + 2 + first, size - 2 - first);
    broker(&b, data + 2 + first, size - 2 - first);
    client(&a, data + 2, first);
    client(&b, data + 2, first);
    if (!same(&a, &b))
        abort();
    run_end(&a);
    run_end(&b);
    return 0;
}
