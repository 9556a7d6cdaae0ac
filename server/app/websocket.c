/* First the request, as one header that http_parser reads; then frames, which
 * wslay joins to messages, answers pings of, and closes. */
#include "server/app/websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>
#include <http_parser.h>
#include <wslay/wslay.h>

enum {
    FIELD_TEXT = 64,  /* bytes of a header's name that is looked at */
    VALUE_TEXT = 256, /* bytes of its value */
    SWITCHING = 101,
    BAD_REQUEST = 400,
    NOT_FOUND = 404,
    NOT_ALLOWED = 405,
    UPGRADE_NEEDED = 426,
    TOO_LARGE = 431
};

/* What is read of the request's header. */
struct request {
    char name[FIELD_TEXT], value[VALUE_TEXT];
    size_t name_size, value_size;
    int in_value;
    char key[WEBSOCKET_KEY + 1];
    char *target;
    size_t target_size;
    int is_upgrade;          /* Upgrade: websocket, Connection: upgrade */
    int version;             /* Sec-WebSocket-Version; 0: none */
    int protocols, has_mqtt; /* Sec-WebSocket-Protocol came; it lists mqtt */
    int is_whole, is_short;  /* the header's end was seen; memory is out */
};

struct websocket {
    struct websocket_facts facts;
    char *path;
    size_t message_bytes;
    wslay_event_context_ptr frames;
    /* only during a call */
    struct evbuffer *in, *data, *back;
    int refused; /* a close is queued: nothing more is taken */
    int failed;  /* memory is out */
};

/* --- The request --- */

/* Does the comma-separated list hold the word, whatever its case? */
static int has_word(const char *list, const char *word)
{
    size_t size = strlen(word);

    while (*list) {
        size_t n;

        list += strspn(list, " \t,");
        n = strcspn(list, " \t,");
        if (n == size && strncasecmp(list, word, n) == 0)
            return 1;
        list += n;
    }
    return 0;
}

static void note_header(struct request *r)
{
    r->name[r->name_size] = r->value[r->value_size] = '\0';
    if (strcasecmp(r->name, "upgrade") == 0)
        r->is_upgrade |= has_word(r->value, "websocket");
    else if (strcasecmp(r->name, "sec-websocket-key") == 0 &&
             r->value_size == WEBSOCKET_KEY)
        memcpy(r->key, r->value, WEBSOCKET_KEY + 1);
    else if (strcasecmp(r->name, "sec-websocket-version") == 0)
        r->version = (int)strtol(r->value, NULL, 10);
    else if (strcasecmp(r->name, "sec-websocket-protocol") == 0) {
        r->protocols = 1;
        r->has_mqtt |= has_word(r->value, "mqtt");
    }
    r->name_size = r->value_size = 0;
    r->in_value = 0;
}

static void append(char *to, size_t *size, size_t room, const char *at,
                   size_t n)
{
    size_t left = room - 1 - *size;

    n = n < left ? n : left;
    memcpy(to + *size, at, n);
    *size += n;
}

static int on_target(http_parser *p, const char *at, size_t n)
{
    struct request *r = p->data;
    char *larger = realloc(r->target, r->target_size + n + 1);

    if (larger == NULL) {
        r->is_short = 1;
        return -1;
    }
    r->target = larger;
    memcpy(r->target + r->target_size, at, n);
    r->target_size += n;
    r->target[r->target_size] = '\0';
    return 0;
}

static int on_name(http_parser *p, const char *at, size_t n)
{
    struct request *r = p->data;

    if (r->in_value)
        note_header(r);
    append(r->name, &r->name_size, sizeof r->name, at, n);
    return 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
    struct request *r = p->data;

    r->in_value = 1;
    append(r->value, &r->value_size, sizeof r->value, at, n);
    return 0;
}

static int on_whole(http_parser *p)
{
    struct request *r = p->data;

    if (r->in_value)
        note_header(r);
    r->is_whole = 1;
    return 1; /* no body is looked for */
}

static void answer(struct websocket *w, int status, const char *reason,
                   const char *headers)
{
    w->facts.status = status;
    if (evbuffer_add_printf(
            w->back, "HTTP/1.1 %d %s\r\n%s%s\r\n", status, reason, headers,
            status == SWITCHING
                ? ""
                : "Connection: close\r\nContent-Length: 0\r\n") < 0)
        w->failed = 1;
}

static enum websocket_result refuse(struct websocket *w, int status,
                                    const char *reason, const char *headers)
{
    answer(w, status, reason, headers);
    return WEBSOCKET_END;
}

static enum websocket_result request_open(struct websocket *w,
                                          const struct request *r)
{
    char accept[WEBSOCKET_ACCEPT];
    char headers[256];

    if (websocket_accept(r->key, accept) != 0)
        return refuse(w, BAD_REQUEST, "Bad Request", "");
    snprintf(headers, sizeof headers,
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n%s",
             accept, r->has_mqtt ? "Sec-WebSocket-Protocol: mqtt\r\n" : "");
    answer(w, SWITCHING, "Switching Protocols", headers);
    w->facts.is_open = 1;
    return WEBSOCKET_ON;
}

static enum websocket_result request_judge(struct websocket *w,
                                           const struct request *r,
                                           const http_parser *p)
{
    size_t size = strcspn(r->target, "?");

    w->facts.path = strndup(r->target, size);
    if (w->facts.path == NULL) {
        w->failed = 1;
        return WEBSOCKET_END;
    }
    if (p->method != HTTP_GET || p->http_major != 1 || p->http_minor < 1)
        return refuse(w, NOT_ALLOWED, "Method Not Allowed", "Allow: GET\r\n");
    if (strcmp(w->facts.path, w->path) != 0)
        return refuse(w, NOT_FOUND, "Not Found", "");
    /* "an HTTP response with an appropriate error code (such as 426 Upgrade
     * Required) and a |Sec-WebSocket-Version| header field" (RFC 6455 section
     * 4.2.2) */
    if (r->version != 13)
        return refuse(w, UPGRADE_NEEDED, "Upgrade Required",
                      "Sec-WebSocket-Version: 13\r\n");
    /* "The Client MUST include 'mqtt' in the list of WebSocket Sub Protocols it
     * offers" (MQTT 3.1.1 section 6, MQTT-6.0.0-3). One that offers none at all
     * is served: what the cloud does then is not known. */
    if (r->key[0] == '\0' || (r->protocols && !r->has_mqtt))
        return refuse(w, BAD_REQUEST, "Bad Request", "");
    return request_open(w, r);
}

static const http_parser_settings parser_settings = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_whole,
};

/* How long the header is; 0: its end has not come. */
static size_t header_size(struct evbuffer *in)
{
    struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);

    return end.pos < 0 ? 0 : (size_t)end.pos + 4;
}

/* Methods of HTTP begin with such a letter, and a CONNECT of MQTT (0x10) does
 * not: who speaks it without a WebSocket would wait for ever. */
static int is_request(struct evbuffer *in)
{
    char first = 'G';

    evbuffer_copyout(in, &first, 1);
    return first >= 'A' && first <= 'Z';
}

static enum websocket_result request_input(struct websocket *w)
{
    struct request r = {.name_size = 0};
    size_t size = header_size(w->in);
    enum websocket_result result = WEBSOCKET_END;
    http_parser parser;
    const char *text;

    if (!is_request(w->in)) {
        evbuffer_drain(w->in, evbuffer_get_length(w->in));
        return refuse(w, BAD_REQUEST, "Bad Request", "");
    }
    if (size == 0 && evbuffer_get_length(w->in) < WEBSOCKET_REQUEST_BYTES)
        return WEBSOCKET_ON;
    if (size == 0 || size > WEBSOCKET_REQUEST_BYTES)
        return refuse(w, TOO_LARGE, "Request Header Fields Too Large", "");
    text = (const char *)evbuffer_pullup(w->in, (ssize_t)size);
    if (text == NULL) {
        w->failed = 1;
        return WEBSOCKET_END;
    }
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &r;
    http_parser_execute(&parser, &parser_settings, text, size);
    if (r.is_short)
        w->failed = 1;
    else if (!r.is_whole || r.target == NULL)
        result = refuse(w, BAD_REQUEST, "Bad Request", "");
    else if (!r.is_upgrade)
        result = WEBSOCKET_PLAIN;
    else
        result = request_judge(w, &r, &parser);
    if (result != WEBSOCKET_PLAIN)
        evbuffer_drain(w->in, size);
    free(r.target);
    return result;
}

/* --- Frames --- */

static ssize_t on_recv(wslay_event_context_ptr frames, uint8_t *to, size_t room,
                       int flags, void *arg)
{
    struct websocket *w = arg;
    int n = evbuffer_remove(w->in, to, room);

    (void)flags;
    if (n <= 0) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    return n;
}

static ssize_t on_send(wslay_event_context_ptr frames, const uint8_t *data,
                       size_t size, int flags, void *arg)
{
    struct websocket *w = arg;

    (void)flags;
    if (evbuffer_add(w->back, data, size) != 0) {
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)size;
}

/* "MQTT Control Packets MUST be sent in WebSocket binary data frames. If any
 * other type of data frame is received the recipient MUST close the Network
 * Connection" (MQTT 3.1.1, MQTT-6.0.0-1) */
static void on_message(wslay_event_context_ptr frames,
                       const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
    struct websocket *w = arg;

    if (m->opcode == WSLAY_TEXT_FRAME) {
        w->refused = 1;
        wslay_event_queue_close(frames, WSLAY_CODE_UNSUPPORTED_DATA, NULL, 0);
    } else if (m->opcode == WSLAY_BINARY_FRAME && !w->refused &&
               evbuffer_add(w->data, m->msg, m->msg_length) != 0) {
        w->failed = 1;
    }
}

static const struct wslay_event_callbacks frame_calls = {
    .recv_callback = on_recv,
    .send_callback = on_send,
    .on_msg_recv_callback = on_message,
};

static int frames_flush(struct websocket *w)
{
    int status =
        wslay_event_want_write(w->frames) ? wslay_event_send(w->frames) : 0;

    w->facts.close_code = wslay_event_get_close_sent(w->frames)
                              ? wslay_event_get_status_code_sent(w->frames)
                              : 0;
    return status;
}

static enum websocket_result frames_input(struct websocket *w)
{
    int status = wslay_event_recv(w->frames);

    if (frames_flush(w) != 0 || status != 0 || w->failed)
        return WEBSOCKET_END;
    return wslay_event_get_close_sent(w->frames) ||
                   wslay_event_get_close_received(w->frames)
               ? WEBSOCKET_END
               : WEBSOCKET_ON;
}

/* --- Both --- */

struct websocket *websocket_new(const char *path, size_t message_bytes)
{
    struct websocket *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->message_bytes = message_bytes;
    w->path = strdup(path);
    if (w->path == NULL ||
        wslay_event_context_server_init(&w->frames, &frame_calls, w) != 0) {
        websocket_free(w);
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(w->frames, message_bytes);
    return w;
}

void websocket_free(struct websocket *w)
{
    if (w == NULL)
        return;
    if (w->frames != NULL)
        wslay_event_context_free(w->frames);
    free(w->facts.path);
    free(w->path);
    free(w);
}

enum websocket_result websocket_input(struct websocket *w, struct evbuffer *in,
                                      struct evbuffer *data,
                                      struct evbuffer *back)
{
    enum websocket_result result = WEBSOCKET_ON;

    w->in = in;
    w->data = data;
    w->back = back;
    if (!w->facts.is_open)
        result = request_input(w);
    if (w->facts.is_open && result == WEBSOCKET_ON)
        result = frames_input(w);
    return w->failed ? WEBSOCKET_END : result;
}

int websocket_wrap(struct websocket *w, struct evbuffer *data,
                   struct evbuffer *back)
{
    size_t size = evbuffer_get_length(data);
    struct wslay_event_msg m = {.opcode = WSLAY_BINARY_FRAME,
                                .msg_length = size};

    if (!w->facts.is_open)
        return -1;
    if (size == 0)
        return 0;
    m.msg = evbuffer_pullup(data, -1);
    w->back = back;
    if (m.msg == NULL || wslay_event_queue_msg(w->frames, &m) != 0 ||
        frames_flush(w) != 0)
        return -1;
    evbuffer_drain(data, size);
    return 0;
}

void websocket_end(struct websocket *w, struct evbuffer *back)
{
    if (!w->facts.is_open || wslay_event_get_close_sent(w->frames))
        return;
    w->back = back;
    if (wslay_event_queue_close(w->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL,
                                0) == 0)
        frames_flush(w);
}

void websocket_refuse(struct websocket *w, struct evbuffer *back)
{
    w->back = back;
    answer(w, UPGRADE_NEEDED, "Upgrade Required", "Upgrade: websocket\r\n");
}

const struct websocket_facts *websocket_facts(const struct websocket *w)
{
    return &w->facts;
}
