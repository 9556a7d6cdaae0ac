/* A WebSocket's request and frames: whatever comes, and however it is cut, the
 * same comes of it. The first byte says where to cut. What is sent may differ:
 * a ping that comes with a close behind it needs no answer (RFC 6455 section
 * 5.5.2), and of two faults of one frame either may be named. What is wrong
 * with a close frame's text may be seen before its end or not at all (wslay
 * 1.1.1, cut within the first two bytes): zeros behind the input end it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>

#include "server/app/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTROL_BYTES = 125 }; /* at most, of a control frame's payload */

struct run {
    struct evbuffer *in, *data, *back;
    enum websocket_result result;
    int status, close_code;
};

static void feed(struct run *r, struct websocket *w, const uint8_t *data,
                 size_t size)
{
    if (r->result != WEBSOCKET_ON)
        return;
    evbuffer_add(r->in, data, size);
    r->result = websocket_input(w, r->in, r->data, r->back);
}

static void run(struct run *r, const uint8_t *data, size_t size, size_t cut)
{
    static const uint8_t zeros[CONTROL_BYTES];
    struct websocket *w = websocket_new("/mqtt", 4096);

    *r = (struct run){
        evbuffer_new(), evbuffer_new(), evbuffer_new(), WEBSOCKET_ON, 0, 0};
    if (w == NULL)
        abort();
    feed(r, w, data, cut);
    feed(r, w, data + cut, size - cut);
    feed(r, w, zeros, sizeof zeros);
    r->status = websocket_facts(w)->status;
    r->close_code = websocket_facts(w)->close_code;
    if (r->close_code != 0 && r->result == WEBSOCKET_ON)
        abort();
    websocket_free(w);
}

static int same(struct evbuffer *a, struct evbuffer *b)
{
    size_t size = evbuffer_get_length(a);

    return size == evbuffer_get_length(b) &&
           (size == 0 ||
            memcmp(evbuffer_pullup(a, -1), evbuffer_pullup(b, -1), size) == 0);
}

static void clear(struct run *r)
{
    evbuffer_free(r->in);
    evbuffer_free(r->data);
    evbuffer_free(r->back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run whole, cut;

    if (size < 2)
        return 0;
    run(&whole, data + 1, size - 1, 0);
    run(&cut, data + 1, size - 1, data[0] % size);
    if (whole.result != cut.result || whole.status != cut.status ||
        (whole.close_code == 0) != (cut.close_code == 0) ||
        !same(whole.data, cut.data))
        abort();
    clear(&whole);
    clear(&cut);
    return 0;
}
