/* Wire lines, member by member. What stands around the facts (who, which
 * connection, which bytes) is looked at before the facts are: it is taken
 * leniently, and what does not fit then is nobody's. */
#include "model/wire_codec.h"

#include <stdlib.h>
#include <string.h>

#include "model/codec.h"

static char *text_at(struct codec *c, const json_t *object, const char *key)
{
    return json_is_string(json_object_get(object, key))
               ? codec_text(c, object, key)
               : NULL;
}

static long long number_at(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void direction_decode(struct codec *c, const json_t *from,
                             struct wire_direction *to)
{
    to->bytes = number_at(from, "bytes");
    to->marks = text_at(c, from, "marks");
}

static void wire_decode(struct codec *c, const json_t *line,
                        struct wire_side *to)
{
    const json_t *wire = json_object_get(line, "wire");

    direction_decode(c, json_object_get(wire, "sent"), &to->sent);
    direction_decode(c, json_object_get(wire, "received"), &to->received);
}

struct shim_answer *shim_answer_decode(const char *line, size_t size)
{
    struct codec c = {"answer of a shim", 0};
    json_t *json = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *made, *message;
    struct shim_answer *a = NULL;

    if (json_is_object(json))
        a = codec_alloc(&c, 1, sizeof *a);
    if (!a)
        goto out;
    a->id = text_at(&c, json, "id");
    a->local_port = (int)number_at(json, "local_port");
    wire_decode(&c, json, &a->wire);
    made = json_object_get(json, "made");
    message = json_object_get(json, "message");
    a->key = text_at(&c, made, "key");
    a->request = text_at(&c, made, "request");
    a->topic = text_at(&c, message, "topic");
    a->message = text_at(&c, message, "payload");
    a->side = made ? NULL : shim_side_decode(json);
    if (c.failed) {
        shim_answer_release(a);
        a = NULL;
    }
out:
    json_decref(json);
    return a;
}

static enum event_kind kind_decode(const char *name)
{
    static const char *const names[] = {
        [EVENT_READY] = "ready",
        [EVENT_LISTENING] = "listening",
        [EVENT_REFUSED] = "refused",
        [EVENT_CONNECTION] = "connection",
    };

    for (int i = EVENT_READY; i <= EVENT_CONNECTION; i++)
        if (!strcmp(name, names[i]))
            return (enum event_kind)i;
    return EVENT_OTHER;
}

static void connection_decode(struct codec *c, const json_t *json,
                              struct hellos *h, struct endpoint_event *e)
{
    e->number = number_at(json, "number");
    e->peer_address = text_at(c, json, "peer_address");
    e->peer_port = (int)number_at(json, "peer_port");
    wire_decode(c, json, &e->wire);
    e->side = endpoint_side_decode(json, h);
}

struct endpoint_event *endpoint_event_decode(const char *line, size_t size,
                                             struct hellos *h)
{
    struct codec c = {"event of the endpoint", 0};
    json_t *json = json_loadb(line, size, 0, NULL);
    const char *kind = json_string_value(json_object_get(json, "event"));
    struct endpoint_event *e = NULL;

    if (kind)
        e = codec_alloc(&c, 1, sizeof *e);
    if (!e)
        goto out;
    e->kind = kind_decode(kind);
    e->state = text_at(&c, json, "state");
    e->address = text_at(&c, json, "address");
    e->port = (int)number_at(json, "port");
    e->text = text_at(&c, json, "text");
    e->harness_short = json_is_true(json_object_get(json, "harness_short"));
    if (e->kind == EVENT_CONNECTION)
        connection_decode(&c, json, h, e);
    if (c.failed) {
        endpoint_event_release(e);
        e = NULL;
    }
out:
    json_decref(json);
    return e;
}
