/* What an alert means depends on what was known when it came. */
#include "clients/shim_alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    int alert, identity, answered;
    enum reason reason;
} rows[] = {
    {70, 0, 0, REASON_VERSION_UNSUPPORTED},
    {86, 0, 0, REASON_VERSION_UNSUPPORTED},
    {40, 0, 0, REASON_SUITE_MISMATCH},
    {40, 1, 0, REASON_SUITE_MISMATCH},
    {40, 0, 1, REASON_IDENTITY_REFUSED},
    {71, 0, 0, REASON_SUITE_MISMATCH},
    {42, 1, 1, REASON_IDENTITY_REFUSED},
    {42, 0, 1, REASON_PROTOCOL_ERROR},
    {48, 1, 1, REASON_IDENTITY_REFUSED},
    {48, 0, 1, REASON_PROTOCOL_ERROR},
    {49, 1, 1, REASON_IDENTITY_REFUSED},
    {116, 0, 1, REASON_IDENTITY_REFUSED},
    {120, 0, 0, REASON_APPLICATION_REFUSED},
    {0, 0, 0, REASON_PEER_CLOSED},
    {80, 0, 0, REASON_PROTOCOL_ERROR},
    {255, 1, 1, REASON_PROTOCOL_ERROR},
};

static void alerts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_alert_facts f = {rows[i].identity, rows[i].answered};
        enum reason r = shim_alert_reason(rows[i].alert, &f);
        if (r != rows[i].reason)
            fail_msg("alert %d, identity %d, answered %d: %s", rows[i].alert,
                     rows[i].identity, rows[i].answered, reason_name(r));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(alerts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
