/* A device's MQTT against what a broker may say, right and wrong, in pieces of
 * any size. */
#include "clients/shim_mqtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mqtt.h"
#include "clients/shim.h"

static struct shim_mqtt m;

static void begin(int version, const char *topic)
{
    memset(&m, 0, sizeof m);
    m.version = version;
    m.keep_alive = 60;
    m.client_id = "device-1";
    m.topic = topic;
    m.payload = 8;
}

static enum shim_mqtt_next hear(const void *data, size_t size)
{
    assert_true(size <= shim_mqtt_room(&m));
    memcpy(m.in + m.in_size, data, size);
    m.in_size += size;
    return shim_mqtt_go(&m);
}

/* The type of what the device says now. */
static int said(void)
{
    struct mqtt_packet p;

    assert_int_equal(mqtt_packet_next(m.out, m.out_size, &p), 1);
    assert_int_equal(p.size, m.out_size);
    return p.type;
}

static size_t message(uint8_t *to, size_t room, const char *payload)
{
    const struct mqtt_publish p = {
        .topic = mqtt_text("a"),
        .payload = mqtt_text(payload),
        .properties = {-1, -1, -1, {NULL, 0}},
    };

    return mqtt_publish_write(to, room, m.version, &p);
}

static void connack_is_enough_without_a_topic(void **state)
{
    uint8_t b[16];

    (void)state;
    for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
        begin(version, NULL);
        assert_int_equal(shim_mqtt_go(&m), SHIM_MQTT_SAID);
        assert_int_equal(said(), MQTT_CONNECT);
        assert_int_equal(shim_mqtt_go(&m), SHIM_MQTT_READ);
        assert_int_equal(
            hear(b, mqtt_connack_write(b, sizeof b, version, 0, 0)),
            SHIM_MQTT_SAID);
        assert_int_equal(said(), MQTT_DISCONNECT);
        assert_int_equal(shim_mqtt_go(&m), SHIM_MQTT_DONE);
    }
}

/* Its own message comes before or behind the PUBACK, byte by byte, and others'
 * between. */
static void one_message_each_way(void **state)
{
    (void)state;
    for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++)
        for (int first = 0; first < 2; first++) {
            static const uint8_t granted[] = {0};
            uint8_t b[256], *at = b;
            enum shim_mqtt_next next = SHIM_MQTT_READ;

            begin(version, "a");
            shim_mqtt_go(&m);
            hear(b, mqtt_connack_write(b, sizeof b, version, 0, 0));
            assert_int_equal(said(), MQTT_SUBSCRIBE);
            hear(b, mqtt_suback_write(b, sizeof b, version, 1, granted, 1));
            assert_int_equal(said(), MQTT_PUBLISH);
            at += message(at, 64, "another!");
            if (first)
                at += message(at, 64, "1-ecived");
            at += mqtt_ack_write(at, 64, version, MQTT_PUBACK, 2, 0);
            if (!first)
                at += message(at, 64, "1-ecived");
            for (uint8_t *byte = b; byte < at; byte++) {
                assert_int_equal(next, SHIM_MQTT_READ);
                next = hear(byte, 1);
            }
            assert_int_equal(next, SHIM_MQTT_SAID);
            assert_int_equal(said(), MQTT_DISCONNECT);
        }
}

static void what_is_refused_is_told(void **state)
{
    uint8_t b[64];
    const uint8_t failure[] = {0x87};

    (void)state;
    begin(MQTT_3_1_1, NULL);
    shim_mqtt_go(&m);
    assert_int_equal(hear(b, mqtt_connack_write(b, sizeof b, MQTT_3_1_1, 0, 5)),
                     SHIM_MQTT_REFUSED);
    assert_string_equal(m.refused, "CONNACK");
    assert_int_equal(m.code, 5);
    begin(MQTT_5_0, "a");
    shim_mqtt_go(&m);
    hear(b, mqtt_connack_write(b, sizeof b, MQTT_5_0, 0, 0));
    assert_int_equal(
        hear(b, mqtt_suback_write(b, sizeof b, MQTT_5_0, 1, failure, 1)),
        SHIM_MQTT_REFUSED);
    assert_string_equal(m.refused, "SUBACK");
    assert_int_equal(m.code, 0x87);
    begin(MQTT_5_0, NULL);
    shim_mqtt_go(&m);
    assert_int_equal(
        hear(b, mqtt_disconnect_write(b, sizeof b, MQTT_5_0, 0x95)),
        SHIM_MQTT_REFUSED);
    assert_int_equal(m.code, 0x95);
}

static void what_is_no_answer_is_none(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[8];
        size_t size;
    } rows[] = {
        {"no type", {0x00, 0x00}, 2},
        {"a length without an end", {0x20, 0xff, 0xff, 0xff, 0xff, 0x01}, 6},
        {"a packet above all room", {0x20, 0xff, 0xff, 0xff, 0x7f}, 5},
        {"CONNACK that is short", {0x20, 0x01, 0x00}, 3},
        {"SUBACK before CONNACK", {0x90, 0x03, 0x00, 0x01, 0x00}, 5},
        {"PUBACK before CONNACK", {0x40, 0x02, 0x00, 0x02}, 4},
        {"a message before CONNACK", {0x30, 0x03, 0x00, 0x01, 'a'}, 5},
        {"CONNECT", {0x10, 0x00}, 2},
        {"PINGRESP unasked", {0xd0, 0x00}, 2},
        {"DISCONNECT of 3.1.1", {0xe0, 0x00}, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(MQTT_3_1_1, "a");
        shim_mqtt_go(&m);
        if (hear(rows[i].bytes, rows[i].size) != SHIM_MQTT_BAD)
            fail_msg("%s: is taken", rows[i].name);
    }
}

/* Without a topic nobody asked to subscribe. */
static void an_answer_to_no_question(void **state)
{
    static const uint8_t both[] = {0x20, 0x02, 0x00, 0x00, 0x90,
                                   0x03, 0x00, 0x01, 0x01};

    (void)state;
    begin(MQTT_3_1_1, NULL);
    shim_mqtt_go(&m);
    assert_int_equal(hear(both, sizeof both), SHIM_MQTT_BAD);
}

/* Whatever comes, it ends or waits: nothing is read or written outside. */
static void noise(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        enum shim_mqtt_next next;

        begin(round % 2 ? MQTT_5_0 : MQTT_3_1_1, "a");
        shim_mqtt_go(&m);
        do {
            uint8_t b[8];

            for (size_t i = 0; i < sizeof b; i++)
                b[i] = (uint8_t)(rand() % 4 ? rand() % 8 : rand());
            b[0] = (uint8_t)(rand() % 16 << 4);
            next = hear(b, 1 + (size_t)rand() % sizeof b);
        } while (next == SHIM_MQTT_SAID ||
                 (next == SHIM_MQTT_READ && shim_mqtt_room(&m) > 8 &&
                  m.in_size < 64));
    }
}

static const struct shim_session session = {
    .filters = {"t/a", "t/b"},
    .topic = "t/c",
    .payload = "hello",
    .wait_ms = 1000,
};

static size_t message_of(uint8_t *to, const char *topic, unsigned id)
{
    const struct mqtt_publish p = {
        .qos = 1,
        .id = id,
        .topic = mqtt_text(topic),
        .payload = mqtt_text("{}"),
        .properties = {-1, -1, -1, {NULL, 0}},
    };

    return mqtt_publish_write(to, 64, m.version, &p);
}

static void begin_session(const struct shim_session *s)
{
    struct mqtt_packet p;
    struct mqtt_connect c;

    begin(MQTT_3_1_1, NULL);
    m.session = s;
    assert_int_equal(shim_mqtt_go(&m), SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_CONNECT);
    mqtt_packet_next(m.out, m.out_size, &p);
    assert_int_equal(mqtt_connect_read(&p, &c), 0);
    assert_int_equal(c.clean, 0);
}

/* CONNACK, both SUBACKs: up to where its own message goes out. */
static enum shim_mqtt_next subscribe(void)
{
    static const uint8_t granted[] = {1};
    uint8_t b[16];
    enum shim_mqtt_next next;

    next = hear(b, mqtt_connack_write(b, sizeof b, MQTT_3_1_1, 1, 0));
    for (size_t i = 0; session.filters[i]; i++) {
        assert_int_equal(next, SHIM_MQTT_SAID);
        assert_int_equal(said(), MQTT_SUBSCRIBE);
        next =
            hear(b, mqtt_suback_write(b, sizeof b, MQTT_3_1_1, 1, granted, 1));
    }
    return next;
}

/* A message lies there, another one behind it: the first is acknowledged, and
 * the second is left to the broker. */
static void a_session_takes_one_message(void **state)
{
    uint8_t b[160];
    struct mqtt_packet p;
    struct mqtt_ack ack;
    size_t size;

    (void)state;
    begin_session(&session);
    assert_int_equal(subscribe(), SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_PUBLISH);
    assert_false(shim_mqtt_waits(&m));
    assert_int_equal(
        hear(b, mqtt_ack_write(b, 64, MQTT_3_1_1, MQTT_PUBACK, 2, 0)),
        SHIM_MQTT_READ);
    assert_true(shim_mqtt_waits(&m));
    size = message_of(b, "t/a", 7);
    size += message_of(b + size, "t/b", 8);
    assert_int_equal(hear(b, size), SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_PUBACK);
    mqtt_packet_next(m.out, m.out_size, &p);
    assert_int_equal(mqtt_ack_read(&p, MQTT_3_1_1, &ack), 0);
    assert_int_equal(ack.id, 7);
    assert_int_equal(shim_mqtt_go(&m), SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_DISCONNECT);
    assert_int_equal(shim_mqtt_go(&m), SHIM_MQTT_DONE);
    assert_true(m.has_message);
    assert_string_equal(m.topic_heard, "t/a");
    assert_string_equal(m.payload_heard, "{}");
}

/* It may come as soon as the broker knows the session. */
static void a_message_before_the_subscription(void **state)
{
    static const uint8_t granted[] = {1};
    uint8_t b[64];

    (void)state;
    begin_session(&session);
    hear(b, mqtt_connack_write(b, sizeof b, MQTT_3_1_1, 1, 0));
    assert_int_equal(said(), MQTT_SUBSCRIBE);
    assert_int_equal(hear(b, message_of(b, "t/b", 3)), SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_PUBACK);
    assert_int_equal(shim_mqtt_go(&m), SHIM_MQTT_READ);
    assert_int_equal(
        hear(b, mqtt_suback_write(b, sizeof b, MQTT_3_1_1, 1, granted, 1)),
        SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_SUBSCRIBE);
}

/* Nothing is waited for, or nothing comes. */
static void a_session_without_a_message(void **state)
{
    const struct shim_session quick = {.filters = {"t/a", "t/b"}};
    uint8_t b[64];

    (void)state;
    begin_session(&quick);
    assert_int_equal(subscribe(), SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_DISCONNECT);
    begin_session(&session);
    subscribe();
    hear(b, mqtt_ack_write(b, 64, MQTT_3_1_1, MQTT_PUBACK, 2, 0));
    m.waits_no_longer = 1;
    assert_int_equal(hear(b, message_of(b, "t/a", 7)), SHIM_MQTT_SAID);
    assert_int_equal(said(), MQTT_DISCONNECT);
    assert_false(m.has_message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connack_is_enough_without_a_topic),
        cmocka_unit_test(one_message_each_way),
        cmocka_unit_test(what_is_refused_is_told),
        cmocka_unit_test(what_is_no_answer_is_none),
        cmocka_unit_test(an_answer_to_no_question),
        cmocka_unit_test(noise),
        cmocka_unit_test(a_session_takes_one_message),
        cmocka_unit_test(a_message_before_the_subscription),
        cmocka_unit_test(a_session_without_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
