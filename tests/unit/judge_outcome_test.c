/* Two sides to one outcome: each rule where it fires, and a near miss. */
#include "judge/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/record_codec.h"

/* What the endpoint saw. */
enum seen {
    NOTHING,      /* no such connection */
    SERVED,       /* a byte each way */
    ALERTED,      /* 48 from the client after the Certificate */
    CLOSED,       /* by the client, after the Certificate */
    NO_BYTE,      /* the handshake is done, then the client closed */
    SILENT,       /* the endpoint waited in vain */
    SENT_40,      /* before ServerHello */
    SENT_40_LATE, /* after its Certificate */
    SENT_42_LATE, /* the same with bad_certificate */
    SENT_70,
    SENT_120,
    CUT_OFF,        /* by the endpoint, after the Certificate */
    NO_HELLO,       /* the client closed before anything came */
    NO_CERTIFICATE, /* a ClientHello, and the client closed */
};

struct facts { /* what differs from the usual */
    int wire_differs, shim_short, endpoint_short, client_auth, identity;
    const char *limit, *unserved, *left_out;
    unsigned loaded, refused; /* anchors; the store has 2 */
    int64_t max_certificate, in_content, kept;
    int reassembly;
};

struct row {
    const char *name;
    enum outcome said;
    enum party by;
    enum stage stage;
    enum reason reason;
    enum seen seen;
    struct facts facts;
    enum outcome outcome;
    enum reason judged;
};

#define CONNECTED                                                              \
    OUTCOME_CONNECTED, PARTY_NOBODY, STAGE_APPLICATION, REASON_NONE
#define BY_CLIENT(stage, reason)                                               \
    OUTCOME_REFUSED, PARTY_CLIENT, STAGE_##stage, REASON_##reason
#define BY_SERVER(stage, reason)                                               \
    OUTCOME_REFUSED, PARTY_SERVER, STAGE_##stage, REASON_##reason
#define USUAL .loaded = 2, .reassembly = -1

static const struct row rows[] = {
    {"both connected",
     CONNECTED,
     SERVED,
     {USUAL},
     OUTCOME_CONNECTED,
     REASON_NONE},
    {"connected alone",
     CONNECTED,
     NOTHING,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"connected without a byte",
     CONNECTED,
     NO_BYTE,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"connected, handshake failed",
     CONNECTED,
     CLOSED,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"connected, then a limit",
     CONNECTED,
     SERVED,
     {USUAL, .limit = "idle_ms"},
     OUTCOME_CONNECTED,
     REASON_NONE},
    {"refused with an alert",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     ALERTED,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_UNKNOWN_CA},
    {"refused with a close",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     CLOSED,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_UNKNOWN_CA},
    {"refused, endpoint saw silence",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     SILENT,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"refused, endpoint served",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     SERVED,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"refused, endpoint saw nothing",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     NOTHING,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"refused within, Finished seen",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     NO_BYTE,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"refused afterwards, Finished seen",
     BY_CLIENT(POLICY, PIN_MISMATCH),
     NO_BYTE,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_PIN_MISMATCH},
    {"refused afterwards, no Finished",
     BY_CLIENT(POLICY, PIN_MISMATCH),
     CLOSED,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"refused a certificate, no hello",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     NO_HELLO,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"refused a certificate that was not sent",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     NO_CERTIFICATE,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"refused the hello",
     BY_CLIENT(HELLO, PROTOCOL_ERROR),
     NO_CERTIFICATE,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_PROTOCOL_ERROR},
    {"trust store refused before connecting",
     BY_CLIENT(TRUST_STORE, TRUST_STORE_ERROR),
     NOTHING,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_TRUST_STORE_ERROR},
    {"peer closed",
     BY_CLIENT(CERTIFICATE, PEER_CLOSED),
     CUT_OFF,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"peer closed, and did not",
     BY_CLIENT(HELLO, PEER_CLOSED),
     CLOSED,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    {"peer closed by the peer",
     BY_SERVER(HELLO, PEER_CLOSED),
     CUT_OFF,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_PEER_CLOSED},
    {"unmapped is no refusal",
     BY_CLIENT(CERTIFICATE, UNMAPPED),
     ALERTED,
     {USUAL},
     OUTCOME_ERROR,
     REASON_UNMAPPED},
    {"no reason",
     BY_CLIENT(CERTIFICATE, NONE),
     ALERTED,
     {USUAL},
     OUTCOME_ERROR,
     REASON_UNMAPPED},
    /* the harness's own */
    {"shim short of memory",
     BY_CLIENT(CERTIFICATE, BAD_CHAIN_SIGNATURE),
     ALERTED,
     {USUAL, .shim_short = 1},
     OUTCOME_ERROR,
     REASON_NONE},
    {"endpoint short of memory",
     BY_SERVER(HELLO, PEER_CLOSED),
     CUT_OFF,
     {USUAL, .endpoint_short = 1},
     OUTCOME_ERROR,
     REASON_NONE},
    {"the endpoint's time limit",
     BY_SERVER(HELLO, PEER_CLOSED),
     CUT_OFF,
     {USUAL, .limit = "handshake_ms"},
     OUTCOME_ERROR,
     REASON_NONE},
    {"a byte was flipped on the wire",
     BY_CLIENT(CERTIFICATE, BAD_CHAIN_SIGNATURE),
     ALERTED,
     {USUAL, .wire_differs = 1},
     OUTCOME_ERROR,
     REASON_NONE},
    {"the store lost an anchor",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     ALERTED,
     {.loaded = 1, .reassembly = -1},
     OUTCOME_ERROR,
     REASON_NONE},
    {"the store refused an anchor",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     ALERTED,
     {.loaded = 1, .refused = 1, .reassembly = -1},
     OUTCOME_REFUSED,
     REASON_UNKNOWN_CA},
    {"the store lost an anchor and connected",
     CONNECTED,
     SERVED,
     {.loaded = 1, .reassembly = -1},
     OUTCOME_ERROR,
     REASON_NONE},
    {"what the endpoint cannot serve",
     BY_SERVER(HELLO, SUITE_MISMATCH),
     SENT_40,
     {USUAL, .unserved = "no such key"},
     OUTCOME_UNTESTED,
     REASON_NONE},
    {"what is left out of the chain",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     ALERTED,
     {USUAL, .left_out = "a.pem:1"},
     OUTCOME_UNSUPPORTED,
     REASON_NONE},
    /* alerts of the endpoint */
    {"endpoint sent 70",
     BY_SERVER(HELLO, PROTOCOL_ERROR),
     SENT_70,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_VERSION_UNSUPPORTED},
    {"endpoint sent 40",
     BY_SERVER(HELLO, PROTOCOL_ERROR),
     SENT_40,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_SUITE_MISMATCH},
    {"no client certificate, TLS 1.2",
     BY_SERVER(FINISHED, SUITE_MISMATCH),
     SENT_40_LATE,
     {USUAL, .client_auth = 1},
     OUTCOME_REFUSED,
     REASON_IDENTITY_REFUSED},
    {"a bad client certificate",
     BY_SERVER(FINISHED, PROTOCOL_ERROR),
     SENT_42_LATE,
     {USUAL, .client_auth = 1, .identity = 1},
     OUTCOME_REFUSED,
     REASON_IDENTITY_REFUSED},
    {"nobody asked for one",
     BY_SERVER(FINISHED, IDENTITY_REFUSED),
     SENT_42_LATE,
     {USUAL},
     OUTCOME_REFUSED,
     REASON_PROTOCOL_ERROR},
    {"refused by an endpoint that did not",
     BY_SERVER(HELLO, PROTOCOL_ERROR),
     CLOSED,
     {USUAL},
     OUTCOME_ERROR,
     REASON_NONE},
    /* sizes */
    {"too large by the numbers",
     BY_CLIENT(CERTIFICATE, CHAIN_TOO_LONG),
     CLOSED,
     {USUAL, .max_certificate = 3999},
     OUTCOME_REFUSED,
     REASON_CERTIFICATE_TOO_LARGE},
    {"exactly the limit",
     BY_CLIENT(CERTIFICATE, CHAIN_TOO_LONG),
     CLOSED,
     {USUAL, .max_certificate = 4000},
     OUTCOME_REFUSED,
     REASON_CHAIN_TOO_LONG},
    {"within the buffer, not joined",
     BY_CLIENT(CERTIFICATE, CERTIFICATE_TOO_LARGE),
     CLOSED,
     {.loaded = 2, .in_content = 16384, .reassembly = 0},
     OUTCOME_REFUSED,
     REASON_FRAGMENTATION_UNSUPPORTED},
    {"within the buffer, joined",
     BY_CLIENT(CERTIFICATE, CERTIFICATE_TOO_LARGE),
     CLOSED,
     {.loaded = 2, .in_content = 16384, .reassembly = 1},
     OUTCOME_REFUSED,
     REASON_CERTIFICATE_TOO_LARGE},
    {"more than it keeps",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     ALERTED,
     {USUAL, .kept = 9},
     OUTCOME_REFUSED,
     REASON_CHAIN_TOO_LONG},
    {"as many as it keeps",
     BY_CLIENT(CERTIFICATE, UNKNOWN_CA),
     ALERTED,
     {USUAL, .kept = 10},
     OUTCOME_REFUSED,
     REASON_UNKNOWN_CA},
    {"size does not matter to others",
     BY_CLIENT(CERTIFICATE, EXPIRED),
     ALERTED,
     {USUAL, .max_certificate = 1},
     OUTCOME_REFUSED,
     REASON_EXPIRED},
    {"unsupported",
     OUTCOME_UNSUPPORTED,
     PARTY_NOBODY,
     STAGE_SETUP,
     REASON_NONE,
     NOTHING,
     {USUAL},
     OUTCOME_UNSUPPORTED,
     REASON_NONE},
    {"error with its reason",
     OUTCOME_ERROR,
     PARTY_NOBODY,
     STAGE_HELLO,
     REASON_TIMEOUT,
     NOTHING,
     {USUAL},
     OUTCOME_ERROR,
     REASON_TIMEOUT},
};

static void alert(struct alert *list, size_t *count, int code)
{
    list[*count].level = 2;
    list[(*count)++].code = (uint8_t)code;
}

static void close_by(struct endpoint_side *e, enum party by,
                     enum closed_how how)
{
    e->closed_by = by;
    e->closed_how = how;
}

static void set_served(struct endpoint_side *e, enum seen seen)
{
    e->handshake =
        seen == SERVED || seen == NO_BYTE ? HANDSHAKE_DONE : HANDSHAKE_FAILED;
    e->application_read = e->application_written = seen == SERVED;
    if (seen == NO_HELLO || seen == NO_CERTIFICATE || seen == SENT_40 ||
        seen == SENT_70 || seen == SENT_120)
        return;
    e->certificates = 10;
    e->certificate_bytes = 4000;
    e->chain = strdup("rsa");
}

static struct endpoint_side *endpoint_make(const struct row *row)
{
    static const int codes[] = {
        [SENT_40] = 40, [SENT_40_LATE] = 40, [SENT_42_LATE] = 42,
        [SENT_70] = 70, [SENT_120] = 120,    [NO_CERTIFICATE] = 0};
    struct endpoint_side *e = calloc(1, sizeof *e);

    if (row->seen != NO_HELLO) {
        e->hello = calloc(1, sizeof *e->hello);
        e->hello->references = 1;
    }
    set_served(e, row->seen);
    close_by(e, PARTY_CLIENT, CLOSED_FIN);
    if (row->seen == ALERTED)
        alert(e->received, &e->received_count, 48);
    if (row->seen == SILENT)
        close_by(e, PARTY_SERVER, CLOSED_SILENCE);
    if (row->seen == CUT_OFF)
        close_by(e, PARTY_SERVER, CLOSED_FIN);
    if (row->seen < sizeof codes / sizeof *codes && codes[row->seen]) {
        alert(e->sent, &e->sent_count, codes[row->seen]);
        close_by(e, PARTY_SERVER, CLOSED_ALERT);
    }
    if (row->facts.limit)
        e->limit = strdup(row->facts.limit);
    if (row->facts.unserved)
        e->unserved = strdup(row->facts.unserved);
    e->harness_short = row->facts.endpoint_short;
    return e;
}

static struct record *record_make(const struct row *row)
{
    struct record *r = record_new("a/b/c-d", "d");

    r->shim = calloc(1, sizeof *r->shim);
    r->shim->outcome = row->said;
    r->shim->refused_by = row->by;
    r->shim->stage = row->stage;
    r->shim->reason = row->reason;
    r->shim->alert_sent = r->shim->alert_received = ALERT_NONE;
    r->shim->anchors_loaded = row->facts.loaded;
    r->shim->anchors_refused = row->facts.refused;
    r->shim->harness_short = row->facts.shim_short;
    r->wire_differs = row->facts.wire_differs;
    if (row->seen != NOTHING)
        r->endpoint = endpoint_make(row);
    return r;
}

/* What the cell is about. */
struct about {
    struct device *device;
    struct plan_device plan_device;
    struct plan_stack stack;
    struct state state;
    struct plan_state plan_state;
    char *left_out;
};

static void about_init(struct about *a, const struct facts *f)
{
    static char required[] = "require", none[] = "none", name[] = "b";

    memset(a, 0, sizeof *a);
    a->device = device_new("c-d");
    if (f->identity)
        a->device->identity = strdup("rsa-2048");
    a->plan_device.device = a->device;
    a->plan_device.store.count = 2;
    a->stack.max_certificate = f->max_certificate;
    a->stack.in_content = f->in_content;
    a->stack.certificates = f->kept;
    a->stack.reassembly = f->reassembly;
    a->state.name = name;
    a->state.client_auth = f->client_auth ? required : none;
    a->plan_state.state = &a->state;
    a->left_out = (char *)f->left_out;
    a->plan_state.left_out = &a->left_out;
    a->plan_state.left_out_count = f->left_out != NULL;
}

static void judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct record *r = record_make(row);
        struct about a;

        about_init(&a, &row->facts);
        a.plan_device.store.count = 2;
        /* The list itself is not looked at without a path. */
        a.plan_device.store.items = NULL;
        r->endpoint ? free(r->endpoint->chain) : (void)0;
        if (r->endpoint)
            r->endpoint->chain = NULL;
        outcome_judge(r, &a.plan_device, &a.stack, &a.plan_state);
        if (r->outcome != row->outcome || r->reason != row->judged)
            fail_msg("%s: %s (%s), must be %s (%s); %s", row->name,
                     outcome_name(r->outcome), reason_name(r->reason),
                     outcome_name(row->outcome), reason_name(row->judged),
                     r->note ? r->note : "");
        if (!outcome_is_statement(r->outcome) && !r->note)
            fail_msg("%s: no statement and no note", row->name);
        if ((r->outcome == OUTCOME_REFUSED) != (r->refused_by != PARTY_NOBODY))
            fail_msg("%s: who refused?", row->name);
        record_free(r);
        device_free(a.device);
    }
}

/* Stored records are judged again: the same comes out. */
static void judged_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record *r = record_make(&rows[i]);
        enum outcome first;

        outcome_judge(r, NULL, NULL, NULL);
        first = r->outcome;
        outcome_judge(r, NULL, NULL, NULL);
        if (r->outcome != first)
            fail_msg("%s: %s, then %s", rows[i].name, outcome_name(first),
                     outcome_name(r->outcome));
        record_free(r);
    }
}

/* A crash has no answer: it must stay what the lab found. */
static void without_an_answer(void **state)
{
    struct record *r = record_new("a/b/c", "d");

    (void)state;
    r->reason = REASON_CRASH;
    r->note = strdup("signal 11");
    outcome_judge(r, NULL, NULL, NULL);
    assert_int_equal(r->outcome, OUTCOME_ERROR);
    assert_int_equal(r->reason, REASON_CRASH);
    assert_string_equal(r->note, "signal 11");
    record_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judged),
        cmocka_unit_test(judged_twice),
        cmocka_unit_test(without_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
