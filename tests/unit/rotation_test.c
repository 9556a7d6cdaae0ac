/* What a device does next while its certificate is rotated, by where it keeps
 * its credentials; and what is said of it. */
#include "rotation/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotation/message.h"

static struct rotation_device d;
static struct rotation_connection on;

static void begin(enum rotation_store store)
{
    assert_int_equal(device_init(&d, "lamp", store, "OLD", "KEY"), 0);
    device_wake(&d);
}

static void expect_connection(enum rotation_phase phase, const char *with,
                              const char *topic)
{
    assert_int_equal(device_next(&d, &on), phase);
    assert_string_equal(on.with->certificate, with);
    if (topic == NULL)
        assert_null(on.topic);
    else
        assert_string_equal(on.topic, topic);
}

static void hear(const char *what, const char *payload)
{
    char *topic = message_topic("lamp", what);

    assert_int_equal(device_connected(&d, topic, payload), 0);
    free(topic);
}

static void hear_nothing(void)
{
    assert_int_equal(device_connected(&d, NULL, NULL), 0);
}

static void hear_certificate(const char *pem)
{
    char *payload = message_write("certificate", pem);

    hear("crt", payload);
    free(payload);
}

/* Up to where it has sent its request. */
static void send_request(void)
{
    expect_connection(ROTATION_LOOKS, "OLD", NULL);
    assert_int_equal(on.waits, 1);
    hear("csr_req", "{}");
    assert_int_equal(device_next(&d, &on), ROTATION_MAKES);
    assert_null(device_kept_key(&d));
    assert_int_equal(device_made(&d, "NEWKEY", "CSR"), 0);
    expect_connection(ROTATION_SENDS, "OLD", "management/topic/lamp/csr_res");
    assert_string_equal(on.payload, "{\"CSR\":\"CSR\"}");
    assert_int_equal(on.waits, 2);
}

static void each_store_rotates(void **state)
{
    (void)state;
    for (int s = 0; s < ROTATION_STORES; s++) {
        begin((enum rotation_store)s);
        send_request();
        hear_certificate("NEW");
        expect_connection(ROTATION_TRIES, "NEW",
                          "management/topic/lamp/crt_ack");
        assert_int_equal(on.step, ROTATION_SESSION);
        assert_string_equal(on.with->key, "NEWKEY");
        hear_nothing();
        assert_int_equal(device_next(&d, &on), ROTATION_RESTS);
        device_wake(&d);
        expect_connection(ROTATION_LOOKS, "NEW", NULL);
        device_clear(&d);
    }
}

static void who_is_not_asked_rests(void **state)
{
    (void)state;
    begin(ROTATION_TRIES_BOTH);
    expect_connection(ROTATION_LOOKS, "OLD", NULL);
    hear_nothing();
    assert_int_equal(device_next(&d, &on), ROTATION_RESTS);
    device_clear(&d);
}

/* With two slots it goes back and says so; with one there is nothing left. */
static void a_new_certificate_that_does_not_connect(void **state)
{
    (void)state;
    for (int s = 0; s < ROTATION_STORES; s++) {
        begin((enum rotation_store)s);
        send_request();
        hear_certificate("NEW");
        device_next(&d, &on);
        device_refused(&d);
        if (s == ROTATION_ONE_SLOT) {
            assert_int_equal(device_next(&d, &on), ROTATION_RESTS);
            device_wake(&d);
            expect_connection(ROTATION_LOOKS, "NEW", NULL);
        } else {
            expect_connection(ROTATION_REPORTS, "OLD",
                              "management/topic/lamp/crt_err");
            hear_nothing();
            expect_connection(ROTATION_LOOKS, "OLD", NULL);
            hear_nothing();
            device_wake(&d);
            expect_connection(
                s == ROTATION_TRIES_BOTH ? ROTATION_TRIES : ROTATION_LOOKS,
                s == ROTATION_TRIES_BOTH ? "NEW" : "OLD",
                s == ROTATION_TRIES_BOTH ? "management/topic/lamp/crt_ack"
                                         : NULL);
        }
        device_clear(&d);
    }
}

/* Power fails behind the acknowledgement: nothing is committed yet. */
static void power_lost_before_the_commit(void **state)
{
    static const char *const has[] = {"NEW", "OLD", "NEW"};

    (void)state;
    for (int s = 0; s < ROTATION_STORES; s++) {
        begin((enum rotation_store)s);
        send_request();
        hear_certificate("NEW");
        device_next(&d, &on);
        device_loses_power(&d, 0);
        assert_int_equal(device_next(&d, &on), ROTATION_RESTS);
        device_wake(&d);
        assert_true(device_next(&d, &on) != ROTATION_RESTS);
        assert_string_equal(on.with->certificate, has[s]);
        device_clear(&d);
    }
}

static void a_store_that_is_torn(void **state)
{
    (void)state;
    for (int s = 0; s < ROTATION_STORES; s++) {
        begin((enum rotation_store)s);
        send_request();
        hear_certificate("NEW");
        device_loses_power(&d, 1);
        device_wake(&d);
        assert_int_equal(device_next(&d, &on), ROTATION_LOOKS);
        if (s == ROTATION_ONE_SLOT)
            assert_null(on.with->certificate);
        else
            assert_string_equal(on.with->certificate, "OLD");
        device_clear(&d);
    }
}

/* The key that waits is the one of the next request: a certificate that is
 * still on its way fits. */
static void a_key_that_survives_is_used_again(void **state)
{
    (void)state;
    begin(ROTATION_TRIES_BOTH);
    send_request();
    device_loses_power(&d, 0);
    device_wake(&d);
    expect_connection(ROTATION_LOOKS, "OLD", NULL);
    hear("csr_req", "{}");
    assert_int_equal(device_next(&d, &on), ROTATION_MAKES);
    assert_string_equal(device_kept_key(&d), "NEWKEY");
    device_clear(&d);
    begin(ROTATION_ROLLS_BACK);
    send_request();
    device_loses_power(&d, 0);
    device_wake(&d);
    hear("csr_req", "{}");
    assert_null(device_kept_key(&d));
    device_clear(&d);
}

static void who_keeps_its_key_makes_none(void **state)
{
    (void)state;
    begin(ROTATION_ROLLS_BACK);
    d.keeps_key = 1;
    device_next(&d, &on);
    hear("csr_req", "{}");
    assert_string_equal(device_kept_key(&d), "KEY");
    device_clear(&d);
}

static void a_certificate_that_nobody_waits_for(void **state)
{
    (void)state;
    begin(ROTATION_ROLLS_BACK);
    device_next(&d, &on);
    hear_certificate("STALE");
    expect_connection(ROTATION_REPORTS, "OLD", "management/topic/lamp/crt_err");
    assert_string_equal(on.payload,
                        "{\"error\":\"there is no key for the certificate\"}");
    device_clear(&d);
}

static void a_request_that_comes_twice_is_answered_once(void **state)
{
    (void)state;
    begin(ROTATION_TRIES_BOTH);
    send_request();
    hear("csr_req", "{}");
    expect_connection(ROTATION_LOOKS, "OLD", NULL);
    assert_int_equal(on.waits, 2);
    hear_certificate("NEW");
    expect_connection(ROTATION_TRIES, "NEW", "management/topic/lamp/crt_ack");
    device_clear(&d);
}

static void what_is_no_message_of_a_rotation(void **state)
{
    (void)state;
    begin(ROTATION_TRIES_BOTH);
    send_request();
    hear("crt", "not JSON");
    expect_connection(ROTATION_REPORTS, "OLD", "management/topic/lamp/crt_err");
    device_clear(&d);
}

/* A cloud that asks for ever does not keep it awake. */
static void a_day_ends(void **state)
{
    int connections = 0;

    (void)state;
    begin(ROTATION_ROLLS_BACK);
    while (device_next(&d, &on) != ROTATION_RESTS && connections++ < 100)
        hear_certificate("STALE");
    assert_int_equal(connections, 10);
    device_clear(&d);
}

static void topics(void **state)
{
    static const char *const wrong[] = {"",
                                        "management/topic/",
                                        "management/topic/lamp",
                                        "management/topic//csr_res",
                                        "management/topic/lamp/csr_res/x",
                                        "other/topic/lamp/csr_res"};
    const char *what;
    char *id, *topic = message_topic("lamp", "csr_res");

    (void)state;
    assert_int_equal(message_topic_read(topic, &id, &what), 0);
    assert_string_equal(id, "lamp");
    assert_string_equal(what, "csr_res");
    free(id);
    free(topic);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(message_topic_read(wrong[i], &id, &what), -1);
    assert_null(message_read("{\"CSR\": 1}", "CSR"));
    assert_null(message_read("{", "CSR"));
}

static void names(void **state)
{
    (void)state;
    for (int s = 0; s < ROTATION_STEPS; s++)
        assert_int_equal(
            rotation_step_find(rotation_step_name((enum rotation_step)s)), s);
    for (int f = 0; f < ROTATION_FAULTS; f++) {
        int places = 0;

        assert_int_equal(
            rotation_fault_find(rotation_fault_name((enum rotation_fault)f)),
            f);
        for (int s = 0; s < ROTATION_STEPS; s++)
            places += rotation_fault_is_at((enum rotation_fault)f,
                                           (enum rotation_step)s);
        assert_true(places > 0);
    }
    assert_int_equal(rotation_fault_find("no-such"), -1);
    assert_int_equal(rotation_store_find("tries-both"), ROTATION_TRIES_BOTH);
}

static void verdicts(void **state)
{
    struct rotation_cell c = {.rotated_on = 0, .connects_at_end = 1};
    char why[] = "the shim died";

    (void)state;
    assert_int_equal(rotation_cell_verdict(&c), ROTATION_ROTATES);
    c.rotated_on = 2;
    assert_int_equal(rotation_cell_verdict(&c), ROTATION_RECOVERS);
    c.connects_at_end = 0;
    assert_int_equal(rotation_cell_verdict(&c), ROTATION_STRANDED);
    c.error = why;
    assert_int_equal(rotation_cell_verdict(&c), ROTATION_ERROR);
    c.fault = ROTATION_FAULT_CSR_LARGE;
    c.step = ROTATION_CSR_RES;
    assert_true(
        rotation_cell_fails(&c, ROTATION_FAULT_CSR_LARGE, ROTATION_CSR_RES, 3));
    c.fault = ROTATION_FAULT_LOST;
    assert_true(
        rotation_cell_fails(&c, ROTATION_FAULT_LOST, ROTATION_CSR_RES, 0));
    assert_false(
        rotation_cell_fails(&c, ROTATION_FAULT_LOST, ROTATION_CSR_RES, 1));
    assert_false(rotation_cell_fails(&c, ROTATION_FAULT_LOST, ROTATION_CRT, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_store_rotates),
        cmocka_unit_test(who_is_not_asked_rests),
        cmocka_unit_test(a_new_certificate_that_does_not_connect),
        cmocka_unit_test(power_lost_before_the_commit),
        cmocka_unit_test(a_store_that_is_torn),
        cmocka_unit_test(a_key_that_survives_is_used_again),
        cmocka_unit_test(who_keeps_its_key_makes_none),
        cmocka_unit_test(a_certificate_that_nobody_waits_for),
        cmocka_unit_test(a_request_that_comes_twice_is_answered_once),
        cmocka_unit_test(what_is_no_message_of_a_rotation),
        cmocka_unit_test(a_day_ends),
        cmocka_unit_test(topics),
        cmocka_unit_test(names),
        cmocka_unit_test(verdicts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
