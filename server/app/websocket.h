/* The server's side of a WebSocket (RFC 6455) that carries MQTT (MQTT 3.1.1 and
 * 5.0, section 6): the opening request, then messages. Bytes in, bytes out;
 * knows no socket, no TLS and no MQTT. Frames are wslay's, the request's header
 * is http_parser's. */
#ifndef SERVER_APP_WEBSOCKET_H
#define SERVER_APP_WEBSOCKET_H

#include <stddef.h>

struct evbuffer;
struct websocket;

enum {
    WEBSOCKET_REQUEST_BYTES = 8192 /* the whole header; a signed address has
                                      about 2,000 */
};

enum websocket_result {
    WEBSOCKET_ON,    /* more may come */
    WEBSOCKET_PLAIN, /* the first request asks for no WebSocket: nothing was
                        taken, all of it is for an HTTP service */
    WEBSOCKET_END    /* what is in `back` is the last */
};

struct websocket_facts {
    char *path;     /* as asked for, without the query; NULL before */
    int is_open;    /* 101 was sent */
    int status;     /* of the answer to the request; 0: none yet */
    int close_code; /* that was sent (RFC 6455 section 7.4.1); 0: none */
};

/* Opens for `path` ("/mqtt") and the subprotocol "mqtt". `message_bytes`: the
 * largest message to take from a client. NULL: memory is out. */
struct websocket *websocket_new(const char *path, size_t message_bytes);
void websocket_free(struct websocket *w);

/* Takes what it can out of `in`; appends what the messages carry to `data`, and
 * what is to be sent (the answer to the request, pong, close) to `back`. Not
 * called again after PLAIN or END. */
enum websocket_result websocket_input(struct websocket *w, struct evbuffer *in,
                                      struct evbuffer *data,
                                      struct evbuffer *back);

/* Moves all of `data` to `back`, as one binary message. 0, or -1: memory is out
 * or it is not open. */
int websocket_wrap(struct websocket *w, struct evbuffer *data,
                   struct evbuffer *back);
/* Appends a close frame with code 1000, if it is open and none was sent. */
void websocket_end(struct websocket *w, struct evbuffer *back);

/* Refuses what websocket_input called PLAIN: there is no HTTP service. */
void websocket_refuse(struct websocket *w, struct evbuffer *back);

const struct websocket_facts *websocket_facts(const struct websocket *w);

/* Sec-WebSocket-Accept of a key (RFC 6455 section 4.2.2, item 5.4): 28
 * characters and NUL. 0, or -1. In server/openssl/, for its SHA-1. */
enum { WEBSOCKET_ACCEPT = 29, WEBSOCKET_KEY = 24 /* characters of a key */ };
int websocket_accept(const char *key, char out[static WEBSOCKET_ACCEPT]);

#endif
