/* The endpoint's limits (docs/endpoint.md). Const once read. */
#ifndef SERVER_LIMITS_H
#define SERVER_LIMITS_H

#include <stddef.h>

struct limits {
    size_t connections; /* open at one time; more are not accepted until others
                           end */
    int handshake_ms;   /* from accept to the client's Finished */
    int idle_ms; /* without a byte from the peer, after the handshake; also the
                    wait for the peer's FIN */
    int open_ms; /* after its handshake a connection is closed, whatever it
                    does; 0: it is not */
    size_t message_bytes; /* a client's certificate list; all a client may send
                             before its Finished; output kept for it */
};

#endif
