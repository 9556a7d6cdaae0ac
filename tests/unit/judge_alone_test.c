/* Outcomes from the endpoint's side alone: each rule where it fires, and beside
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge/alone.h"
#include "judge/outcome.h"

static char host[] = "host.example", other[] = "other.example";
static char HOST[] = "HOST.example", none_word[] = "none";
static char idle[] = "idle_ms", handshake[] = "handshake_ms";
static char rule[] = "qos-2", no_engine[] = "no groups";
static struct hello hello = {.sni = host}, shouted = {.sni = HOST};
static struct hello elsewhere = {.sni = other}, nameless = {.sni = NULL};
static struct mqtt_side accepted = {.version = 4, .connack = 0};
static struct mqtt_side refused = {.version = 4, .connack = 2};
static struct mqtt_side ruled = {
    .version = 4, .connack = -1, .closed_for = rule};
static struct mqtt_side unanswered = {.version = 4, .connack = -1};

#define SENT        .hello = &hello, .certificates = 3, .certificate_bytes = 4000
#define CLIENT(how) .closed_by = PARTY_CLIENT, .closed_how = how
#define ALERT_FROM_CLIENT(n)                                                   \
    .received = {{2, n}}, .received_count = 1, CLIENT(CLOSED_ALERT)
#define FAILED .handshake = HANDSHAKE_FAILED
#define DONE   .handshake = HANDSHAKE_DONE

static const struct row {
    struct endpoint_side side;
    enum outcome outcome;
    enum reason reason;
    enum party by;
} rows[] = {
    {{SENT, DONE, .application_read = 1, CLIENT(CLOSED_FIN)},
     OUTCOME_CONNECTED,
     REASON_NONE,
     PARTY_NOBODY},
    {{SENT, DONE, .limit = idle, .closed_by = PARTY_SERVER},
     OUTCOME_CONNECTED,
     REASON_NONE,
     PARTY_NOBODY},
    {{SENT, DONE, CLIENT(CLOSED_FIN)},
     OUTCOME_REFUSED,
     REASON_CERTIFICATE_REFUSED,
     PARTY_CLIENT},
    {{SENT, DONE, ALERT_FROM_CLIENT(48)},
     OUTCOME_REFUSED,
     REASON_UNKNOWN_CA,
     PARTY_CLIENT},
    {{SENT, DONE, .mqtt = &accepted, .application_read = 20},
     OUTCOME_CONNECTED,
     REASON_NONE,
     PARTY_NOBODY},
    {{SENT, DONE, .mqtt = &refused, .application_read = 20},
     OUTCOME_REFUSED,
     REASON_APPLICATION_REFUSED,
     PARTY_SERVER},
    {{SENT, DONE, .mqtt = &ruled, .application_read = 20},
     OUTCOME_REFUSED,
     REASON_APPLICATION_REFUSED,
     PARTY_SERVER},
    {{SENT, DONE, .mqtt = &unanswered, .application_read = 20},
     OUTCOME_ERROR,
     REASON_NONE,
     PARTY_NOBODY},
    {{SENT, FAILED, ALERT_FROM_CLIENT(48)},
     OUTCOME_REFUSED,
     REASON_UNKNOWN_CA,
     PARTY_CLIENT},
    {{SENT, FAILED, ALERT_FROM_CLIENT(45)},
     OUTCOME_REFUSED,
     REASON_EXPIRED,
     PARTY_CLIENT},
    {{SENT, FAILED, ALERT_FROM_CLIENT(42)},
     OUTCOME_REFUSED,
     REASON_CERTIFICATE_REFUSED,
     PARTY_CLIENT},
    {{SENT, FAILED, ALERT_FROM_CLIENT(51)},
     OUTCOME_REFUSED,
     REASON_BAD_CHAIN_SIGNATURE,
     PARTY_CLIENT},
    {{SENT, FAILED, ALERT_FROM_CLIENT(0)}, /* close_notify says nothing */
     OUTCOME_REFUSED,
     REASON_CERTIFICATE_REFUSED,
     PARTY_CLIENT},
    {{SENT, FAILED, CLIENT(CLOSED_RST)},
     OUTCOME_REFUSED,
     REASON_CERTIFICATE_REFUSED,
     PARTY_CLIENT},
    {{.hello = &hello, FAILED, CLIENT(CLOSED_FIN)},
     OUTCOME_REFUSED,
     REASON_PEER_CLOSED,
     PARTY_CLIENT},
    {{.hello = &hello, FAILED, ALERT_FROM_CLIENT(40)},
     OUTCOME_REFUSED,
     REASON_PROTOCOL_ERROR,
     PARTY_CLIENT},
    {{.hello = &hello,
      FAILED,
      .sent = {{2, 70}},
      .sent_count = 1,
      .closed_by = PARTY_SERVER},
     OUTCOME_REFUSED,
     REASON_VERSION_UNSUPPORTED,
     PARTY_SERVER},
    {{.hello = &hello,
      FAILED,
      .sent = {{2, 40}},
      .sent_count = 1,
      .closed_by = PARTY_SERVER},
     OUTCOME_REFUSED,
     REASON_SUITE_MISMATCH,
     PARTY_SERVER},
    /* silence is no refusal, and neither is what the bench itself did */
    {{SENT, FAILED, .limit = handshake, .closed_by = PARTY_SERVER},
     OUTCOME_ERROR,
     REASON_TIMEOUT,
     PARTY_NOBODY},
    {{SENT, FAILED, .closed_by = PARTY_SERVER, .closed_how = CLOSED_FIN},
     OUTCOME_ERROR,
     REASON_NONE,
     PARTY_NOBODY},
    {{.hello = NULL, CLIENT(CLOSED_FIN)},
     OUTCOME_ERROR,
     REASON_NONE,
     PARTY_NOBODY},
    {{SENT, FAILED, ALERT_FROM_CLIENT(48), .harness_short = 1},
     OUTCOME_ERROR,
     REASON_NONE,
     PARTY_NOBODY},
    {{.hello = &hello,
      FAILED,
      .unserved = no_engine,
      .sent = {{2, 40}},
      .sent_count = 1},
     OUTCOME_UNTESTED,
     REASON_NONE,
     PARTY_NOBODY},
    /* another name is a mistake of the bench, whatever comes of it */
    {{.hello = &elsewhere, .certificates = 3, FAILED, ALERT_FROM_CLIENT(42)},
     OUTCOME_ERROR,
     REASON_NONE,
     PARTY_NOBODY},
    {{.hello = &elsewhere, .certificates = 3, DONE, .application_read = 1},
     OUTCOME_ERROR,
     REASON_NONE,
     PARTY_NOBODY},
    {{.hello = &shouted, .certificates = 3, DONE, .application_read = 1},
     OUTCOME_CONNECTED,
     REASON_NONE,
     PARTY_NOBODY},
    {{.hello = &nameless, .certificates = 3, DONE, .application_read = 1},
     OUTCOME_CONNECTED,
     REASON_NONE,
     PARTY_NOBODY},
};

static struct state model_state = {
    .endpoint = host, .client_auth = none_word, .now = 1000};

static void each_rule(void **state)
{
    const struct plan_state st = {.state = &model_state};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct endpoint_side side = rows[i].side;
        struct record r = {.endpoint = &side};

        alone_judge(&r, &st);
        if (r.outcome != rows[i].outcome || r.reason != rows[i].reason ||
            r.refused_by != rows[i].by)
            fail_msg("row %zu: %s, %s", i, outcome_name(r.outcome),
                     reason_name(r.reason));
        assert_true(r.outcome != OUTCOME_ERROR || r.note);
        free(r.note);
    }
}

/* certificate_expired stands for both ends of a validity. */
static void a_date_that_has_not_come(void **state)
{
    static struct certificate later = {.not_before = 2000};
    const struct certificate *items[] = {&later};
    const struct plan_state st = {.state = &model_state,
                                  .chains = {{items, 1}, {NULL, 0}}};
    struct endpoint_side side = {SENT, FAILED, ALERT_FROM_CLIENT(45)};
    struct record r = {.endpoint = &side};

    (void)state;
    alone_judge(&r, &st);
    assert_int_equal(r.reason, REASON_NOT_YET_VALID);
    later.not_before = 500;
    alone_judge(&r, &st);
    assert_int_equal(r.reason, REASON_EXPIRED);
}

/* Only a board has one side: a shim that is gone leaves an error. */
static void only_of_a_board(void **state)
{
    static char bench[] = BOARD_STACK, library[] = "openssl";
    const struct plan_stack of_board = {.name = bench};
    const struct plan_stack of_shim = {.name = library};
    const struct plan_state st = {.state = &model_state};
    struct endpoint_side side = {SENT, DONE, .application_read = 1};
    struct record r = {.endpoint = &side, .outcome = OUTCOME_ERROR};

    (void)state;
    outcome_judge(&r, NULL, &of_shim, &st);
    assert_int_equal(r.outcome, OUTCOME_ERROR);
    outcome_judge(&r, NULL, &of_board, &st);
    assert_int_equal(r.outcome, OUTCOME_CONNECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(a_date_that_has_not_come),
        cmocka_unit_test(only_of_a_board),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
