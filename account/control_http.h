/* The control plane as an HTTP service on libevent's evhttp, without TLS: it
 * stands behind something that terminates it. One event loop. */
#ifndef ACCOUNT_CONTROL_HTTP_H
#define ACCOUNT_CONTROL_HTTP_H

#include <stddef.h>

struct account;
struct control_http;
struct event_base;
struct evhttp;
struct evhttp_request;

/* A listening AF_UNIX socket for this user only (0600), close-on-exec; what
 * stands at the path is replaced if it is a socket. -1 reported. */
int control_http_socket(const char *path);

/* What one service takes, and who answers. */
struct control_service {
    unsigned methods; /* of enum evhttp_cmd_type; others evhttp answers */
    size_t body_most; /* above it evhttp answers itself */
    void (*answer)(struct evhttp_request *req, void *context);
    void *context;
};
/* Serves from a socket that listens, which it takes and closes, also on
 * failure: NULL, not reported. */
struct evhttp *control_http_service(struct event_base *base, int fd,
                                    const struct control_service *s);

/* Serves the account from a socket that listens, which it takes and closes. Its
 * callbacks run in the base's loop; each call may wait for the disk. NULL on
 * failure, reported, the socket closed. */
struct control_http *control_http_new(struct event_base *base,
                                      struct account *a, int fd);
/* Ends its connections. In the loop's thread, or when it does not run. */
void control_http_free(struct control_http *h);

#endif
