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
    int resumed; /* the shim's word of its second connection */
    int is_silent;
    int is_endpoints; /* the endpoint's word */
} rows[] = {
    {"TLS 1.3, behind the first byte", 1, STAGE_APPLICATION,
     REASON_PROTOCOL_ERROR, HANDSHAKE_DONE, 1, OUTCOME_REFUSED,
     REASON_TICKET_REFUSED, .resumed = 0},
    {"TLS 1.2, before the endpoint's Finished", 1, STAGE_FINISHED,
     REASON_CERTIFICATE_TOO_LARGE, HANDSHAKE_DONE, 0, OUTCOME_REFUSED,
     REASON_TICKET_REFUSED, .resumed = 0},
    {"the allocator is the witness", 1, STAGE_APPLICATION, REASON_OUT_OF_MEMORY,
     HANDSHAKE_DONE, 1, OUTCOME_REFUSED, REASON_OUT_OF_MEMORY, .resumed = 0},
    {"no tickets are sent", 0, STAGE_APPLICATION, REASON_PROTOCOL_ERROR,
     HANDSHAKE_DONE, 1, OUTCOME_ERROR, REASON_NONE, .resumed = 0},
    {"no tickets, TLS 1.2", 0, STAGE_FINISHED, REASON_CERTIFICATE_TOO_LARGE,
     HANDSHAKE_DONE, 0, OUTCOME_ERROR, REASON_NONE, .resumed = 0},
    {"TLS 1.2, of a library that tells no stage", 1, STAGE_CERTIFICATE,
     REASON_CERTIFICATE_TOO_LARGE, HANDSHAKE_DONE, 0, OUTCOME_REFUSED,
     REASON_TICKET_REFUSED, .resumed = 0},
    {"the second hello does not come out", 1, STAGE_HELLO,
     REASON_PROTOCOL_ERROR, HANDSHAKE_NONE, 0, OUTCOME_REFUSED,
     REASON_TICKET_REFUSED, .is_silent = 1},
    {"nor does the first one", 1, STAGE_HELLO, REASON_PROTOCOL_ERROR,
     HANDSHAKE_NONE, 0, OUTCOME_REFUSED, REASON_PROTOCOL_ERROR, .resumed = -1,
     .is_silent = 1},
    {"both say that it was resumed", 1, STAGE_APPLICATION, REASON_NONE,
     HANDSHAKE_DONE, 1, OUTCOME_CONNECTED, REASON_NONE, .resumed = 1,
     .is_endpoints = 1},
    {"one says so", 1, STAGE_APPLICATION, REASON_NONE, HANDSHAKE_DONE, 1,
     OUTCOME_ERROR, REASON_NONE, .resumed = 1},
    {"there was no second connection, and one was resumed", 1,
     STAGE_APPLICATION, REASON_NONE, HANDSHAKE_DONE, 1, OUTCOME_CONNECTED,
     REASON_NONE, .resumed = -1, .is_endpoints = 1},
    {"before any ticket could come", 1, STAGE_CERTIFICATE, REASON_UNKNOWN_CA,
     HANDSHAKE_FAILED, 0, OUTCOME_REFUSED, REASON_UNKNOWN_CA, .resumed = 0},
    {"within the handshake, and the byte came", 1, STAGE_CERTIFICATE,
     REASON_UNKNOWN_CA, HANDSHAKE_DONE, 1, OUTCOME_ERROR, REASON_NONE,
     .resumed = 0},
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
        struct endpoint_side e = {.hello = rows[i].is_silent ? NULL : &hello,
                                  .resumed = rows[i].is_endpoints,
                                  .certificates = 2,
                                  .handshake = rows[i].handshake,
                                  .application_read = rows[i].read,
                                  .application_written = rows[i].read,
                                  .closed_by = PARTY_CLIENT};
        struct shim_side s = {.outcome = rows[i].said == REASON_NONE
                                             ? OUTCOME_CONNECTED
                                             : OUTCOME_REFUSED,
                              .resumed = rows[i].resumed,
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
