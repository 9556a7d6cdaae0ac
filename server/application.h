/* What is spoken inside TLS. One table of operations per protocol; a new
 * protocol is one more row in application.c. */
#ifndef SERVER_APPLICATION_H
#define SERVER_APPLICATION_H

#include <stddef.h>
#include <stdint.h>

struct conn;

struct application {
    const char *name;  /* in the endpoint configuration */
    size_t state_size; /* bytes of zeroed state that each connection gets */
    /* Called once, when the client's Finished arrived. 0, or -1: the endpoint
     * closes the connection. NULL where the client speaks first. */
    int (*on_established)(struct conn *c, void *state);
    /* Called with what the client sent, in pieces as they come; size > 0. 0, or
     * -1: the endpoint closes. Answers with conn_write. */
    int (*on_data)(struct conn *c, void *state, const uint8_t *data,
                   size_t size);
};

/* Static storage; NULL if there is none of that name. */
const struct application *application_by_name(const char *name);

#endif
