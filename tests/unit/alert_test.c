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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(alerts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
