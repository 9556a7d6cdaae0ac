/* One connection from accept to its record. Lives in one loop's thread. */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include <stddef.h>
#include <stdint.h>

struct conn;
struct listener;
struct loop;
struct sockaddr;

/* Takes fd and one slot of the shared ones, and lives on its own until the
 * connection is over, whatever becomes of the listener. `after_starving`: it
 * may have waited because the process had no descriptor left. 0, or -1 reported
 * (fd closed, slot given back). */
int conn_new(struct loop *loop, struct listener *listener, int fd,
             const struct sockaddr *peer, int after_starving);

/* Ends it now because the server stops; recorded and freed. */
void conn_stop(struct conn *c);

/* For applications: sends application data. 0, or -1 (the connection is
 * ending). */
int conn_write(struct conn *c, const void *data, size_t size);

#endif
