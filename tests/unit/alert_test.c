/* What an alert means depends on what was known when it came. */
#include "model/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { UNKNOWN = ALERT_UNKNOWN };

static const struct {
    int alert;
    struct alert_facts facts; /* in the order of its declaration */
    enum reason reason;
} rows[] = {
    {70, {STAGE_HELLO, 0, 0, 0, 0, 0, 0}, REASON_VERSION_UNSUPPORTED},
    {86, {STAGE_HELLO, 0, 0, 0, 0, 0, 0}, REASON_VERSION_UNSUPPORTED},
    {71, {STAGE_HELLO, 0, 0, 0, 0, 0, 0}, REASON_SUITE_MISMATCH},
    {40, {STAGE_HELLO, 0, 0, 0, 0, 0, 0}, REASON_SUITE_MISMATCH},
    {40, {STAGE_HELLO, 0, 1, 1, 0, 0, 0}, REASON_SUITE_MISMATCH},
    {40, {STAGE_FINISHED, 1, 1, 0, 0, 0, 0}, REASON_IDENTITY_REFUSED},
    {40, {STAGE_FINISHED, 1, 1, 1, 0, 0, 0}, REASON_IDENTITY_REFUSED},
    {40, {STAGE_FINISHED, 1, UNKNOWN, 0, 0, 0, 0}, REASON_IDENTITY_REFUSED},
    {40, {STAGE_FINISHED, 1, 0, 0, 0, 0, 0}, REASON_PROTOCOL_ERROR},
    {42, {STAGE_FINISHED, 1, 1, 0, 0, 0, 0}, REASON_IDENTITY_REFUSED},
    {42, {STAGE_FINISHED, 1, UNKNOWN, 1, 0, 0, 0}, REASON_IDENTITY_REFUSED},
    {42, {STAGE_FINISHED, 1, UNKNOWN, 0, 0, 0, 0}, REASON_PROTOCOL_ERROR},
    {42, {STAGE_FINISHED, 1, 0, 1, 0, 0, 0}, REASON_PROTOCOL_ERROR},
    {48, {STAGE_APPLICATION, 1, 1, 1, 0, 0, 0}, REASON_IDENTITY_REFUSED},
    {48, {STAGE_APPLICATION, 1, 0, 0, 0, 0, 0}, REASON_PROTOCOL_ERROR},
    {116, {STAGE_APPLICATION, 1, 1, 0, 0, 0, 0}, REASON_IDENTITY_REFUSED},
    {120, {STAGE_HELLO, 0, 0, 0, 1, 1, 0}, REASON_APPLICATION_REFUSED},
    {120, {STAGE_HELLO, 0, 0, 0, 1, UNKNOWN, 0}, REASON_APPLICATION_REFUSED},
    {120, {STAGE_HELLO, 0, 0, 0, 0, 1, 0}, REASON_PROTOCOL_ERROR},
    {120, {STAGE_HELLO, 0, 0, 0, 0, 1, UNKNOWN}, REASON_PROTOCOL_ERROR},
    {120, {STAGE_HELLO, 0, 0, 0, 0, 1, 1}, REASON_APPLICATION_REFUSED},
    {0, {STAGE_HELLO, 0, 0, 0, 0, 0, 0}, REASON_PEER_CLOSED},
    {80, {STAGE_HELLO, 0, 0, 0, 0, 0, 0}, REASON_PROTOCOL_ERROR},
    {255, {STAGE_FINISHED, 1, 1, 1, 1, 1, 0}, REASON_PROTOCOL_ERROR},
};

static void alerts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum reason r = alert_reason(rows[i].alert, &rows[i].facts);

        if (r != rows[i].reason)
            fail_msg("row %zu, alert %d: %s", i, rows[i].alert, reason_name(r));
    }
}

static const struct {
    int alert;
    enum reason reason, said; /* said by a client's row or text */
    int contradicts;
} of_clients[] = {
    {43, REASON_KEY_USAGE, REASON_KEY_USAGE, 0},
    {43, REASON_KEY_USAGE, REASON_EXPIRED, 1},
    {45, REASON_EXPIRED, REASON_NOT_YET_VALID, 0},
    {45, REASON_EXPIRED, REASON_UNKNOWN_CA, 1},
    {48, REASON_UNKNOWN_CA, REASON_BAD_CA, 0},
    {48, REASON_UNKNOWN_CA, REASON_BAD_CHAIN_SIGNATURE, 1},
    {51, REASON_BAD_CHAIN_SIGNATURE, REASON_UNKNOWN_CA, 1},
    {70, REASON_VERSION_UNSUPPORTED, REASON_VERSION_UNSUPPORTED, 0},
    {42, REASON_UNMAPPED, REASON_EXPIRED, 0},
    {-1, REASON_UNMAPPED, REASON_EXPIRED, 0},
};

static void alerts_of_clients(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof of_clients / sizeof *of_clients; i++) {
        int alert = of_clients[i].alert;
        enum reason r = alert_client_reason(alert);

        if (r != of_clients[i].reason)
            fail_msg("row %zu, alert %d: %s", i, alert, reason_name(r));
        if (alert_contradicts(alert, of_clients[i].said) !=
            of_clients[i].contradicts)
            fail_msg("row %zu, alert %d: %s", i, alert,
                     reason_name(of_clients[i].said));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts),
        cmocka_unit_test(alerts_of_clients),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
