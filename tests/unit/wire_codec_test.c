/* Lines of shims and of the endpoint: which are read, and what of them. */
#include "model/wire_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define WIRE                                                                   \
    "\"wire\":{\"sent\":{\"bytes\":9,\"marks\":\"5:00000001\"},"               \
    "\"received\":{\"bytes\":7,\"marks\":\"\"}}"
#define CONNECTION                                                             \
    "{\"event\":\"connection\",\"state\":\"s1\",\"peer_address\":"             \
    "\"127.1.0.1\",\"peer_port\":51234,\"number\":3," WIRE ","

static struct shim_answer *answer_of(const char *line)
{
    return shim_answer_decode(line, strlen(line));
}

static struct endpoint_event *event_of(const char *line, struct hellos *h)
{
    return endpoint_event_decode(line, strlen(line), h);
}

static void reads_an_answer(void **state)
{
    struct shim_answer *a =
        answer_of("{\"id\":\"a/b/c\",\"outcome\":\"refused\",\"local_port\":"
                  "51234," WIRE "}");

    (void)state;
    assert_non_null(a);
    assert_string_equal(a->id, "a/b/c");
    assert_int_equal(a->local_port, 51234);
    assert_int_equal(a->wire.sent.bytes, 9);
    assert_string_equal(a->wire.sent.marks, "5:00000001");
    assert_string_equal(a->wire.received.marks, "");
    assert_int_equal(a->side->outcome, OUTCOME_REFUSED);
    shim_answer_release(shim_answer_hold(a));
    assert_string_equal(a->id, "a/b/c");
    shim_answer_release(a);
}

static void what_is_no_answer_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "1",
        "{\"id\":",
        "{\"id\":\"a\",\"id\":\"b\"}",
        "{\"outcome\":\"refused\",\"why\":{\"stage\":1,\"stage\":2}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (answer_of(rows[i]))
            fail_msg("%s", rows[i]);
}

/* Whose it is can be told; the facts cannot. */
static void an_answer_with_odd_facts_has_no_side(void **state)
{
    struct shim_answer *a =
        answer_of("{\"id\":7,\"outcome\":\"fine\",\"local_port\":4}");

    (void)state;
    assert_non_null(a);
    assert_null(a->id);
    assert_null(a->side);
    assert_int_equal(a->local_port, 4);
    assert_null(a->wire.sent.marks);
    shim_answer_release(a);
}

static void reads_events(void **state)
{
    static const struct {
        const char *line;
        enum event_kind kind;
    } rows[] = {
        {"{\"event\":\"ready\"}", EVENT_READY},
        {"{\"event\":\"changed\",\"state\":\"s1\"}", EVENT_OTHER},
        {"{\"event\":\"refused\",\"state\":null,\"text\":\"why\"}",
         EVENT_REFUSED},
        {"{\"event\":\"listening\",\"state\":\"s1\",\"address\":\"::1\","
         "\"port\":9}",
         EVENT_LISTENING},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct endpoint_event *e = event_of(rows[i].line, NULL);

        if (!e || e->kind != rows[i].kind)
            fail_msg("%s", rows[i].line);
        if (e->kind == EVENT_LISTENING) {
            assert_string_equal(e->address, "::1");
            assert_int_equal(e->port, 9);
        }
        endpoint_event_release(e);
    }
    assert_null(event_of("{\"event\":1}", NULL));
    assert_null(event_of("{}", NULL));
    assert_null(event_of("ready", NULL));
}

/* A peer may send any byte as an alert's level. */
static void reads_a_connection(void **state)
{
    struct hellos h;
    struct endpoint_event *e;
    char room[ALERT_LEVEL_TEXT];

    (void)state;
    hellos_init(&h);
    e = event_of(CONNECTION "\"hello\":null,\"handshake\":\"failed\","
                            "\"alerts_received\":[{\"level\":\"0x07\",\"code\":"
                            "48},{\"level\":\"warning\",\"code\":90},"
                            "{\"level\":\"fatal\",\"code\":42}],"
                            "\"close\":{\"by\":\"peer\",\"how\":\"alert\"}}",
                 &h);
    assert_non_null(e);
    assert_int_equal(e->number, 3);
    assert_int_equal(e->peer_port, 51234);
    assert_string_equal(e->peer_address, "127.1.0.1");
    assert_int_equal(e->wire.received.bytes, 7);
    assert_non_null(e->side);
    assert_int_equal(e->side->handshake, HANDSHAKE_FAILED);
    assert_int_equal(e->side->received_count, 3);
    assert_int_equal(e->side->received[0].level, 7);
    assert_int_equal(e->side->received[1].level, ALERT_WARNING);
    assert_int_equal(e->side->received[2].level, ALERT_FATAL);
    assert_string_equal(alert_level_text(7, room), "0x07");
    endpoint_event_release(e);
    e = event_of(CONNECTION "\"handshake\":\"maybe\"}", &h);
    assert_non_null(e);
    assert_null(e->side);
    endpoint_event_release(e);
    hellos_clear(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_answer),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(an_answer_with_odd_facts_has_no_side),
        cmocka_unit_test(reads_events),
        cmocka_unit_test(reads_a_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
