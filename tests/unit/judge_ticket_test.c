/* A refusal over a session ticket comes behind the client's Finished, where the
 * state sends tickets; anywhere else that is a contradiction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "judge/outcome.h"

static const struct row {
    const char *name;
    int tickets;
    enum stage stage;
    enum reason said;
    enum handshake handshake;
    long long read; /* application bytes */
    enum outcome outcome;
    enum reason reason;
} rows[] = {
    {"TLS 1.3, behind the first byte", 1, STAGE_APPLICATION,
     REASON_PROTOCOL_ERROR, HANDSHAKE_DONE, 1, OUTCOME_REFUSED,
     REASON_TICKET_REFUSED},
    {"TLS 1.2, before the endpoint's Finished", 1, STAGE_FINISHED,
     REASON_CERTIFICATE_TOO_LARGE, HANDSHAKE_DONE, 0, OUTCOME_REFUSED,
     REASON_TICKET_REFUSED},
    {"the allocator is the witness", 1, STAGE_APPLICATION, REASON_OUT_OF_MEMORY,
     HANDSHAKE_DONE, 1, OUTCOME_REFUSED, REASON_OUT_OF_MEMORY},
    {"no tickets are sent", 0, STAGE_APPLICATION, REASON_PROTOCOL_ERROR,
     HANDSHAKE_DONE, 1, OUTCOME_ERROR, REASON_NONE},
    {"no tickets, TLS 1.2", 0, STAGE_FINISHED, REASON_CERTIFICATE_TOO_LARGE,
     HANDSHAKE_DONE, 0, OUTCOME_ERROR, REASON_NONE},
    {"before any ticket could come", 1, STAGE_CERTIFICATE, REASON_UNKNOWN_CA,
     HANDSHAKE_FAILED, 0, OUTCOME_REFUSED, REASON_UNKNOWN_CA},
    {"within the handshake, and the byte came", 1, STAGE_CERTIFICATE,
     REASON_UNKNOWN_CA, HANDSHAKE_DONE, 1, OUTCOME_ERROR, REASON_NONE},
};

static void each(void **state)
{
    static char none[] = "none";

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct state model = {.client_auth = none};
        const struct plan_state st = {.state = &model,
                                      .tls = {.tickets = rows[i].tickets}};
        struct hello hello = {.bytes = 200};
        struct endpoint_side e = {.hello = &hello,
                                  .certificates = 2,
                                  .handshake = rows[i].handshake,
                                  .application_read = rows[i].read,
                                  .closed_by = PARTY_CLIENT};
        struct shim_side s = {.outcome = OUTCOME_REFUSED,
                              .refused_by = PARTY_CLIENT,
                              .stage = rows[i].stage,
                              .reason = rows[i].said,
                              .alert_sent = ALERT_NONE,
                              .alert_received = ALERT_NONE};
        struct record r = {.shim = &s, .endpoint = &e};

        outcome_judge(&r, NULL, NULL, &st);
        if (r.outcome != rows[i].outcome || r.reason != rows[i].reason)
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
