/* MQTT from hostile clients and brokers through the gate: whatever comes, and
 * however it is cut, the same goes on, and what goes on to the broker is whole
 * packets. The first byte says where to cut, the second where the broker's part
 * begins. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "base/mqtt.h"
#include "server/app/mqtt_gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct mqtt_rules rules;
    struct mqtt_gate *gate;
    struct evbuffer *in, *from, *on, *down, *back, *up;
    int ended;
};

static void client(struct run *r, const uint8_t *data, size_t size)
{
    if (r->ended)
        return;
    evbuffer_add(r->in, data, size);
    r->ended = mqtt_gate_from_client(r->gate, r->in, r->on, r->back) != 0;
}

static void broker(struct run *r, const uint8_t *data, size_t size)
{
    if (r->ended)
        return;
    evbuffer_add(r->from, data, size);
    r->ended = mqtt_gate_from_broker(r->gate, r->from, r->down, r->up) != 0;
}

static void run_begin(struct run *r)
{
    mqtt_rules_default(&r->rules);
    r->rules.payload_bytes = 200;
    r->gate = mqtt_gate_new(&r->rules, NULL, NULL);
    r->in = evbuffer_new();
    r->from = evbuffer_new();
    r->on = evbuffer_new();
    r->down = evbuffer_new();
    r->back = evbuffer_new();
    r->up = evbuffer_new();
    r->ended = 0;
    if (r->gate == NULL || r->up == NULL)
        abort();
}

static void run_end(struct run *r)
{
    mqtt_gate_free(r->gate);
    evbuffer_free(r->in);
    evbuffer_free(r->from);
    evbuffer_free(r->on);
    evbuffer_free(r->down);
    evbuffer_free(r->back);
    evbuffer_free(r->up);
}

static int same(struct evbuffer *a, struct evbuffer *b)
{
    size_t size = evbuffer_get_length(a);

    return size == evbuffer_get_length(b) &&
           (size == 0 ||
            memcmp(evbuffer_pullup(a, -1), evbuffer_pullup(b, -1), size) == 0);
}

static void whole_packets(struct evbuffer *b)
{
    while (evbuffer_get_length(b) > 0) {
        struct mqtt_packet p;

        if (mqtt_packet_next(evbuffer_pullup(b, -1), evbuffer_get_length(b),
                             &p) != 1)
            abort();
        evbuffer_drain(b, p.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run a, b;
    size_t first, cut;

    if (size < 4)
        return 0;
    first = data[1] % (size - 2);
    cut = first ? data[0] % first : 0;
    run_begin(&a);
    run_begin(&b);
    client(&a, data + 2, first);
    broker(&a, data + 2 + first, size - 2 - first);
    client(&b, data + 2, cut);
    client(&b, data + 2 + cut, first - cut);
    cut = data[0] % (size - 2 - first);
    broker(&b, data + 2 + first, cut);
    broker(&b, data + 2 + first + cut, size - 2 - first - cut);
    if (a.ended != b.ended || !same(a.on, b.on) || !same(a.down, b.down) ||
        !same(a.back, b.back) || !same(a.up, b.up))
        abort();
    whole_packets(a.on);
    whole_packets(a.down);
    whole_packets(a.back);
    whole_packets(a.up);
    run_end(&a);
    run_end(&b);
    return 0;
}
