/* What is spoken inside TLS. One table of operations per protocol; a new
 * protocol is one more row in application.c. A NULL operation: the protocol has
 * nothing to do there. */
#ifndef SERVER_APP_APPLICATION_H
#define SERVER_APP_APPLICATION_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct conn;

enum { PATIENCE_AS_IT_WAS = -1, PATIENCE_OF_THE_ENDPOINT = 0 };

struct application {
    const char *name;  /* in the endpoint configuration */
    size_t state_size; /* bytes of zeroed state that each connection gets */

    /* What a state of the endpoint says about it: the object "application",
     * from which "protocol" is known already. Outlives the connections. NULL
     * reported, with state and key. NULL operation: no key is taken. */
    void *(*settings_new)(json_t *application, const char *state_id);
    void (*settings_free)(void *settings);

    /* Called once, when the client's Finished arrived. 0, or -1: the endpoint
     * closes the connection. */
    int (*on_established)(struct conn *c, void *state);
    /* Called with what the client sent, in pieces as they come; size > 0. 0, or
     * -1: the endpoint closes. Answers with conn_write. */
    int (*on_data)(struct conn *c, void *state, const uint8_t *data,
                   size_t size);
    /* What waited for the client went out, after conn_waits was above the
     * limit. */
    void (*on_room)(struct conn *c, void *state);
    /* How long, from now on, until the client must have sent the next message,
     * in ms; or one of the PATIENCE_ values. Asked after on_data. */
    int (*patience_ms)(void *state);
    /* That time is over: the endpoint closes. What is written now still goes.
     */
    void (*on_silence)(struct conn *c, void *state);
    /* Called once, when the connection is no longer open: nothing can be
     * written any more. Not called before on_established. */
    void (*on_end)(struct conn *c, void *state);

    /* Adds what it knows to the record's "application". 0, or -1 when memory is
     * out. */
    int (*describe)(void *state, json_t *application);
    /* Frees what the state holds, not the state. After on_end. */
    void (*clear)(void *state);
};

/* Static storage; NULL if there is none of that name. */
const struct application *application_by_name(const char *name);

#endif
