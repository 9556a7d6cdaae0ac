/* The rules of MQTT at the endpoint: each where it fires, beside a near miss
 * where it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>

#include "base/mqtt.h"
#include "server/app/mqtt_gate.h"
#include "server/app/mqtt_topic.h"

enum { ROOM = 140000 };

struct world {
    struct mqtt_rules rules;
    struct mqtt_gate *gate;
    struct evbuffer *in, *on, *back;
    int version;
    const char *forbidden; /* the topic, filter or client id that may not */
};

static int may(void *arg, enum mqtt_action action, const char *what)
{
    const struct world *w = arg;
    const char *no = action == MQTT_RETAIN_TO ? "unkept" : w->forbidden;

    return !no || strcmp(what, no) != 0;
}

static void world_new(struct world *w, int version)
{
    memset(w, 0, sizeof *w);
    mqtt_rules_default(&w->rules);
    w->gate = mqtt_gate_new(&w->rules, may, w);
    w->in = evbuffer_new();
    w->on = evbuffer_new();
    w->back = evbuffer_new();
    w->version = version;
    assert_non_null(w->gate);
}

static void world_free(struct world *w)
{
    mqtt_gate_free(w->gate);
    evbuffer_free(w->in);
    evbuffer_free(w->on);
    evbuffer_free(w->back);
}

static void drain(struct evbuffer *b)
{
    evbuffer_drain(b, evbuffer_get_length(b));
}

static int client(struct world *w, const void *data, size_t size)
{
    evbuffer_add(w->in, data, size);
    return mqtt_gate_from_client(w->gate, w->in, w->on, w->back);
}

/* The broker's stream has a buffer of its own. */
static int broker(struct world *w, const void *data, size_t size)
{
    struct evbuffer *in = evbuffer_new();
    int status;

    evbuffer_add(in, data, size);
    status = mqtt_gate_from_broker(w->gate, in, w->on, w->back);
    evbuffer_free(in);
    return status;
}

static const char *closed_for(const struct world *w)
{
    const char *why = mqtt_gate_facts(w->gate)->closed_for;

    return why ? why : "";
}

/* The reason code of the packet that the gate wrote: its last byte; 0: none. */
static int code_of(struct evbuffer *b)
{
    size_t size = evbuffer_get_length(b);

    return size ? evbuffer_pullup(b, -1)[size - 1] : 0;
}

static const struct mqtt_connect usual = {
    .clean = 1, .keep_alive = 60, .client_id = {(const uint8_t *)"thing", 5}};

static int connect_with(struct world *w, struct mqtt_connect c)
{
    uint8_t b[1024];

    if (!c.version)
        c.version = w->version;
    return client(w, b, mqtt_connect_write(b, sizeof b, &c));
}

static void connected(struct world *w, int version)
{
    uint8_t b[16];

    world_new(w, version);
    assert_int_equal(connect_with(w, usual), 0);
    assert_int_equal(
        broker(w, b, mqtt_connack_write(b, sizeof b, version, 0, 0)), 0);
    drain(w->on);
}

static struct mqtt_text repeated(char c, size_t size)
{
    static uint8_t text[ROOM];

    memset(text, c, size);
    return (struct mqtt_text){text, size};
}

static struct mqtt_text levels(size_t slashes)
{
    static uint8_t text[64];

    for (size_t i = 0; i < 2 * slashes; i += 2) {
        text[i] = 'a';
        text[i + 1] = '/';
    }
    text[2 * slashes] = 'a';
    return (struct mqtt_text){text, 2 * slashes + 1};
}

/* --- CONNECT --- */

static void connect_is_judged(void **state)
{
    static const struct {
        const char *name;
        struct mqtt_connect c;
        size_t id_size;   /* 0: usual */
        const char *why3; /* 3.1.1; NULL: goes on */
        int code3;
        const char *why5;
        int code5;
    } rows[] = {
        {"usual", {.keep_alive = 60}, 0, NULL, 0, NULL, 0},
        {"client id of 128 bytes", {.keep_alive = 60}, 128, NULL, 0, NULL, 0},
        {"of 129", {.keep_alive = 60}, 129, "client-id", 2, "client-id", 0},
        {"keep-alive 1200", {.keep_alive = 1200}, 0, NULL, 0, NULL, 0},
        {"1201", {.keep_alive = 1201}, 0, "keep-alive", 0, NULL, 0},
        {"none", {.keep_alive = 0}, 0, NULL, 0, NULL, 0},
        {"will QoS 1",
         {.has_will = 1, .will_qos = 1, .will_topic = {(uint8_t *)"t", 1}},
         0,
         NULL,
         0,
         NULL,
         0},
        {"will QoS 2",
         {.has_will = 1, .will_qos = 2, .will_topic = {(uint8_t *)"t", 1}},
         0,
         "will-qos-2",
         0,
         "will-qos-2",
         0},
        {"may not",
         {.client_id = {(uint8_t *)"no", 2}},
         0,
         "not-allowed",
         0,
         "not-allowed",
         0},
        {"a will that may not",
         {.has_will = 1, .will_topic = {(uint8_t *)"no", 2}},
         0,
         "not-allowed",
         0,
         "not-allowed",
         0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
            const char *why = version == MQTT_5_0 ? rows[i].why5 : rows[i].why3;
            struct mqtt_connect c = rows[i].c;
            struct world w;
            int status;

            world_new(&w, version);
            w.forbidden = "no";
            c.clean = 1;
            if (rows[i].id_size)
                c.client_id = repeated('i', rows[i].id_size);
            else if (!c.client_id.size)
                c.client_id = usual.client_id;
            status = connect_with(&w, c);
            if (status != (why ? -1 : 0) ||
                strcmp(closed_for(&w), why ? why : "") != 0 ||
                (evbuffer_get_length(w.on) > 0) != !why)
                fail_msg("%s, version %d: %d, '%s'", rows[i].name, version,
                         status, closed_for(&w));
            world_free(&w);
        }
}

static void refused_client_id_has_a_code(void **state)
{
    struct mqtt_connect c = usual;
    struct world w;

    (void)state;
    c.client_id = repeated('i', 129);
    world_new(&w, MQTT_3_1_1);
    connect_with(&w, c);
    assert_memory_equal(evbuffer_pullup(w.back, -1), "\x20\2\0\2", 4);
    world_free(&w);
    world_new(&w, MQTT_5_0);
    connect_with(&w, c);
    assert_memory_equal(evbuffer_pullup(w.back, -1), "\x20\3\0\x85\0", 5);
    world_free(&w);
}

static void other_versions_are_refused(void **state)
{
    struct world w;

    (void)state;
    world_new(&w, MQTT_3_1_1);
    assert_int_equal(client(&w, "\x10\x9\0\6MQIsdp\3", 11), -1);
    assert_string_equal(closed_for(&w), "version");
    assert_memory_equal(evbuffer_pullup(w.back, -1), "\x20\2\0\1", 4);
    world_free(&w);
    world_new(&w, MQTT_3_1_1);
    assert_int_equal(client(&w, "\x10\7\0\4MQTT\6", 9), -1);
    assert_int_equal(evbuffer_pullup(w.back, -1)[3], MQTT_BAD_VERSION);
    world_free(&w);
}

/* What the broker is told, and when the endpoint cuts. */
static void keep_alive_is_what_counts(void **state)
{
    static const struct {
        unsigned sent, told3, told5, patience;
    } rows[] = {
        {60, 60, 60, 90},   {5, 30, 30, 45},          {30, 30, 30, 45},
        {0, 1200, 0, 1800}, {1200, 1200, 1200, 1800}, {1201, 1200, 1201, 1800},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
            struct mqtt_connect c = usual, told;
            struct mqtt_packet p;
            struct world w;
            unsigned want = version == MQTT_5_0 ? rows[i].told5 : rows[i].told3;

            world_new(&w, version);
            w.rules.keep_alive_over = MQTT_OVER_CAP;
            c.keep_alive = rows[i].sent;
            assert_int_equal(connect_with(&w, c), 0);
            mqtt_packet_next(evbuffer_pullup(w.on, -1),
                             evbuffer_get_length(w.on), &p);
            assert_int_equal(mqtt_connect_read(&p, &told), 0);
            assert_int_equal(told.keep_alive, want);
            assert_int_equal(mqtt_gate_patience(w.gate), rows[i].patience);
            assert_int_equal(mqtt_gate_facts(w.gate)->keep_alive, rows[i].sent);
            world_free(&w);
        }
}

static void order_is_kept(void **state)
{
    struct world w;

    (void)state;
    world_new(&w, MQTT_3_1_1);
    assert_int_equal(client(&w, "\xc0\0", 2), -1);
    assert_string_equal(closed_for(&w), "no-connect");
    world_free(&w);
    connected(&w, MQTT_3_1_1);
    assert_int_equal(connect_with(&w, usual), -1);
    assert_string_equal(closed_for(&w), "second-connect");
    world_free(&w);
    world_new(&w, MQTT_3_1_1);
    connect_with(&w, usual);
    assert_int_equal(client(&w, "\xc0\0", 2), 0);
    world_free(&w);
    world_new(&w, MQTT_3_1_1);
    w.rules.wait_for_connack = 1;
    connect_with(&w, usual);
    assert_int_equal(client(&w, "\xc0\0", 2), -1);
    assert_string_equal(closed_for(&w), "before-connack");
    world_free(&w);
}

/* --- PUBLISH --- */

static void publish_is_judged(void **state)
{
    static uint8_t b[ROOM];
    const struct {
        const char *name;
        struct mqtt_text topic;
        int qos;
        size_t payload;
        const char *why;
        int code, acked, retain; /* of 5.0; acked: with QoS 1 it is a PUBACK
                                    and the connection stays */
    } rows[] = {
        {"QoS 0", mqtt_text("a"), 0, 1, NULL, 0, 0},
        {"QoS 1, may retain", mqtt_text("a"), 1, 1, NULL, 0, 0, 1},
        {"QoS 2", mqtt_text("a"), 2, 1, "qos-2", 0x9b, 0},
        {"131072 bytes", mqtt_text("a"), 1, 131072, NULL, 0, 0},
        {"131073", mqtt_text("a"), 1, 131073, "payload", 0x95, 0},
        {"seven slashes", levels(7), 0, 1, NULL, 0, 0},
        {"eight, QoS 0", levels(8), 0, 1, "topic", 0x90, 0},
        {"eight, QoS 1", levels(8), 1, 1, "topic", 0x90, 1},
        {"the service's own", mqtt_text("$aws/things/a"), 0, 1,
         "reserved-topic", 0x87, 0},
        {"a rule's own", mqtt_text("$aws/rules/r/a"), 0, 1, NULL, 0, 0},
        {"may not, QoS 0", mqtt_text("no"), 0, 1, "not-allowed", 0x87, 0},
        {"may not, QoS 1", mqtt_text("no"), 1, 1, "not-allowed", 0x87, 1},
        {"unkept", mqtt_text("unkept"), 0, 1, "not-allowed", 0x87, 0, 1},
        {"not retained", mqtt_text("unkept"), 0, 1, NULL, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
            const struct mqtt_publish m = {.qos = rows[i].qos,
                                           .retain = rows[i].retain,
                                           .id = rows[i].qos ? 5 : 0,
                                           .topic = rows[i].topic,
                                           .payload =
                                               repeated('p', rows[i].payload)};
            struct world w;
            size_t size = mqtt_publish_write(b, sizeof b, version, &m);
            int is_5 = version == MQTT_5_0;
            int stays = !rows[i].why || (is_5 && rows[i].acked);
            int status;

            connected(&w, version);
            w.forbidden = "no";
            status = client(&w, b, size);
            if (status != (stays ? 0 : -1) ||
                strcmp(closed_for(&w), stays ? "" : rows[i].why) != 0 ||
                code_of(w.back) != (is_5 ? rows[i].code : 0) ||
                evbuffer_get_length(w.on) != (rows[i].why ? 0 : size))
                fail_msg("%s, version %d: %d, '%s', code %x", rows[i].name,
                         version, status, closed_for(&w), code_of(w.back));
            world_free(&w);
        }
}

static void topic_of_256_bytes_is_the_longest(void **state)
{
    static uint8_t b[1024];

    (void)state;
    for (size_t size = 256; size <= 257; size++) {
        const struct mqtt_publish m = {.topic = repeated('t', size)};
        struct world w;

        connected(&w, MQTT_3_1_1);
        assert_int_equal(
            client(&w, b, mqtt_publish_write(b, sizeof b, MQTT_3_1_1, &m)),
            size == 256 ? 0 : -1);
        world_free(&w);
    }
}

static void alias_stands_for_its_topic(void **state)
{
    struct world w;

    (void)state;
    connected(&w, MQTT_5_0);
    w.forbidden = "no";
    assert_int_equal(client(&w, "\x30\7\0\1a\3\x23\0\1", 9), 0);
    assert_int_equal(client(&w, "\x30\6\0\0\3\x23\0\1", 8), 0);
    assert_int_equal(client(&w, "\x30\6\0\0\3\x23\0\2", 8), -1);
    assert_string_equal(closed_for(&w), "topic");
    world_free(&w);
    connected(&w, MQTT_5_0);
    assert_int_equal(client(&w, "\x30\7\0\1a\3\x23\0\x9", 9), -1);
    world_free(&w);
}

/* --- SUBSCRIBE --- */

static int subscribe(struct world *w, const char *filter, int qos)
{
    const struct mqtt_filter f = {.topic = mqtt_text(filter), .qos = qos};
    uint8_t b[512];

    return client(w, b, mqtt_subscribe_write(b, sizeof b, w->version, 3, &f));
}

static void subscribe_is_judged(void **state)
{
    static const struct {
        const char *filter;
        int qos;
        const char *why;
        int code, answered; /* of 5.0 */
    } rows[] = {
        {"a/#", 0, NULL, 0, 0},
        {"a/#", 1, NULL, 0, 0},
        {"a/#", 2, "qos-2", 0x9b, 0},
        {"$SYS/#", 0, "reserved-topic", 0x87, 1},
        {"$aws/things/a/shadow/update/accepted", 0, NULL, 0, 0},
        {"a/a/a/a/a/a/a/a", 0, NULL, 0, 0},
        {"a/a/a/a/a/a/a/a/a", 0, "topic", 0x8f, 1},
        {"$share/group/a/a/a/a/a/a/a/a", 0, NULL, 0, 0},
        {"no", 1, "not-allowed", 0x87, 1},
        {"$share/group/no", 1, "not-allowed", 0x87, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
            int is_5 = version == MQTT_5_0;
            int stays = !rows[i].why || (is_5 && rows[i].answered);
            struct world w;
            int status;

            connected(&w, version);
            w.forbidden = "no";
            status = subscribe(&w, rows[i].filter, rows[i].qos);
            if (status != (stays ? 0 : -1) ||
                strcmp(closed_for(&w), stays ? "" : rows[i].why) != 0 ||
                code_of(w.back) != (is_5 ? rows[i].code : 0) ||
                (evbuffer_get_length(w.on) > 0) != !rows[i].why)
                fail_msg("%s, QoS %d, version %d: %d, '%s', code %x",
                         rows[i].filter, rows[i].qos, version, status,
                         closed_for(&w), code_of(w.back));
            world_free(&w);
        }
}

static void eight_filters_are_the_most(void **state)
{
    (void)state;
    for (size_t count = 8; count <= 9; count++) {
        uint8_t b[64] = {0x82, (uint8_t)(2 + 4 * count), 0, 3};
        struct world w;

        for (size_t i = 0; i < count; i++)
            memcpy(b + 4 + 4 * i, "\0\1a\0", 4);
        connected(&w, MQTT_3_1_1);
        assert_int_equal(client(&w, b, 4 + 4 * count), count == 8 ? 0 : -1);
        assert_string_equal(closed_for(&w), count == 8 ? "" : "filters");
        world_free(&w);
    }
}

/* --- What the broker delivers --- */

static void delivery_is_filtered(void **state)
{
    static const struct {
        const char *name, *filter, *topic;
        int retain, arrives;
    } rows[] = {
        {"exact", "a/b", "a/b", 0, 1},
        {"retained, exact", "a/b", "a/b", 1, 1},
        {"wild", "a/#", "a/b", 0, 1},
        {"retained, wild", "a/#", "a/b", 1, 0},
        {"the level above", "a/#", "a", 0, 0},
        {"one level", "+/b", "a/b", 0, 1},
        {"may not", "#", "no", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int qos = 0; qos < 2; qos++) {
            const struct mqtt_publish m = {.qos = qos,
                                           .id = qos ? 8 : 0,
                                           .retain = rows[i].retain,
                                           .topic = mqtt_text(rows[i].topic)};
            struct world w;
            uint8_t b[64];
            size_t size = mqtt_publish_write(b, sizeof b, MQTT_3_1_1, &m);

            connected(&w, MQTT_3_1_1);
            w.forbidden = "no";
            assert_int_equal(subscribe(&w, rows[i].filter, 1), 0);
            drain(w.on);
            assert_int_equal(broker(&w, b, size), 0);
            if (evbuffer_get_length(w.on) != (rows[i].arrives ? size : 0))
                fail_msg("%s, QoS %d", rows[i].name, qos);
            /* The broker waits for it. */
            assert_int_equal(evbuffer_get_length(w.back),
                             !rows[i].arrives && qos ? 4 : 0);
            world_free(&w);
        }
}

/* A session that goes on has filters that were never seen here. */
static void continued_session_is_not_filtered(void **state)
{
    const struct mqtt_publish m = {.topic = mqtt_text("a")};
    struct world w;
    uint8_t b[64];

    (void)state;
    world_new(&w, MQTT_3_1_1);
    connect_with(&w, usual);
    broker(&w, b, mqtt_connack_write(b, sizeof b, MQTT_3_1_1, 1, 0));
    drain(w.on);
    broker(&w, b, mqtt_publish_write(b, sizeof b, MQTT_3_1_1, &m));
    assert_true(evbuffer_get_length(w.on) > 0);
    world_free(&w);
}

static void unsubscribed_is_forgotten(void **state)
{
    const struct mqtt_publish m = {.topic = mqtt_text("a")};
    struct world w;
    uint8_t b[64];

    (void)state;
    connected(&w, MQTT_3_1_1);
    subscribe(&w, "a", 0);
    assert_int_equal(client(&w, "\xa2\5\0\4\0\1a", 7), 0);
    drain(w.on);
    broker(&w, b, mqtt_publish_write(b, sizeof b, MQTT_3_1_1, &m));
    assert_int_equal(evbuffer_get_length(w.on), 0);
    world_free(&w);
}

static void facts_are_kept(void **state)
{
    const struct mqtt_gate_facts *f;
    struct world w;

    (void)state;
    connected(&w, MQTT_5_0);
    f = mqtt_gate_facts(w.gate);
    assert_string_equal(f->client_id, "thing");
    assert_int_equal(f->connack, 0);
    assert_int_equal(f->version, MQTT_5_0);
    broker(&w, "\x90\5\0\3\0\1\x87", 7);
    assert_int_equal(f->subscribed, 1);
    assert_int_equal(f->goodbye, 0);
    client(&w, "\xe0\0", 2);
    assert_int_equal(f->goodbye, 1);
    mqtt_gate_taken_over(w.gate, w.back);
    assert_int_equal(code_of(w.back), MQTT_TAKEN_OVER);
    assert_string_equal(f->closed_for, "duplicate-client-id");
    world_free(&w);
}

static void filter_matches(void **state)
{
    static const struct {
        const char *filter, *topic;
        int matches;
    } rows[] = {
        {"a", "a", 1},        {"a", "b", 0},           {"a", "ab", 0},
        {"#", "a/b", 1},      {"+", "a", 1},           {"+", "a/b", 0},
        {"a/+", "a/", 1},     {"a/+", "a", 0},         {"a/#", "a", 0},
        {"a/#", "a/b/c", 1},  {"+/+", "/a", 1},        {"#", "$aws/a", 0},
        {"+/a", "$aws/a", 0}, {"$aws/#", "$aws/a", 1}, {"a//b", "a//b", 1},
        {"a/b", "a", 0},      {"a", "a/b", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (mqtt_topic_matches(mqtt_text(rows[i].filter),
                               mqtt_text(rows[i].topic)) != rows[i].matches)
            fail_msg("%s against %s", rows[i].filter, rows[i].topic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_is_judged),
        cmocka_unit_test(refused_client_id_has_a_code),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(keep_alive_is_what_counts),
        cmocka_unit_test(order_is_kept),
        cmocka_unit_test(publish_is_judged),
        cmocka_unit_test(topic_of_256_bytes_is_the_longest),
        cmocka_unit_test(alias_stands_for_its_topic),
        cmocka_unit_test(subscribe_is_judged),
        cmocka_unit_test(eight_filters_are_the_most),
        cmocka_unit_test(delivery_is_filtered),
        cmocka_unit_test(continued_session_is_not_filtered),
        cmocka_unit_test(unsubscribed_is_forgotten),
        cmocka_unit_test(facts_are_kept),
        cmocka_unit_test(filter_matches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
