/* What the bench decides without sockets: whose connection it is, how a device
 * waits, grades, trust, the way through the steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"
#include "board/course.h"
#include "board/drill.h"
#include "board/grade.h"
#include "board/retry.h"
#include "board/trust.h"
#include "board/who.h"

static void keys_of_boards(void **state)
{
    static const struct {
        const char *text;
        int status;
        enum who_kind kind;
    } rows[] = {
        {"thermostat", 0, WHO_ANYBODY},
        {"a=192.0.2.7", 0, WHO_ADDRESS},
        {"a=2001:DB8::1", 0, WHO_ADDRESS},
        {"a=client-id:Lamp 7", 0, WHO_CLIENT_ID},
        {"a=certificate:"
         "0123456789abcdef0123456789ABCDEF0123456789abcdef01234567"
         "89abcdef",
         0, WHO_CERTIFICATE},
        {"a=certificate:01", -1, WHO_ANYBODY},
        {"a=client-id:", -1, WHO_ANYBODY},
        {"a=192.0.2", -1, WHO_ANYBODY},
        {"a=", -1, WHO_ANYBODY},
        {"=192.0.2.7", -1, WHO_ANYBODY},
        {"A", -1, WHO_ANYBODY},
        {"a/b", -1, WHO_ANYBODY},
    };
    char said[200];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct who w;

        diag_capture(said, sizeof said);
        assert_int_equal(who_parse(rows[i].text, &w), rows[i].status);
        diag_capture(NULL, 0);
        if (rows[i].status == 0)
            assert_int_equal(w.kind, rows[i].kind);
        who_clear(&w);
    }
}

static void several_boards_need_keys(void **state)
{
    static const struct {
        const char *a, *b;
        int status;
    } rows[] = {
        {"a=192.0.2.7", "b=192.0.2.8", 0},
        {"a=192.0.2.7", "b", -1},
        {"a=192.0.2.7", "b=192.0.2.7", -1},
        {"a=192.0.2.7", "a=192.0.2.8", -1},
        {"a=client-id:x", "b=client-id:y", 0},
    };
    char said[200];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct who w[2];

        assert_int_equal(who_parse(rows[i].a, &w[0]), 0);
        assert_int_equal(who_parse(rows[i].b, &w[1]), 0);
        diag_capture(said, sizeof said);
        assert_int_equal(who_check(w, 2), rows[i].status);
        diag_capture(NULL, 0);
        assert_int_equal(who_check(w, 1), 0);
        who_clear(&w[0]);
        who_clear(&w[1]);
    }
}

/* A board that says who it is takes its address along. */
static void a_board_is_found_again(void **state)
{
    struct who w[3];

    (void)state;
    assert_int_equal(who_parse("a=192.0.2.7", &w[0]), 0);
    assert_int_equal(who_parse("b=client-id:lamp", &w[1]), 0);
    assert_int_equal(who_parse("c=client-id:door", &w[2]), 0);
    assert_int_equal(who_at(w, 3, "192.0.2.7"), 0);
    assert_int_equal(who_at(w, 3, "192.0.2.8"), 3);
    assert_int_equal(who_says(w, 3, "192.0.2.8", "nobody", NULL), 3);
    assert_int_equal(who_says(w, 3, "192.0.2.8", "lamp", NULL), 1);
    assert_int_equal(who_at(w, 3, "192.0.2.8"), 1);
    assert_int_equal(who_says(w, 3, "192.0.2.9", "lamp", NULL), 1);
    assert_int_equal(who_at(w, 3, "192.0.2.8"), 3);
    assert_int_equal(who_says(w, 3, "192.0.2.9", "door", NULL), 2);
    assert_int_equal(who_at(w, 3, "192.0.2.9"), 2);
    for (size_t i = 0; i < 3; i++)
        who_clear(&w[i]);
}

static void rules_of_waiting(void **state)
{
    static const struct {
        double pauses[8];
        size_t count;
        int came_back;
        enum retry_kind kind;
    } rows[] = {
        {{0}, 0, 0, RETRY_NONE},
        {{0}, 0, 1, RETRY_UNKNOWN},
        {{1000, 2000, 4000}, 3, 1, RETRY_UNKNOWN},
        {{3, 0, 5, 9, 2}, 5, 1, RETRY_AT_ONCE},
        {{5000, 5010, 4990, 5020, 5003}, 5, 1, RETRY_CONSTANT},
        {{5000, 9000, 6000, 8000, 5500, 7000}, 6, 1, RETRY_CONSTANT},
        {{1000, 2000, 3010, 4000, 5000, 6020}, 6, 1, RETRY_LINEAR},
        {{10000, 11000, 12000, 13000, 14000, 15000}, 6, 1, RETRY_LINEAR},
        {{1000, 2000, 4010, 8000, 16020}, 5, 1, RETRY_EXPONENTIAL},
        {{1000, 1500, 2250, 3375, 5062}, 5, 1, RETRY_EXPONENTIAL},
        {{1000, 2000, 4000, 8000, 8000, 8010, 8000}, 7, 1, RETRY_EXPONENTIAL},
        {{800, 2600, 3100, 9500, 14000, 40000}, 6, 1, RETRY_JITTERED},
        {{1000, 2000, 4000, 8000, 16000}, 5, 0, RETRY_EXPONENTIAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(
            retry_name(
                retry_judge(rows[i].pauses, rows[i].count, rows[i].came_back)),
            retry_name(rows[i].kind));
}

static void grades_of_records(void **state)
{
    struct endpoint_side plain = {.engine = NULL};
    struct endpoint_side told = {.received = {{2, 48}}, .received_count = 1};
    struct endpoint_side goodbye = {.received = {{1, 0}}, .received_count = 1};
    const struct {
        enum outcome outcome;
        enum party by;
        struct endpoint_side *side;
        enum grade plain, attack;
    } rows[] = {
        {OUTCOME_CONNECTED, PARTY_NOBODY, &plain, GRADE_PASS, GRADE_FAIL},
        {OUTCOME_CONNECTED, PARTY_NOBODY, &goodbye, GRADE_PASS, GRADE_FAIL},
        {OUTCOME_CONNECTED, PARTY_NOBODY, &told, GRADE_WARNINGS, GRADE_FAIL},
        {OUTCOME_REFUSED, PARTY_CLIENT, &told, GRADE_FAIL, GRADE_PASS},
        {OUTCOME_REFUSED, PARTY_CLIENT, &plain, GRADE_FAIL, GRADE_WARNINGS},
        {OUTCOME_REFUSED, PARTY_CLIENT, &goodbye, GRADE_FAIL, GRADE_WARNINGS},
        {OUTCOME_REFUSED, PARTY_SERVER, &plain, GRADE_FAIL, GRADE_NONE},
        {OUTCOME_ERROR, PARTY_NOBODY, &plain, GRADE_NONE, GRADE_NONE},
        {OUTCOME_ERROR, PARTY_NOBODY, NULL, GRADE_NONE, GRADE_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct record r = {.outcome = rows[i].outcome,
                                 .refused_by = rows[i].by,
                                 .endpoint = rows[i].side};

        assert_int_equal(grade_record(&r, 0), rows[i].plain);
        assert_int_equal(grade_record(&r, 1), rows[i].attack);
    }
}

static void grades_of_suites(void **state)
{
    static char best[] = "BEST", old[] = "OLD", odd[] = "ODD";
    static char scsv[] = "TLS_EMPTY_RENEGOTIATION_INFO_SCSV";
    static char *recommended[] = {best}, *supported[] = {best, old};
    const struct grade_suites lists = {recommended, supported, 1, 2};
    static const struct {
        char *offer[3];
        size_t count;
        enum grade grade;
    } rows[] = {
        {{best, scsv}, 2, GRADE_PASS}, {{best, old}, 2, GRADE_PASS},
        {{old}, 1, GRADE_WARNINGS},    {{best, odd}, 2, GRADE_WARNINGS},
        {{odd, scsv}, 2, GRADE_FAIL},  {{NULL}, 0, GRADE_FAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct hello h = {.suites = (char **)rows[i].offer,
                                .suites_count = rows[i].count};

        assert_int_equal(grade_suites(&h, &lists), rows[i].grade);
    }
}

static void grades_of_retries(void **state)
{
    (void)state;
    assert_int_equal(grade_retry(RETRY_JITTERED), GRADE_PASS);
    assert_int_equal(grade_retry(RETRY_EXPONENTIAL), GRADE_WARNINGS);
    assert_int_equal(grade_retry(RETRY_LINEAR), GRADE_FAIL);
    assert_int_equal(grade_retry(RETRY_NONE), GRADE_FAIL);
    assert_int_equal(grade_retry(RETRY_UNKNOWN), GRADE_NONE);
}

static void grades_of_drills(void **state)
{
    static const struct {
        enum drill_kind kind;
        struct mqtt_side mqtt;
        enum party closed_by;
        enum grade grade;
    } rows[] = {
        {DRILL_NO_PUBACK, {.drill = {1, .withheld = 2, .again = 1}}, 0, 1},
        {DRILL_NO_PUBACK, {.drill = {1, .withheld = 2}}, 0, 3},
        {DRILL_NO_PUBACK, {.drill = {1}}, 0, 0},
        {DRILL_NO_SUBACK, {.drill = {1, .withheld = 1, .again = 2}}, 0, 1},
        {DRILL_NO_SUBACK, {.drill = {1, .withheld = 1}}, 0, 3},
        {DRILL_NO_PINGRESP, {.drill = {1, .withheld = 1}}, PARTY_CLIENT, 1},
        {DRILL_NO_PINGRESP, {.drill = {1, .withheld = 1}}, PARTY_SERVER, 3},
        {DRILL_NO_PINGRESP, {.drill = {1}}, PARTY_CLIENT, 0},
        {DRILL_MESSAGE, {.drill = {1, .greeted = 1, .acknowledged = 1}}, 0, 1},
        {DRILL_MESSAGE, {.drill = {1, .greeted = 1}}, 0, 3},
        {DRILL_MESSAGE, {.drill = {1}}, 0, 0},
        {DRILL_FORGOTTEN, {.subscribed = 1, .drill = {1}}, 0, 1},
        {DRILL_FORGOTTEN, {.drill = {1}}, 0, 3},
        {DRILL_FORGOTTEN, {.drill = {1, .was_clean = 1}}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mqtt_side mqtt = rows[i].mqtt;
        const struct endpoint_side side = {.mqtt = &mqtt,
                                           .closed_by = rows[i].closed_by};
        const char *why = NULL;

        mqtt.version = 4;
        if (drill_grade(rows[i].kind, &side, &why) != rows[i].grade)
            fail_msg("row %zu: %s", i, why);
        assert_non_null(why);
        mqtt.version = 0; /* no CONNECT: nothing is known */
        assert_int_equal(drill_grade(rows[i].kind, &side, &why), GRADE_NONE);
    }
}

enum { ROOTS = 3 };
static const struct reaction yes = {1, 1, ALERT_NONE, CLOSED_FIN, 1, 9};
static const struct reaction no = {1, 0, 48, CLOSED_ALERT, 0, 2};
static const struct reaction no_rst = {1, 0, 48, CLOSED_RST, 0, 2};
static const struct reaction other = {1, 0, 51, CLOSED_ALERT, 0, 5};
static const struct reaction fin = {1, 0, ALERT_NONE, CLOSED_FIN, 0, 2};
static const struct reaction rst = {1, 0, ALERT_NONE, CLOSED_RST, 0, 2};
static const struct reaction untried = {0, 0, ALERT_NONE, CLOSED_FIN, 0, 0};

static void trust_from_differences(void **state)
{
    const struct {
        struct reaction stranger, roots[ROOTS];
        enum trust out[ROOTS];
    } rows[] = {
        /* the lab's twins are in the board */
        {no, {yes, no, no_rst}, {TRUST_YES, TRUST_NO, TRUST_NO}},
        /* the real roots are, and the alert tells */
        {no, {other, no, no}, {TRUST_KNOWN, TRUST_NO, TRUST_NO}},
        /* ... or the way it closes */
        {fin, {rst, fin, fin}, {TRUST_KNOWN, TRUST_NO, TRUST_NO}},
        /* nothing tells */
        {no,
         {no, no_rst, no},
         {TRUST_NO_DIFFERENCE, TRUST_NO_DIFFERENCE, TRUST_NO_DIFFERENCE}},
        {no, {yes, untried, no}, {TRUST_YES, TRUST_UNTRIED, TRUST_NO}},
        /* it takes everybody: connecting says nothing */
        {yes, {yes, yes, yes}, {TRUST_UNTRIED, TRUST_UNTRIED, TRUST_UNTRIED}},
        {untried, {yes, no, no}, {TRUST_UNTRIED, TRUST_UNTRIED, TRUST_UNTRIED}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum trust out[ROOTS];

        trust_judge(&rows[i].stranger, rows[i].roots, ROOTS, out);
        for (size_t k = 0; k < ROOTS; k++)
            assert_string_equal(trust_name(out[k]), trust_name(rows[i].out[k]));
    }
}

enum { CELL, ATTACK, STRANGER, ANCHOR, RETRIES, STEPS };

static struct step step_rows[STEPS] = {
    {.kind = STEP_CELL},
    {.kind = STEP_CELL, .is_attack = 1},
    {.kind = STEP_STRANGER},
    {.kind = STEP_ANCHOR, .root = "a root"},
    {.kind = STEP_RETRIES, .repeats = 4},
};
static const struct steps steps = {
    .items = step_rows, .count = STEPS, .first_anchor = ANCHOR, .anchors = 1};

static enum course_turn take(struct course *c, size_t step, enum outcome o,
                             int64_t began, int64_t ended)
{
    struct endpoint_side side = {.received = {{2, 48}}, .received_count = 1};
    const struct record r = {.outcome = o,
                             .refused_by = o == OUTCOME_REFUSED ? PARTY_CLIENT
                                                                : PARTY_NOBODY,
                             .endpoint = &side};
    const struct course_connection of = {step, &r, began, ended};

    return course_take(c, &of);
}

static void the_way_through_the_steps(void **state)
{
    struct course c;
    enum trust trust[1];
    int64_t at = 1000, pause = 100;

    (void)state;
    assert_int_equal(course_init(&c, &steps), 0);
    assert_int_equal(take(&c, CELL, OUTCOME_CONNECTED, 1, 2), COURSE_DONE);
    /* it came again before the next state was served: nothing changes */
    assert_int_equal(take(&c, CELL, OUTCOME_REFUSED, 3, 4), COURSE_AGAIN);
    assert_int_equal(c.results[CELL].outcome, OUTCOME_CONNECTED);
    assert_int_equal(take(&c, ATTACK, OUTCOME_ERROR, 5, 6), COURSE_AGAIN);
    assert_int_equal(take(&c, ATTACK, OUTCOME_REFUSED, 7, 8), COURSE_DONE);
    assert_int_equal(c.results[ATTACK].grade, GRADE_PASS);
    /* between two refusals it connects once, and then gets the next one */
    assert_int_equal(course_served(&c), CELL);
    assert_int_equal(take(&c, STRANGER, OUTCOME_REFUSED, 8, 8), COURSE_AGAIN);
    assert_int_equal(take(&c, CELL, OUTCOME_CONNECTED, 8, 9), COURSE_RESTED);
    assert_int_equal(course_served(&c), STRANGER);
    assert_int_equal(take(&c, STRANGER, OUTCOME_REFUSED, 9, 10), COURSE_DONE);
    assert_int_equal(take(&c, CELL, OUTCOME_ERROR, 10, 10), COURSE_AGAIN);
    assert_int_equal(take(&c, CELL, OUTCOME_REFUSED, 10, 10), COURSE_AGAIN);
    assert_int_equal(take(&c, CELL, OUTCOME_REFUSED, 10, 10), COURSE_RESTED);
    assert_int_equal(take(&c, ANCHOR, OUTCOME_CONNECTED, 11, 12), COURSE_DONE);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(take(&c, RETRIES, OUTCOME_REFUSED, at, at + 10),
                         COURSE_AGAIN);
        at += 10 + pause;
        pause *= 2;
    }
    assert_int_equal(take(&c, RETRIES, OUTCOME_REFUSED, at, at + 10),
                     COURSE_DONE);
    assert_int_equal(c.results[RETRIES].retry, RETRY_EXPONENTIAL);
    assert_true(course_is_over(&c));
    course_trust(&c, trust);
    assert_int_equal(trust[0], TRUST_YES);
    course_clear(&c);
}

/* Three connections that tell nothing pass a step over; none at all does, too.
 */
static void steps_without_an_answer(void **state)
{
    struct course c;

    (void)state;
    assert_int_equal(course_init(&c, &steps), 0);
    assert_int_equal(take(&c, CELL, OUTCOME_ERROR, 1, 2), COURSE_AGAIN);
    assert_int_equal(take(&c, CELL, OUTCOME_ERROR, 1, 2), COURSE_AGAIN);
    assert_int_equal(take(&c, CELL, OUTCOME_ERROR, 1, 2), COURSE_PASSED);
    assert_int_equal(c.misses, 0);
    assert_int_equal(course_miss(&c), COURSE_PASSED);
    assert_int_equal(c.results[ATTACK].outcome, OUTCOME_ERROR);
    assert_int_equal(c.misses, 1);
    assert_int_equal(c.step, STRANGER);
    course_miss(&c);
    course_miss(&c);
    assert_int_equal(take(&c, RETRIES, OUTCOME_REFUSED, 1, 2), COURSE_AGAIN);
    assert_int_equal(course_miss(&c), COURSE_PASSED);
    assert_int_equal(c.results[RETRIES].retry, RETRY_NONE);
    course_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_boards),
        cmocka_unit_test(several_boards_need_keys),
        cmocka_unit_test(a_board_is_found_again),
        cmocka_unit_test(rules_of_waiting),
        cmocka_unit_test(grades_of_records),
        cmocka_unit_test(grades_of_suites),
        cmocka_unit_test(grades_of_retries),
        cmocka_unit_test(grades_of_drills),
        cmocka_unit_test(trust_from_differences),
        cmocka_unit_test(the_way_through_the_steps),
        cmocka_unit_test(steps_without_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
