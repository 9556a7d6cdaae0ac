/* A broker that says anything to a device, at once or in pieces: it comes to an
 * end. (Not always to the same one: an answer may come before its question.)
 * The first byte chooses version, topic, session and pieces. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim.h"
#include "clients/shim_mqtt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The end, or SHIM_MQTT_READ where the bytes were not enough for one. */
static enum shim_mqtt_next play(struct shim_mqtt *m, const uint8_t *data,
                                size_t size, size_t piece)
{
    enum shim_mqtt_next next;
    int turns = 0;

    while ((next = shim_mqtt_go(m)) == SHIM_MQTT_SAID ||
           (next == SHIM_MQTT_READ && size > 0)) {
        size_t n = piece < size ? piece : size;

        if (++turns > 1 << 20)
            abort();
        if (next == SHIM_MQTT_SAID) {
            m->out_size = 0;
            continue;
        }
        if (shim_mqtt_room(m) < n)
            n = shim_mqtt_room(m);
        if (n == 0)
            break;
        memcpy(m->in + m->in_size, data, n);
        m->in_size += n;
        data += n;
        size -= n;
    }
    return next;
}

static const struct shim_session session = {
    .filters = {"a/b", "a/c"},
    .topic = "a/d",
    .payload = "{}",
    .wait_ms = 1000,
};
static const struct shim_session silent = {.wait_ms = 1000};

static void prepare(struct shim_mqtt *m, uint8_t way)
{
    memset(m, 0, offsetof(struct shim_mqtt, in));
    m->version = way & 1 ? 5 : 4;
    m->keep_alive = 30;
    m->client_id = "lamp";
    m->topic = way & 2 ? "a/b" : NULL;
    m->payload = way & 4 ? 100 : 0;
    if ((way & 10) == 8) {
        m->version = 4;
        m->session = way & 4 ? &session : &silent;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct shim_mqtt m;

    if (size < 2)
        return 0;
    prepare(&m, data[0]);
    play(&m, data + 1, size - 1, size);
    prepare(&m, data[0]);
    play(&m, data + 1, size - 1, 1 + (data[0] >> 3));
    return 0;
}
