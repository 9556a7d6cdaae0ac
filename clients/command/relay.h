/* What stands between the command and the endpoint: it forwards bytes, reads
 * the records' headers, and sees who ended first. Must not know TLS beyond
 * record headers and plain alerts, nor what the command says. */
#ifndef CLIENTS_COMMAND_RELAY_H
#define CLIENTS_COMMAND_RELAY_H

#include <poll.h>
#include <stdint.h>

#include "clients/shim_io.h"

enum relay_side { RELAY_NONE, RELAY_CLIENT, RELAY_SERVER };
enum { RELAY_POLLS = 2 };

struct relay {
    int listener;  /* -1: the one connection is there, or none will come */
    uint16_t port; /* of the listener */
    int client;    /* -1: none, or closed */
    int accepted;
    int client_ended, server_ended; /* end of file came from there */
    enum relay_side first;          /* who ended first: an end of file, or an
                                       alert that ends */
    int encrypted_first; /* the endpoint encrypted before the client: 1.3 */
    int hung_up;         /* the client was sent an end of file */
    int64_t deadline_ms;
    const struct shim_want *want; /* where the endpoint is */
    struct shim_io io; /* to the endpoint: .in from there, .out to there */
};

/* Listens on a free port of 127.0.0.1. 0, or -1 with errno; relay_close in
 * every case. want must live as long. */
int relay_open(struct relay *r, const struct shim_want *want);
/* Fills what to wait for: relay_polls entries. */
int relay_polls(const struct relay *r, struct pollfd *polls);
/* Moves what the polled descriptors have; connects to the endpoint when the
 * client comes. 0; -1 with errno: the endpoint cannot be reached. */
int relay_move(struct relay *r, const struct pollfd *polls, int count);
/* No client, and none can come any more; or both sides have ended. */
int relay_is_over(const struct relay *r);
/* The command has ended: it will not connect any more, if it has not. 0 or -1
 * as relay_move. */
int relay_client_gone(struct relay *r);
/* Did the endpoint's answer, one application byte, pass? */
int relay_answered(const struct relay *r);
/* Did an encrypted record of the endpoint pass that can be an alert? It may be
 * the answer to the client's own end; the endpoint's record tells. */
int relay_refused_sealed(const struct relay *r);
/* Did the client's Finished pass? */
int relay_finished(const struct relay *r);
void relay_close(struct relay *r);

#endif
