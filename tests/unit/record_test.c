/* The join of both sides: each way in which they may disagree is an error. */
#include "judge/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char server_served[] =
    "{'handshake':'done','application':{'read':1,'written':1},"
    "'alerts_sent':[],'alerts_received':[],"
    "'close':{'by':'peer','how':'alert'},'certificate_bytes':4000}";
static const char server_alerted[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'alerts_sent':[],'alerts_received':[{'level':'fatal','code':48}],"
    "'close':{'by':'peer','how':'alert'},'certificates':10,"
    "'certificate_bytes':4000}";
static const char server_closed[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'alerts_sent':[],'alerts_received':[],"
    "'close':{'by':'peer','how':'fin'},'certificate_bytes':4000}";
static const char server_waited[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'alerts_sent':[],'alerts_received':[],"
    "'close':{'by':'endpoint','how':'silence'},'certificate_bytes':4000}";
static const char server_sent_70[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'alerts_sent':[{'level':'fatal','code':70}],'alerts_received':[],"
    "'close':{'by':'endpoint','how':'alert'},'certificate_bytes':0}";
static const char server_sent_40[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'alerts_sent':[{'level':'fatal','code':40}],'alerts_received':[],"
    "'close':{'by':'endpoint','how':'alert'},'certificate_bytes':0}";
static const char server_sent_40_no_groups[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'hello':{'extensions':[13],'suites':['TLS_ECDHE_RSA_WITH_AES_128_GCM_"
    "SHA256']},"
    "'alerts_sent':[{'level':'fatal','code':40}],'alerts_received':[],"
    "'close':{'by':'endpoint','how':'alert'},'certificate_bytes':0}";
static const char server_sent_40_groups[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'hello':{'extensions':[13,10],'suites':['TLS_ECDHE_RSA_WITH_AES_128_GCM_"
    "SHA256']},"
    "'alerts_sent':[{'level':'fatal','code':40}],'alerts_received':[],"
    "'close':{'by':'endpoint','how':'alert'},'certificate_bytes':0}";
static const char server_sent_40_rsa[] =
    "{'handshake':'failed','application':{'read':0,'written':0},"
    "'hello':{'extensions':[13],'suites':['TLS_RSA_WITH_AES_128_GCM_SHA256']},"
    "'alerts_sent':[{'level':'fatal','code':40}],'alerts_received':[],"
    "'close':{'by':'endpoint','how':'alert'},'certificate_bytes':0}";
static const char server_no_byte[] =
    "{'handshake':'done','application':{'read':0,'written':0},"
    "'alerts_sent':[],'alerts_received':[{'level':'warning','code':0}],"
    "'close':{'by':'peer','how':'alert'},'certificate_bytes':4000}";

struct row {
    const char *name;
    const char *outcome_said, *by, *stage, *reason_said;
    const char *server; /* NULL: no record */
    const char *limits; /* NULL: none */
    const char *outcome, *reason;
};

#define CLIENT "refused", "client"
#define SERVER "refused", "server"

static const struct row rows[] = {
    {"both connected", "connected", NULL, "application", "none", server_served,
     NULL, "connected", "none"},
    {"connected alone", "connected", NULL, "application", "none", NULL, NULL,
     "error", "none"},
    {"connected without a byte", "connected", NULL, "application", "none",
     server_no_byte, NULL, "error", "none"},
    {"connected, handshake failed", "connected", NULL, "application", "none",
     server_closed, NULL, "error", "none"},
    {"refused with an alert", CLIENT, "certificate", "unknown-ca",
     server_alerted, NULL, "refused", "unknown-ca"},
    {"refused with a close", CLIENT, "certificate", "unknown-ca", server_closed,
     NULL, "refused", "unknown-ca"},
    {"refused, endpoint saw silence", CLIENT, "certificate", "unknown-ca",
     server_waited, NULL, "error", "none"},
    {"refused, endpoint served", CLIENT, "certificate", "unknown-ca",
     server_served, NULL, "error", "none"},
    {"refused, endpoint saw nothing", CLIENT, "certificate", "unknown-ca", NULL,
     NULL, "error", "none"},
    {"trust store refused before connecting", CLIENT, "trust-store",
     "trust-store-error", NULL, NULL, "refused", "trust-store-error"},
    {"policy after the handshake", CLIENT, "policy", "pin-mismatch",
     server_no_byte, NULL, "refused", "pin-mismatch"},
    {"unmapped is no refusal", CLIENT, "certificate", "unmapped",
     server_alerted, NULL, "error", "unmapped"},
    {"a reason nobody knows", CLIENT, "certificate", "whim", server_alerted,
     NULL, "error", "whim"},
    {"no reason", CLIENT, "certificate", "none", server_alerted, NULL, "error",
     "none"},
    {"endpoint sent 70", SERVER, "hello", "protocol-error", server_sent_70,
     NULL, "refused", "version-unsupported"},
    {"ECDHE without groups", SERVER, "hello", "suite-mismatch",
     server_sent_40_no_groups, NULL, "error", "none"},
    {"ECDHE with groups", SERVER, "hello", "suite-mismatch",
     server_sent_40_groups, NULL, "refused", "suite-mismatch"},
    {"RSA key exchange needs none", SERVER, "hello", "suite-mismatch",
     server_sent_40_rsa, NULL, "refused", "suite-mismatch"},
    {"endpoint sent 40", SERVER, "hello", "protocol-error", server_sent_40,
     NULL, "refused", "suite-mismatch"},
    {"refused by an endpoint that did not", SERVER, "hello", "protocol-error",
     server_closed, NULL, "error", "none"},
    {"too large by the numbers", CLIENT, "certificate", "chain-too-long",
     server_closed, "{'max_certificate':3999}", "refused",
     "certificate-too-large"},
    {"exactly the limit", CLIENT, "certificate", "chain-too-long",
     server_closed, "{'max_certificate':4000}", "refused", "chain-too-long"},
    {"within the buffer, not joined", CLIENT, "certificate",
     "certificate-too-large", server_closed,
     "{'in_content':16384,'reassembly':false}", "refused",
     "fragmentation-unsupported"},
    {"within the buffer, joined", CLIENT, "certificate",
     "certificate-too-large", server_closed,
     "{'in_content':16384,'reassembly':true}", "refused",
     "certificate-too-large"},
    {"more than it keeps", CLIENT, "certificate", "unknown-ca", server_alerted,
     "{'certificates':9}", "refused", "chain-too-long"},
    {"as many as it keeps", CLIENT, "certificate", "unknown-ca", server_alerted,
     "{'certificates':10}", "refused", "unknown-ca"},
    {"size does not matter to others", CLIENT, "certificate", "expired",
     server_alerted, "{'max_certificate':1}", "refused", "expired"},
    {"unsupported", "unsupported", NULL, "setup", "none", NULL, NULL,
     "unsupported", "none"},
    {"error with its reason", "error", NULL, "hello", "timeout", NULL, NULL,
     "error", "timeout"},
};

static json_t *parse(const char *text)
{
    char buffer[1024];

    if (!text)
        return json_null();
    snprintf(buffer, sizeof buffer, "%s", text);
    for (char *c = buffer; *c; c++)
        if (*c == '\'')
            *c = '"';
    return json_loads(buffer, 0, NULL);
}

static json_t *record_make(const struct row *row)
{
    json_t *client = json_pack(
        "{s:s,s:s?,s:{s:s,s:s,s:n,s:n,s:{s:i,s:i,s:s},s:s},s:{},s:{s:i},s:[]}",
        "outcome", row->outcome_said, "refused_by", row->by, "why", "stage",
        row->stage, "reason", row->reason_said, "alert_sent", "alert_received",
        "native", "code", 1, "flags", 2, "text", "said", "feature", "tls-1.3",
        "got", "measured", "peak_heap", 5000, "emulated");

    return json_pack("{s:s,s:n,s:s,s:s?,s:o,s:o}", "cell", "a/b/c", "note",
                     "outcome", "error", "reason", NULL, "client", client,
                     "server", parse(row->server));
}

static void expect_text(const char *row, const json_t *record, const char *key,
                        const char *want)
{
    const char *got = json_string_value(json_object_get(record, key));

    if (!got || strcmp(got, want) != 0)
        fail_msg("%s: %s is %s, must be %s", row, key, got ? got : "(none)",
                 want);
}

static void joined(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        json_t *record = record_make(row), *limits = parse(row->limits);

        record_judge(record, limits, NULL);
        expect_text(row->name, record, "outcome", row->outcome);
        expect_text(row->name, record, "reason", row->reason);
        if (!strcmp(row->outcome, "error") &&
            !json_is_string(json_object_get(record, "note")))
            fail_msg("%s: an error without a note", row->name);
        json_decref(limits);
        json_decref(record);
    }
}

/* A crash has no client's answer: it must stay what the engine found. */
static void without_an_answer(void **state)
{
    json_t *record =
        json_pack("{s:s,s:s,s:s,s:n,s:n}", "outcome", "error", "reason",
                  "crash", "note", "signal 11", "client", "server");

    (void)state;
    record_judge(record, NULL, NULL);
    expect_text("crash", record, "outcome", "error");
    expect_text("crash", record, "reason", "crash");
    expect_text("crash", record, "note", "signal 11");
    json_decref(record);
}

static void alerts_come_from_the_endpoint(void **state)
{
    static const struct row row = {
        "alert",        CLIENT, "certificate", "unknown-ca",
        server_alerted, NULL,   NULL,          NULL};
    json_t *record = record_make(&row);

    (void)state;
    record_judge(record, NULL, NULL);
    assert_int_equal(json_integer_value(json_object_get(record, "alert_sent")),
                     48);
    assert_true(json_is_null(json_object_get(record, "alert_received")));
    assert_int_equal(
        json_integer_value(json_object_get(record, "certificate_bytes")), 4000);
    assert_int_equal(json_integer_value(json_object_get(record, "peak_heap")),
                     5000);
    json_decref(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined),
        cmocka_unit_test(without_an_answer),
        cmocka_unit_test(alerts_come_from_the_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
