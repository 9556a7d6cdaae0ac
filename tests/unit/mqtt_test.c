/* MQTT packets: framing and malformed ones by table, and what is written is
 * read as it was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mqtt.h"

#define B(s) s, sizeof(s) - 1

static const struct {
    const char *name, *bytes;
    size_t size;
    int whole;
    size_t packet;
} frames[] = {
    {"nothing", B(""), 0, 0},
    {"a type alone", B("\xc0"), 0, 0},
    {"PINGREQ", B("\xc0\0"), 1, 2},
    {"PINGREQ and more", B("\xc0\0\xc0"), 1, 2},
    {"half a PUBLISH", B("\x30\5\0\1a"), 0, 7},
    {"two bytes of length", B("\x30\x80\1"), 0, 131},
    {"a length not whole", B("\x30\x80\x80\x80"), 0, 0},
    {"the longest length", B("\x30\xff\xff\xff\x7f"), 0, 268435460},
    {"five bytes of length", B("\x30\x80\x80\x80\x80"), -1, 0},
    {"type 0", B("\0\0"), -1, 0},
    {"SUBSCRIBE with flags 0", B("\x80\0"), -1, 0},
    {"CONNECT with flags", B("\x11\0"), -1, 0},
    {"PUBLISH with QoS 3", B("\x36\0"), -1, 0},
};

static void packet_is_cut_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        struct mqtt_packet p;
        int whole = mqtt_packet_next((const uint8_t *)frames[i].bytes,
                                     frames[i].size, &p);

        if (whole != frames[i].whole ||
            (whole >= 0 && p.size != frames[i].packet))
            fail_msg("%s: %d, size %zu", frames[i].name, whole, p.size);
    }
}

#define NAME "\0\4MQTT"
static const struct {
    const char *name, *bytes;
    size_t size;
    int status;
} connects[] = {
    {"3.1.1", B("\x10\xd" NAME "\4\2\0<\0\1a"), 0},
    {"5.0", B("\x10\xe" NAME "\5\2\0<\0\0\1a"), 0},
    {"5.0, with properties", B("\x10\x13" NAME "\5\2\0<\5\x11\0\0\0\1\0\1a"),
     0},
    {"user and password", B("\x10\x13" NAME "\4\xc2\0<\0\1a\0\1u\0\1p"), 0},
    {"a will", B("\x10\x13" NAME "\4\6\0<\0\1a\0\1t\0\1w"), 0},
    {"another version: nothing else is read", B("\x10\7" NAME "\x09"), 0},
    {"3.1", B("\x10\x9\0\6MQIsdp\3"), 0},
    {"reserved flag", B("\x10\xd" NAME "\4\3\0<\0\1a"), -1},
    {"a will's QoS without a will", B("\x10\xd" NAME "\4\xa\0<\0\1a"), -1},
    {"will QoS 3", B("\x10\x13" NAME "\4\x1e\0<\0\1a\0\1t\0\1w"), -1},
    {"password without user", B("\x10\x10" NAME "\4\x42\0<\0\1a\0\1p"), -1},
    {"bytes behind", B("\x10\xe" NAME "\4\2\0<\0\1ab"), -1},
    {"cut", B("\x10\xc" NAME "\4\2\0<\0\1"), -1},
    {"NUL in the client id", B("\x10\xd" NAME "\4\2\0<\0\1\0"), -1},
    {"a surrogate", B("\x10\xf" NAME "\4\2\0<\0\3\xed\xa0\x80"), -1},
    {"an overlong form", B("\x10\xe" NAME "\4\2\0<\0\2\xc0\x80"), -1},
    {"four bytes of UTF-8", B("\x10\x10" NAME "\4\2\0<\0\4\xf0\x9f\x98\x80"),
     0},
    {"a property twice", B("\x10\x14" NAME "\5\2\0<\6\x21\0\1\x21\0\1\0\1a"),
     -1},
    {"an unknown property", B("\x10\x10" NAME "\5\2\0<\2\x7f\1\0\1a"), -1},
    {"properties beyond the end", B("\x10\xe" NAME "\5\2\0<\x9\0\1a"), -1},
};

static void connect_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof connects / sizeof *connects; i++) {
        struct mqtt_packet p;
        struct mqtt_connect c;
        int status;

        assert_int_equal(mqtt_packet_next((const uint8_t *)connects[i].bytes,
                                          connects[i].size, &p),
                         1);
        assert_int_equal(p.size, connects[i].size);
        status = mqtt_connect_read(&p, &c);
        if (status != connects[i].status)
            fail_msg("%s: %d", connects[i].name, status);
    }
}

static void same(struct mqtt_text t, const char *text)
{
    assert_int_equal(t.size, strlen(text));
    assert_memory_equal(t.data, text, t.size);
}

static struct mqtt_packet packet_of(const uint8_t *data, size_t size)
{
    struct mqtt_packet p;

    assert_int_equal(mqtt_packet_next(data, size, &p), 1);
    assert_int_equal(p.size, size);
    return p;
}

static void connect_comes_back(void **state)
{
    (void)state;
    for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
        const struct mqtt_connect c = {.version = version,
                                       .clean = 1,
                                       .keep_alive = 300,
                                       .client_id = mqtt_text("thing"),
                                       .has_will = 1,
                                       .will_qos = 1,
                                       .will_topic = mqtt_text("gone"),
                                       .will_payload = mqtt_text("x"),
                                       .user = mqtt_text("u")};
        struct mqtt_connect out;
        struct mqtt_packet p;
        uint8_t b[128];
        size_t size = mqtt_connect_write(b, sizeof b, &c);

        p = packet_of(b, size);
        assert_int_equal(mqtt_connect_read(&p, &out), 0);
        assert_int_equal(out.version, version);
        assert_int_equal(out.keep_alive, 300);
        assert_int_equal(p.body.data[out.keep_alive_at] << 8 |
                             p.body.data[out.keep_alive_at + 1],
                         300);
        assert_int_equal(out.will_qos, 1);
        assert_true(out.clean);
        same(out.client_id, "thing");
        same(out.will_topic, "gone");
        same(out.user, "u");
        assert_null(out.password.data);
        for (size_t room = 0; room < size; room++)
            assert_int_equal(mqtt_connect_write(b, room, &c), 0);
    }
}

static void publish_comes_back(void **state)
{
    static uint8_t payload[300], b[400];

    (void)state;
    for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++)
        for (int qos = 0; qos < 2; qos++) {
            const struct mqtt_publish m = {.qos = qos,
                                           .retain = 1,
                                           .id = qos ? 7 : 0,
                                           .topic = mqtt_text("a/b"),
                                           .payload = {payload, 300}};
            struct mqtt_publish out;
            struct mqtt_packet p =
                packet_of(b, mqtt_publish_write(b, sizeof b, version, &m));

            assert_int_equal(mqtt_publish_read(&p, version, &out), 0);
            same(out.topic, "a/b");
            assert_int_equal(out.qos, qos);
            assert_int_equal(out.retain, 1);
            assert_int_equal(out.id, m.id);
            assert_int_equal(out.payload.size, 300);
        }
}

static void subscribe_comes_back(void **state)
{
    (void)state;
    for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
        const struct mqtt_filter f = {.topic = mqtt_text("a/+"), .qos = 1};
        struct mqtt_filters list;
        struct mqtt_filter out;
        uint8_t b[64];
        struct mqtt_packet p =
            packet_of(b, mqtt_subscribe_write(b, sizeof b, version, 9, &f));

        assert_int_equal(mqtt_filters_read(&p, version, &list), 0);
        assert_int_equal(list.id, 9);
        assert_int_equal(mqtt_filters_next(&list, version, &out), 1);
        same(out.topic, "a/+");
        assert_int_equal(out.qos, 1);
        assert_int_equal(mqtt_filters_next(&list, version, &out), 0);
    }
}

static void answers_come_back(void **state)
{
    (void)state;
    for (int version = MQTT_3_1_1; version <= MQTT_5_0; version++) {
        struct mqtt_connack c;
        struct mqtt_ack a;
        struct mqtt_suback s;
        struct mqtt_packet p;
        uint8_t b[64];
        int code;

        p = packet_of(b, mqtt_connack_write(b, sizeof b, version, 1, 5));
        assert_int_equal(mqtt_connack_read(&p, version, &c), 0);
        assert_int_equal(c.code, 5);
        assert_int_equal(c.session_present, 1);
        p = packet_of(b, mqtt_ack_write(b, sizeof b, version, MQTT_PUBACK, 3,
                                        MQTT_NOT_AUTHORIZED));
        assert_int_equal(mqtt_ack_read(&p, version, &a), 0);
        assert_int_equal(a.id, 3);
        assert_int_equal(a.code, version == MQTT_5_0 ? MQTT_NOT_AUTHORIZED : 0);
        p = packet_of(b, mqtt_suback_write(b, sizeof b, version, 4,
                                           (const uint8_t *)"\1\x80", 2));
        assert_int_equal(mqtt_suback_read(&p, version, &s), 0);
        assert_int_equal(s.codes.size, 2);
        p = packet_of(
            b, mqtt_disconnect_write(b, sizeof b, version, MQTT_TAKEN_OVER));
        assert_int_equal(mqtt_code_read(&p, version, &code), 0);
        assert_int_equal(code, version == MQTT_5_0 ? MQTT_TAKEN_OVER : 0);
    }
}

static const struct {
    const char *name, *bytes;
    size_t size;
    int version, status;
} publishes[] = {
    {"QoS 0", B("\x30\4\0\1ab"), 4, 0},
    {"no topic", B("\x30\3\0\0b"), 4, -1},
    {"an alias and no topic, 5.0", B("\x30\6\0\0\3\x23\0\1"), 5, 0},
    {"a wildcard", B("\x30\3\0\1#"), 4, -1},
    {"QoS 1 with id 0", B("\x32\5\0\1a\0\0"), 4, -1},
    {"QoS 1 without id", B("\x32\3\0\1a"), 4, -1},
    {"DUP with QoS 0", B("\x38\3\0\1a"), 4, -1},
};

static void publish_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof publishes / sizeof *publishes; i++) {
        struct mqtt_packet p =
            packet_of((const uint8_t *)publishes[i].bytes, publishes[i].size);
        struct mqtt_publish m;
        int status = mqtt_publish_read(&p, publishes[i].version, &m);

        if (status != publishes[i].status)
            fail_msg("%s: %d", publishes[i].name, status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packet_is_cut_out),
        cmocka_unit_test(connect_is_read),
        cmocka_unit_test(connect_comes_back),
        cmocka_unit_test(publish_comes_back),
        cmocka_unit_test(subscribe_comes_back),
        cmocka_unit_test(answers_come_back),
        cmocka_unit_test(publish_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
