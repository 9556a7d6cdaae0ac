/* Answers that do not come, a message that nobody sent, a forgotten session:
 * packets in, packets out. */
#include "server/app/mqtt_drill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <jansson.h>

#include "base/diag.h"
#include "server/app/mqtt_stream.h"

struct world {
    struct mqtt_drill_rules rules;
    struct mqtt_drill drill;
    struct evbuffer *in, *on, *to_client;
};

static void world_open(struct world *w, const char *rules)
{
    json_t *json = json_loads(rules, 0, NULL);

    memset(w, 0, sizeof *w);
    assert_int_equal(mqtt_drill_take(&w->rules, json, "s"), 0);
    json_decref(json);
    w->drill.rules = &w->rules;
    w->in = evbuffer_new();
    w->on = evbuffer_new();
    w->to_client = evbuffer_new();
}

static void world_close(struct world *w)
{
    mqtt_drill_clear(&w->drill);
    evbuffer_free(w->in);
    evbuffer_free(w->on);
    evbuffer_free(w->to_client);
}

/* The client sends; what goes on is left in w->on. */
static void says(struct world *w, const void *data, size_t size)
{
    evbuffer_add(w->in, data, size);
    assert_int_equal(mqtt_drill_from_client(&w->drill, w->in, w->on), 0);
}

static void answers(struct world *w, const void *data, size_t size)
{
    evbuffer_add(w->to_client, data, size);
    assert_int_equal(mqtt_drill_to_client(&w->drill, w->to_client), 0);
}

static size_t drain(struct evbuffer *b)
{
    size_t n = evbuffer_get_length(b);

    evbuffer_drain(b, n);
    return n;
}

static void connect_as(struct world *w, int clean, int *passed_clean)
{
    uint8_t bytes[128];
    const struct mqtt_connect c = {.version = MQTT_3_1_1,
                                   .clean = clean,
                                   .keep_alive = 30,
                                   .client_id = mqtt_text("lamp"),
                                   .properties = {-1, -1, -1, {NULL, 0}}};
    struct mqtt_packet p;
    struct mqtt_connect out;

    says(w, bytes, mqtt_connect_write(bytes, sizeof bytes, &c));
    assert_int_equal(mqtt_stream_packet(w->on, 1000, &p), 1);
    assert_int_equal(mqtt_connect_read(&p, &out), 0);
    assert_int_equal(out.keep_alive, 30);
    *passed_clean = out.clean;
    drain(w->on);
}

static size_t publish(uint8_t *to, size_t room, unsigned id)
{
    const struct mqtt_publish m = {.qos = 1,
                                   .topic = mqtt_text("a/b"),
                                   .id = id,
                                   .payload = mqtt_text("x"),
                                   .properties = {-1, -1, -1, {NULL, 0}}};

    return mqtt_publish_write(to, room, MQTT_3_1_1, &m);
}

static void an_answer_that_does_not_come(void **state)
{
    struct world w;
    uint8_t b[64];
    int clean;

    (void)state;
    world_open(&w, "{\"withhold\": [\"puback\"]}");
    connect_as(&w, 1, &clean);
    says(&w, b, publish(b, sizeof b, 7));
    assert_true(drain(w.on) > 0);
    answers(&w, b, mqtt_ack_write(b, sizeof b, MQTT_3_1_1, MQTT_PUBACK, 7, 0));
    assert_int_equal(drain(w.to_client), 0);
    assert_int_equal(w.drill.withheld, 1);
    says(&w, b, publish(b, sizeof b, 8)); /* another one */
    assert_int_equal(w.drill.again, 0);
    says(&w, b, publish(b, sizeof b, 7));
    assert_int_equal(w.drill.again, 1);
    /* what is not withheld passes */
    answers(&w, b, mqtt_plain_write(b, sizeof b, MQTT_PINGRESP));
    assert_int_equal(drain(w.to_client), 2);
    world_close(&w);
}

static void a_message_behind_the_suback(void **state)
{
    const struct mqtt_filter f = {.topic = mqtt_text("a/+/#"), .qos = 1};
    const uint8_t granted = 1;
    struct world w;
    struct mqtt_packet p;
    struct mqtt_publish m;
    uint8_t b[64];
    int clean;

    (void)state;
    world_open(&w, "{\"greet_bytes\": 70000}");
    connect_as(&w, 1, &clean);
    says(&w, b, mqtt_subscribe_write(b, sizeof b, MQTT_3_1_1, 3, &f));
    answers(&w, b, mqtt_suback_write(b, sizeof b, MQTT_3_1_1, 3, &granted, 1));
    assert_int_equal(mqtt_stream_packet(w.to_client, 100000, &p), 1);
    assert_int_equal(p.type, MQTT_SUBACK);
    evbuffer_drain(w.to_client, p.size);
    assert_int_equal(mqtt_stream_packet(w.to_client, 100000, &p), 1);
    assert_int_equal(mqtt_publish_read(&p, MQTT_3_1_1, &m), 0);
    assert_int_equal(m.payload.size, 70000);
    assert_int_equal(m.qos, 1);
    assert_memory_equal(m.topic.data, "a/x/x", 5);
    drain(w.on);
    says(&w, b,
         mqtt_ack_write(b, sizeof b, MQTT_3_1_1, MQTT_PUBACK, m.id + 1, 0));
    assert_int_equal(drain(w.on), 4); /* the broker's */
    assert_int_equal(w.drill.acknowledged, 0);
    says(&w, b, mqtt_ack_write(b, sizeof b, MQTT_3_1_1, MQTT_PUBACK, m.id, 0));
    assert_int_equal(drain(w.on), 0);
    assert_int_equal(w.drill.acknowledged, 1);
    world_close(&w);
}

static void a_session_that_is_forgotten(void **state)
{
    struct world w;
    int clean;

    (void)state;
    for (int forgets = 0; forgets < 2; forgets++) {
        world_open(&w, forgets ? "{\"forget_session\": true}" : "{}");
        connect_as(&w, 0, &clean);
        assert_int_equal(clean, forgets);
        assert_int_equal(w.drill.was_clean, 0);
        world_close(&w);
    }
}

/* Whatever comes, in pieces or as noise: nothing is lost that the gate is to
 * see. */
static void noise_passes(void **state)
{
    struct world w;
    uint8_t b[64];
    size_t n, given = 0, went = 0;
    int clean;

    (void)state;
    srand(7);
    world_open(&w, "{\"withhold\": [\"suback\"], \"greet_bytes\": 10}");
    connect_as(&w, 1, &clean);
    n = publish(b, sizeof b, 9);
    for (size_t i = 0; i < n; i++)
        says(&w, b + i, 1);
    assert_int_equal(drain(w.on), n);
    for (int i = 0; i < 20000; i++) {
        n = (size_t)rand() % sizeof b;
        for (size_t k = 0; k < n; k++)
            b[k] = (uint8_t)rand();
        given += n;
        says(&w, b, n);
        went += drain(w.on);
    }
    assert_true(went + evbuffer_get_length(w.in) + 64 * (size_t)20000 >= given);
    world_close(&w);
}

static void refused(void **state)
{
    static const char *const rows[] = {"{\"withhold\": [\"publish\"]}",
                                       "{\"withhold\": [1]}",
                                       "{\"greet_bytes\": -1}",
                                       "{\"greet_bytes\": 2000000}",
                                       "{\"greet\": 1}",
                                       "[]"};
    char said[200];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mqtt_drill_rules r = {0};
        json_t *json = json_loads(rows[i], 0, NULL);

        diag_capture(said, sizeof said);
        assert_int_equal(mqtt_drill_take(&r, json, "s/a"), -1);
        diag_capture(NULL, 0);
        assert_non_null(strstr(said, "state s/a: application.drill"));
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_that_does_not_come),
        cmocka_unit_test(a_message_behind_the_suback),
        cmocka_unit_test(a_session_that_is_forgotten),
        cmocka_unit_test(noise_passes),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
