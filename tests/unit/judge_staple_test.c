/* A refusal over a stapled OCSP response, and what the endpoint saw of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "judge/outcome.h"

static const struct row {
    const char *name;
    size_t stapled; /* bytes, by the endpoint */
    enum reason said;
    enum outcome outcome;
} rows[] = {
    {"revoked", 471, REASON_OCSP_REVOKED, OUTCOME_REFUSED},
    {"revoked, by nothing", 0, REASON_OCSP_REVOKED, OUTCOME_ERROR},
    {"unknown, by nothing", 0, REASON_OCSP_UNKNOWN, OUTCOME_ERROR},
    {"expired, by nothing", 0, REASON_OCSP_EXPIRED, OUTCOME_ERROR},
    {"invalid", 5, REASON_OCSP_INVALID, OUTCOME_REFUSED},
    {"invalid, by nothing", 0, REASON_OCSP_INVALID, OUTCOME_ERROR},
    {"missing", 0, REASON_OCSP_MISSING, OUTCOME_REFUSED},
    {"missing, and there", 471, REASON_OCSP_MISSING, OUTCOME_ERROR},
    {"must-staple with a bad one", 471, REASON_OCSP_REQUIRED, OUTCOME_REFUSED},
    {"another reason", 0, REASON_UNKNOWN_CA, OUTCOME_REFUSED},
};

static void each(void **state)
{
    static char none[] = "none";

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct state model = {.client_auth = none};
        const struct plan_state st = {.state = &model};
        struct hello hello = {.bytes = 200};
        struct endpoint_side e = {.hello = &hello,
                                  .certificates = 2,
                                  .staple_bytes = rows[i].stapled,
                                  .handshake = HANDSHAKE_FAILED,
                                  .closed_by = PARTY_CLIENT};
        struct shim_side s = {.outcome = OUTCOME_REFUSED,
                              .resumed = -1,
                              .refused_by = PARTY_CLIENT,
                              .stage = STAGE_CERTIFICATE,
                              .reason = rows[i].said,
                              .alert_sent = ALERT_NONE,
                              .alert_received = ALERT_NONE};
        struct record r = {.shim = &s, .endpoint = &e};

        outcome_judge(&r, NULL, NULL, &st);
        if (r.outcome != rows[i].outcome ||
            (r.outcome == OUTCOME_REFUSED && r.reason != rows[i].said))
            fail_msg("%s: %s, %s; %s", rows[i].name, outcome_name(r.outcome),
                     reason_name(r.reason), r.note ? r.note : "");
        free(r.note);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
