/* The outcome of a job, with a stack that does as the test says over a real
 * socket: what is a refusal, whose, and what is none. */
#include "clients/shim_run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/shim_io.h"
#include "clients/shim_map.h"

enum script {
    CONNECT,        /* all is well */
    NO_CERTIFICATE, /* the handshake ends without one */
    FAIL,           /* the handshake fails with `why` */
    FAIL_LATE,      /* the application byte fails with `why` */
    STALL,          /* wants to read for ever */
    REFUSE_HEAP,    /* an allocation is refused, then it fails with `why` */
    STALL_HEAP,     /* an allocation is refused, then it stalls */
    EMPTY_READ,     /* the application read ends with nothing */
    NO_CONTEXT,     /* no context, with `why` */
    LACK,           /* no context, for want of a feature */
    LACK_NAME,      /* no connection, for a name that it does not take */
    HANG_UP         /* the peer hangs up, then it fails with `why` */
};

static struct {
    enum script script;
    struct shim_why why;
    int peer; /* the accepted socket, -1: none */
    int contexts, conns, offered, sessions; /* sessions: not freed */
    int has_none, fails_second;
    struct shim_io *io;
} fake = {.peer = -1};

static int listener = -1;
static uint16_t port;

static char no_anchors[] = "/tmp/shim-run-test-XXXXXX"; /* an empty file */

static int listener_open(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;

    (void)state;
    assert_int_equal(close(mkstemp(no_anchors)), 0);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, size), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &size), 0);
    port = ntohs(a.sin_port);
    return 0;
}

static int listener_close(void **state)
{
    (void)state;
    shim_run_clear();
    unlink(no_anchors);
    return close(listener);
}

static unsigned fake_features(void)
{
    return FEATURE_TLS12 | FEATURE_SNI | FEATURE_CLOCK | FEATURE_HEAP |
           FEATURE_PEER_CHAIN | FEATURE_RESUME | FEATURE_REQUEST_P256;
}

/* It has no SHA-1. */
static int fake_digest(enum shim_digest which, const void *data, size_t size,
                       uint8_t *out)
{
    (void)data;
    if (which == SHIM_SHA1)
        return -1;
    memset(out, (int)size, 32);
    return 0;
}

static void *fake_context_new(const struct shim_want *want,
                              struct shim_got *got, struct shim_why *why)
{
    fake.contexts++;
    if (fake.script == LACK)
        why->feature = "groups";
    if (fake.script == NO_CONTEXT)
        *why = fake.why;
    if (fake.script == LACK || fake.script == NO_CONTEXT)
        return NULL;
    got->anchors_loaded = (unsigned)want->anchors.size;
    return shim_heap_malloc(1000);
}

static void *fake_conn_new(void *context, const struct shim_want *want,
                           struct shim_io *io, struct shim_why *why)
{
    (void)context;
    (void)want;
    fake.io = io;
    fake.peer = -1;
    fake.conns++;
    if (fake.script == LACK_NAME)
        why->feature = "reference-name";
    return fake.script == LACK_NAME ? NULL : shim_heap_malloc(10);
}

static enum shim_step fake_fail(struct shim_why *why)
{
    *why = fake.why;
    return SHIM_FAILED;
}

static enum shim_step fake_step(void *conn, const void *out, size_t out_size,
                                void *in, size_t *in_size, struct shim_why *why)
{
    uint8_t byte;

    (void)conn;
    (void)out;
    if (fake.peer < 0)
        fake.peer = accept(listener, NULL, NULL);
    if (fake.fails_second && fake.conns == 2)
        return fake_fail(why);
    switch (fake.script) {
    case FAIL:
        return fake_fail(why);
    case FAIL_LATE:
        return in ? fake_fail(why) : SHIM_DONE;
    case HANG_UP:
        close(fake.peer);
        fake.peer = -1;
        assert_int_equal(shim_io_poll(fake.io, 0), SHIM_IO_READY);
        assert_int_equal(shim_io_read(fake.io, &byte, 1), 0);
        return fake_fail(why);
    case STALL:
        return SHIM_WANT_READ;
    case REFUSE_HEAP:
        assert_null(shim_heap_malloc(1 << 20));
        return fake_fail(why);
    case STALL_HEAP:
        assert_null(shim_heap_malloc(1 << 20));
        return SHIM_WANT_READ;
    default:
        break;
    }
    if (in)
        *in_size = fake.script == EMPTY_READ ? 0 : 1;
    assert_true(!in || !out_size);
    return SHIM_DONE;
}

static void fake_result(void *conn, struct shim_got *got,
                        struct shim_bytes *chain, size_t *count)
{
    (void)conn;
    (void)chain;
    *count = 0;
    got->version = 0x0303;
    got->resumed = fake.offered;
    got->peer_certificate = fake.script != NO_CERTIFICATE;
}

static void fake_conn_free(void *conn, int notify)
{
    (void)notify;
    if (fake.peer >= 0)
        close(fake.peer);
    fake.peer = -1;
    shim_heap_free(conn);
}

static void *fake_session_take(void *conn)
{
    (void)conn;
    fake.sessions += !fake.has_none;
    return fake.has_none ? NULL : shim_heap_malloc(100);
}

static int fake_session_offer(void *conn, void *session, struct shim_why *why)
{
    (void)why;
    fake.sessions--;
    fake.offered = conn != NULL;
    shim_heap_free(session);
    return 0;
}

static int fake_request(const struct shim_want *want, struct shim_request *out,
                        struct shim_why *why)
{
    if (fake.script == FAIL) {
        *why = fake.why;
        return -1;
    }
    strcpy(out->key, want->request_name);
    return 0;
}

static const struct shim_ops ops = {
    .family = "fake",
    .features = fake_features,
    .digest = fake_digest,
    .context_new = fake_context_new,
    .context_free = shim_heap_free,
    .conn_new = fake_conn_new,
    .step = fake_step,
    .result = fake_result,
    .conn_free = fake_conn_free,
    .session_take = fake_session_take,
    .session_offer = fake_session_offer,
    .request = fake_request,
};

static void ask(const char *more, struct shim_answer *answer)
{
    static struct shim_job job;
    char line[1024];

    snprintf(line, sizeof line,
             "{\"id\":\"t\",\"host\":\"127.0.0.1\",\"port\":%u,"
             "\"timeout_ms\":100,\"want\":{\"anchors\":\"%s\","
             "\"name\":\"n\",\"clock\":1%s%s}}",
             port, no_anchors, *more ? "," : "", more);
    if (shim_job_parse(&job, line, strlen(line)) == -1)
        fail_msg("%s: %s", line, job.fault);
    shim_run_job(&ops, &job, answer);
    shim_job_clear(&job);
}

#define HEAP "\"limits\":{\"heap\":2000}"

static void outcomes(void **state)
{
    static const struct {
        const char *name, *more;
        enum script script;
        enum reason told;
        int by_server, alert;
        enum shim_outcome outcome;
        enum reason reason;
        int server;
    } rows[] = {
        {"connects", "", CONNECT, 0, 0, -1, SHIM_CONNECTED, REASON_NONE, 0},
        {"refusal", "", FAIL, REASON_EXPIRED, 0, -1, SHIM_REFUSED,
         REASON_EXPIRED, 0},
        {"unmapped is no refusal", "", FAIL, REASON_UNMAPPED, 0, -1, SHIM_ERROR,
         REASON_UNMAPPED, 0},
        {"no reason is no refusal", "", FAIL, REASON_NONE, 0, -1, SHIM_ERROR,
         REASON_UNMAPPED, 0},
        {"the alert's reason", "", FAIL, REASON_PROTOCOL_ERROR, 1, 70,
         SHIM_REFUSED, REASON_VERSION_UNSUPPORTED, 1},
        {"an alert nobody numbered", "", FAIL, REASON_PROTOCOL_ERROR, 1, -1,
         SHIM_REFUSED, REASON_PROTOCOL_ERROR, 1},
        {"late alert", "", FAIL_LATE, REASON_PROTOCOL_ERROR, 1, 116,
         SHIM_REFUSED, REASON_IDENTITY_REFUSED, 1},
        {"nobody authenticated", "", NO_CERTIFICATE, 0, 0, -1, SHIM_REFUSED,
         REASON_UNAUTHENTICATED, 0},
        {"nobody asked for it", "\"verify\":{\"chain\":false}", NO_CERTIFICATE,
         0, 0, -1, SHIM_CONNECTED, REASON_NONE, 0},
        {"time-out", "", STALL, 0, 0, -1, SHIM_ERROR, REASON_TIMEOUT, 0},
        {"heap before the code", HEAP, REFUSE_HEAP, REASON_UNKNOWN_CA, 0, -1,
         SHIM_REFUSED, REASON_OUT_OF_MEMORY, 0},
        {"heap before the alert", HEAP, REFUSE_HEAP, REASON_PROTOCOL_ERROR, 1,
         40, SHIM_REFUSED, REASON_OUT_OF_MEMORY, 0},
        {"heap before the time-out", HEAP, STALL_HEAP, 0, 0, -1, SHIM_REFUSED,
         REASON_OUT_OF_MEMORY, 0},
        {"context over budget", "\"limits\":{\"heap\":999}", CONNECT, 0, 0, -1,
         SHIM_REFUSED, REASON_OUT_OF_MEMORY, 0},
        {"budget just enough", "\"limits\":{\"heap\":1010}", CONNECT, 0, 0, -1,
         SHIM_CONNECTED, REASON_NONE, 0},
        {"nothing came back", "", EMPTY_READ, 0, 0, -1, SHIM_REFUSED,
         REASON_PEER_CLOSED, 1},
        {"trust store", "\"sni\":false", NO_CONTEXT, REASON_TRUST_STORE_ERROR,
         0, -1, SHIM_REFUSED, REASON_TRUST_STORE_ERROR, 0},
        {"unmapped set-up", "\"sni\":false", NO_CONTEXT, REASON_UNMAPPED, 0, -1,
         SHIM_ERROR, REASON_UNMAPPED, 0},
        {"lacks a setting", "\"sni\":false", LACK, 0, 0, -1, SHIM_UNSUPPORTED,
         REASON_NONE, 0},
        {"lacks a name", "\"sni\":false", LACK_NAME, 0, 0, -1, SHIM_UNSUPPORTED,
         REASON_NONE, 0},
        {"closed, says the library alone", "", FAIL, REASON_PEER_CLOSED, 1, -1,
         SHIM_ERROR, REASON_UNMAPPED, 0},
        {"closed, and it was", "", HANG_UP, REASON_PEER_CLOSED, 1, -1,
         SHIM_REFUSED, REASON_PEER_CLOSED, 1},
        {"lacks a feature", "\"alpn\":[\"x\"]", CONNECT, 0, 0, -1,
         SHIM_UNSUPPORTED, REASON_NONE, 0},
        {"lacks SHA-1",
         "\"pins\":[{\"match\":\"certificate-sha1\",\"hash\":"
         "\"00112233445566778899aabbccddeeff00112233\"}]",
         CONNECT, 0, 0, -1, SHIM_UNSUPPORTED, REASON_NONE, 0},
        {"memory without a budget is no device's", "", FAIL,
         REASON_OUT_OF_MEMORY, 0, -1, SHIM_ERROR, REASON_UNMAPPED, 0},
        {"a level where there are none", "\"security_level\":0", CONNECT, 0, 0,
         -1, SHIM_CONNECTED, REASON_NONE, 0},
        {"lacks a version", "\"versions\":{\"min\":\"1.3\"}", CONNECT, 0, 0, -1,
         SHIM_UNSUPPORTED, REASON_NONE, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_answer a;
        fake.script = rows[i].script;
        shim_map_clear(&fake.why, STAGE_CERTIFICATE);
        fake.why.reason = rows[i].told;
        fake.why.by_server = rows[i].by_server;
        fake.why.alert_received = rows[i].alert;
        ask(rows[i].more, &a);
        if (a.outcome != rows[i].outcome || a.why.reason != rows[i].reason ||
            a.why.by_server != rows[i].server)
            fail_msg("%s: outcome %d, %s, by server %d, feature %s",
                     rows[i].name, a.outcome, reason_name(a.why.reason),
                     a.why.by_server, a.feature);
    }
}

static void figures(void **state)
{
    struct shim_answer a, b;

    (void)state;
    fake.script = CONNECT;
    shim_run_clear();
    fake.contexts = 0;
    ask("", &a);
    ask("", &b);
    assert_int_equal(fake.contexts, 1);
    assert_int_equal(a.peak_heap, 1010);
    assert_int_equal(b.peak_heap, 1010);
    assert_true(a.local_port > 0);
    assert_int_equal(a.got.version, 0x0303);
    assert_int_equal(a.why.stage, STAGE_APPLICATION);
}

/* Two connections, of which the answer is the second one's; no session is left
 * behind. */
static void second_connection(void **state)
{
    static const struct {
        const char *more;
        enum script script;
        int has_none, fails_second;
        int conns, is_second, resumed;
        enum shim_outcome outcome;
    } rows[] = {
        {"", CONNECT, 0, 0, 1, 0, 0, SHIM_CONNECTED},
        {"\"resume\":true", CONNECT, 0, 0, 2, 1, 1, SHIM_CONNECTED},
        {"\"resume\":true", CONNECT, 1, 0, 2, 1, 0, SHIM_CONNECTED},
        {"\"resume\":true", CONNECT, 0, 1, 2, 1, 0, SHIM_REFUSED},
        {"\"resume\":true", FAIL, 0, 0, 1, 0, 0, SHIM_REFUSED},
        {"\"resume\":true", EMPTY_READ, 0, 0, 1, 0, 0, SHIM_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_answer a;

        shim_run_clear();
        fake.script = rows[i].script;
        fake.why = (struct shim_why){
            .reason = REASON_EXPIRED, .alert_sent = -1, .alert_received = -1};
        fake.conns = fake.offered = fake.sessions = 0;
        fake.has_none = rows[i].has_none;
        fake.fails_second = rows[i].fails_second;
        ask(rows[i].more, &a);
        if (fake.conns != rows[i].conns || a.is_second != rows[i].is_second ||
            a.got.resumed != rows[i].resumed || a.outcome != rows[i].outcome)
            fail_msg("%zu: %d connections, %d %d, outcome %d", i, fake.conns,
                     a.is_second, a.got.resumed, a.outcome);
        assert_int_equal(fake.sessions, 0);
        assert_int_equal(shim_heap_used(), 1000);
        assert_int_equal(a.peak_heap, fake.offered ? 1110 : 1010);
    }
    fake.has_none = fake.fails_second = fake.offered = 0;
}

/* The answer carries what passed, and the socket the address it was given. */
static void wire_and_source(void **state)
{
    struct shim_answer a;
    struct sockaddr_in peer = {.sin_port = 0};
    socklen_t size = sizeof peer;
    static struct shim_io io;
    int fd;

    (void)state;
    assert_int_equal(shim_io_open(&io, "127.0.0.1", port, "127.9.8.7", 1000),
                     SHIM_IO_READY);
    fd = accept(listener, (struct sockaddr *)&peer, &size);
    assert_int_equal(ntohl(peer.sin_addr.s_addr), 0x7f090807);
    close(fd);
    shim_io_close(&io, 0);
    assert_int_equal(shim_io_open(&io, "127.0.0.1", port, "192.0.2.1", 1000),
                     SHIM_IO_FAULT);
    shim_io_close(&io, 0);
    fake.script = CONNECT;
    ask("", &a);
    assert_int_equal(a.sent.bytes + a.received.bytes, 0);
    assert_int_equal(a.got.security_level, -1);
}

static void nobody_listens(void **state)
{
    struct shim_answer a;
    uint16_t kept = port;
    struct sockaddr_in free_port = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof free_port;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    /* Bound, so that nobody else takes it, but not listening. */
    assert_int_equal(bind(fd, (struct sockaddr *)&free_port, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&free_port, &size), 0);
    port = ntohs(free_port.sin_port);
    fake.script = CONNECT;
    ask("", &a);
    port = kept;
    close(fd);
    assert_int_equal(a.outcome, SHIM_ERROR);
    assert_int_equal(a.why.stage, STAGE_CONNECT);
    assert_true(*a.why.native_text);
}

/* A request makes no connection and no context; what fails there is never a
 * refusal, whatever the library's code means in a handshake. */
static void requests(void **state)
{
    static const struct {
        const char *key;
        enum script script;
        enum shim_outcome outcome;
    } rows[] = {{"p-256", CONNECT, SHIM_MADE},
                {"p-256", FAIL, SHIM_ERROR},
                {"rsa-2048", CONNECT, SHIM_UNSUPPORTED}};
    static struct shim_job job;
    struct shim_answer a;
    char line[200];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake.script = rows[i].script;
        fake.why = (struct shim_why){.reason = REASON_EXPIRED};
        fake.conns = fake.contexts = 0;
        snprintf(line, sizeof line,
                 "{\"id\":\"t\",\"request\":{\"key\":\"%s\","
                 "\"name\":\"n\"}}",
                 rows[i].key);
        assert_int_equal(shim_job_parse(&job, line, strlen(line)), 0);
        shim_run_job(&ops, &job, &a);
        assert_int_equal(a.outcome, rows[i].outcome);
        assert_int_equal(a.made != NULL, rows[i].outcome == SHIM_MADE);
        assert_int_equal(fake.conns + fake.contexts + a.local_port, 0);
        if (a.made)
            assert_string_equal(a.made->key, "n");
        shim_job_clear(&job);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),          cmocka_unit_test(figures),
        cmocka_unit_test(second_connection), cmocka_unit_test(wire_and_source),
        cmocka_unit_test(nobody_listens),    cmocka_unit_test(requests),
    };

    return cmocka_run_group_tests(tests, listener_open, listener_close);
}
