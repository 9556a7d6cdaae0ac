/* The WebSocket around MQTT: requests by table, frames by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>

#include "server/app/websocket.h"

#define GET     "GET /mqtt HTTP/1.1\r\nHost: a\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define MQTT    "Sec-WebSocket-Protocol: mqtt\r\n"

struct world {
    struct websocket *w;
    struct evbuffer *in, *data, *back;
};

static void world_new(struct world *x)
{
    x->w = websocket_new("/mqtt", 1000);
    x->in = evbuffer_new();
    x->data = evbuffer_new();
    x->back = evbuffer_new();
    assert_non_null(x->w);
}

static void world_free(struct world *x)
{
    websocket_free(x->w);
    evbuffer_free(x->in);
    evbuffer_free(x->data);
    evbuffer_free(x->back);
}

static enum websocket_result feed(struct world *x, const void *bytes,
                                  size_t size)
{
    evbuffer_add(x->in, bytes, size);
    return websocket_input(x->w, x->in, x->data, x->back);
}

/* Everything in the buffer, as text. */
static const char *take(struct evbuffer *b)
{
    static char text[2048];
    int n = evbuffer_remove(b, text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void open_it(struct world *x)
{
    static const char request[] = GET UPGRADE KEY VERSION MQTT "\r\n";

    assert_int_equal(feed(x, request, sizeof request - 1), WEBSOCKET_ON);
    take(x->back);
}

static const struct {
    const char *name, *request;
    enum websocket_result result;
    int status;
} requests[] = {
    {"whole", GET UPGRADE KEY VERSION MQTT "\r\n", WEBSOCKET_ON, 101},
    {"a query, as a signed address has",
     "GET /mqtt?X-Amz-Signature=ab HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY VERSION
         MQTT "\r\n",
     WEBSOCKET_ON, 101},
    {"other cases and a list",
     GET "upgrade: WebSocket\r\nconnection: keep-alive, upgrade\r\n" KEY VERSION
         "Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n\r\n",
     WEBSOCKET_ON, 101},
    {"no subprotocol", GET UPGRADE KEY VERSION "\r\n", WEBSOCKET_ON, 101},
    {"other subprotocols only",
     GET UPGRADE KEY VERSION "Sec-WebSocket-Protocol: mqttv3.1\r\n\r\n",
     WEBSOCKET_END, 400},
    {"no key", GET UPGRADE VERSION MQTT "\r\n", WEBSOCKET_END, 400},
    {"a short key", GET UPGRADE "Sec-WebSocket-Key: dGhl\r\n" VERSION "\r\n",
     WEBSOCKET_END, 400},
    {"an old version", GET UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n",
     WEBSOCKET_END, 426},
    {"another path",
     "GET /other HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY VERSION "\r\n",
     WEBSOCKET_END, 404},
    {"POST", "POST /mqtt HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY VERSION "\r\n",
     WEBSOCKET_END, 405},
    {"HTTP/1.0", "GET /mqtt HTTP/1.0\r\n" UPGRADE KEY VERSION "\r\n",
     WEBSOCKET_END, 405},
    {"no upgrade", GET "\r\n", WEBSOCKET_PLAIN, 0},
    {"another upgrade", GET "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
     WEBSOCKET_PLAIN, 0},
    {"MQTT without a WebSocket", "\x10\x0c\0\4MQTT\4\2\0<\r\n\r\n",
     WEBSOCKET_END, 400}, /* at once: the NUL ends the row */
    {"no HTTP", "hello\r\n\r\n", WEBSOCKET_END, 400},
    {"half", GET UPGRADE, WEBSOCKET_ON, 0},
};

static void request_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct world x;
        enum websocket_result result;
        int status;

        world_new(&x);
        result = feed(&x, requests[i].request, strlen(requests[i].request));
        status = websocket_facts(x.w)->status;
        if (result != requests[i].result || status != requests[i].status)
            fail_msg("%s: result %d, status %d", requests[i].name, (int)result,
                     status);
        if (result == WEBSOCKET_PLAIN)
            assert_int_equal(evbuffer_get_length(x.in),
                             strlen(requests[i].request));
        world_free(&x);
    }
}

/* RFC 6455 section 1.3 has this pair. */
static void answer_proves_the_key(void **state)
{
    static const char request[] = GET UPGRADE KEY VERSION MQTT "\r\n";
    struct world x;
    const char *text;

    (void)state;
    world_new(&x);
    feed(&x, request, sizeof request - 1);
    text = take(x.back);
    assert_non_null(
        strstr(text, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_non_null(strstr(text, "Sec-WebSocket-Protocol: mqtt\r\n"));
    assert_non_null(strstr(text, "\r\n\r\n"));
    assert_string_equal(websocket_facts(x.w)->path, "/mqtt");
    world_free(&x);
}

static void header_has_a_limit(void **state)
{
    struct world x;
    char *large = malloc(WEBSOCKET_REQUEST_BYTES);

    (void)state;
    memset(large, 'A', WEBSOCKET_REQUEST_BYTES);
    world_new(&x);
    assert_int_equal(feed(&x, large, WEBSOCKET_REQUEST_BYTES - 1),
                     WEBSOCKET_ON);
    assert_int_equal(feed(&x, large, 1), WEBSOCKET_END);
    assert_int_equal(websocket_facts(x.w)->status, 431);
    world_free(&x);
    free(large);
}

static const struct {
    const char *name;
    const char *bytes; /* masked with zeros: readable */
    size_t size;
    enum websocket_result result;
    const char *data;
    int close_code;
} frames[] = {
    {"binary", "\x82\x82\0\0\0\0ab", 8, WEBSOCKET_ON, "ab", 0},
    {"two in one", "\x82\x81\0\0\0\0a\x82\x81\0\0\0\0b", 14, WEBSOCKET_ON, "ab",
     0},
    {"in fragments", "\x02\x81\0\0\0\0a\x80\x81\0\0\0\0b", 14, WEBSOCKET_ON,
     "ab", 0},
    {"half", "\x82\x82\0\0\0\0a", 7, WEBSOCKET_ON, "", 0},
    {"empty", "\x82\x80\0\0\0\0", 6, WEBSOCKET_ON, "", 0},
    {"text", "\x81\x82\0\0\0\0ab", 8, WEBSOCKET_END, "", 1003},
    {"not masked",
     "\x82\x02"
     "ab",
     4, WEBSOCKET_END, "", 1002},
    {"reserved bit", "\xc2\x82\0\0\0\0ab", 8, WEBSOCKET_END, "", 1002},
    {"unknown opcode", "\x83\x80\0\0\0\0", 6, WEBSOCKET_END, "", 1002},
    {"too large", "\x82\xfe\x03\xe9\0\0\0\0a", 9, WEBSOCKET_END, "", 1009},
    {"close", "\x88\x82\0\0\0\0\x03\xe8", 8, WEBSOCKET_END, "", 1000},
};

static void frame_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        struct world x;
        enum websocket_result result;
        const char *data;
        int code;

        world_new(&x);
        open_it(&x);
        result = feed(&x, frames[i].bytes, frames[i].size);
        data = take(x.data);
        code = websocket_facts(x.w)->close_code;
        if (result != frames[i].result || strcmp(data, frames[i].data) != 0 ||
            code != frames[i].close_code)
            fail_msg("%s: result %d, data '%s', close %d", frames[i].name,
                     (int)result, data, code);
        world_free(&x);
    }
}

static void ping_is_answered(void **state)
{
    struct world x;

    (void)state;
    world_new(&x);
    open_it(&x);
    assert_int_equal(feed(&x, "\x89\x82\0\0\0\0hi", 8), WEBSOCKET_ON);
    assert_string_equal(take(x.back), "\x8a\x02hi");
    world_free(&x);
}

static void data_is_wrapped(void **state)
{
    struct world x;

    (void)state;
    world_new(&x);
    evbuffer_add(x.data, "abc", 3);
    assert_int_equal(websocket_wrap(x.w, x.data, x.back), -1);
    open_it(&x);
    assert_int_equal(websocket_wrap(x.w, x.data, x.back), 0);
    assert_string_equal(take(x.back), "\x82\x03"
                                      "abc");
    assert_int_equal(evbuffer_get_length(x.data), 0);
    websocket_end(x.w, x.back);
    assert_memory_equal(take(x.back), "\x88\x02\x03\xe8", 4);
    evbuffer_add(x.data, "late", 4);
    assert_int_equal(websocket_wrap(x.w, x.data, x.back), -1);
    world_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_judged),
        cmocka_unit_test(answer_proves_the_key),
        cmocka_unit_test(header_has_a_limit),
        cmocka_unit_test(frame_is_judged),
        cmocka_unit_test(ping_is_answered),
        cmocka_unit_test(data_is_wrapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
