/* One endpoint state with its bound socket, shared by all loops. */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include <jansson.h>
#include <stdint.h>

#include "server/limits.h"

struct application;
struct tls_state;

struct listener {
    char *id; /* "scenario/state" */
    int fd;
    char address[64]; /* numeric */
    uint16_t port;    /* the bound one */
    struct tls_state *tls;
    const struct application *application;
};

/* From one element of "states". Binds and listens. NULL on failure, reported (a
 * port in use is named). */
struct listener *listener_new(const json_t *state, const struct limits *limits);
void listener_free(struct listener *l);

#endif
