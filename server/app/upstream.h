/* A connection to a plain service behind the endpoint, on an event loop. Knows
 * no protocol. */
#ifndef SERVER_APP_UPSTREAM_H
#define SERVER_APP_UPSTREAM_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct evbuffer;
struct event_base;
struct upstream;

enum { UPSTREAM_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };

struct upstream_address {
    struct sockaddr_storage sa;
    socklen_t size;
    char text[UPSTREAM_PATH_MAX + sizeof("unix:")]; /* as given */
};

/* "unix:/path" or a numeric "ADDR:PORT". 0, or -1 if it is neither, not
 * reported. */
int upstream_address_parse(const char *text, struct upstream_address *out);

enum upstream_end {
    UPSTREAM_CLOSED,      /* by the service */
    UPSTREAM_GONE,        /* by the service, and it is no longer there */
    UPSTREAM_UNREACHABLE, /* it never came to be */
};

struct upstream_calls {
    /* `in`: what came, to be drained; what is left comes again with more. */
    void (*data)(void *arg, struct evbuffer *in);
    void (*room)(void *arg); /* so little waits that more may be written */
    /* The process has no descriptor left for it: who can give one up should. It
     * is tried again then. NULL: nobody can. */
    void (*starved)(void *arg);
    /* No other call comes after it; it may be freed within. */
    void (*ended)(void *arg, enum upstream_end how);
};

/* Connects, again and again for a while where the service's queue is full or no
 * descriptor is left; meanwhile output is kept. Calls come from the loop, only
 * `starved` from within as well. `to` is there until upstream_finish. `all`:
 * the loop's list of those that live on after that. NULL when memory is out.
 * name: what the service sees as the peer's name on a unix socket, in the
 * abstract namespace (unix(7)), at most UPSTREAM_PATH_MAX - 1 bytes; NULL:
 * none. */
struct upstream *upstream_new(struct event_base *base,
                              const struct upstream_address *to,
                              const struct upstream_calls *calls, void *arg,
                              struct upstream **all, const char *name);
/* Sends it, now or as soon as can be. 0, or -1: memory is out. */
int upstream_write(struct upstream *u, const void *data, size_t size);
/* 1: reads no more; 0: reads again, and tells what was left of what came. */
void upstream_pause(struct upstream *u, int is_paused);
/* More than that is no one message: nobody waits for the rest of it. */
enum { UPSTREAM_INPUT_MAX = 2 << 20 };
/* 1 if so much output waits that nothing should be added. */
int upstream_is_full(struct upstream *u);

/* The service is about to end it: that is told at once, as UPSTREAM_CLOSED. */
void upstream_expect_end(struct upstream *u);

/* Gives it up without a further call: what is in its output still goes, then
 * its end, and the service's end is waited for, but not long. NULL is fine. */
void upstream_finish(struct upstream *u);
/* Ends those that are left in a loop's list, at once. */
void upstream_end_all(struct upstream **all);

#endif
