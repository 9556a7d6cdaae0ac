/* The MQTT broker behind the endpoint: mosquitto, started with a configuration
 * that is written for it, on a socket in a private folder. */
#ifndef LAB_BROKER_H
#define LAB_BROKER_H

#include <stddef.h>

struct broker;

/* It ended by itself; `status` as from waitpid. In a thread of its own. */
typedef void broker_ended_fn(void *arg, int status);

struct broker_options {
    size_t payload_bytes;    /* the largest message; 0: 131072 */
    unsigned keep_alive_max; /* seconds; 0: 1200 */
    broker_ended_fn *ended;  /* NULL: nobody is told */
    void *arg;
};

/* Starts it and waits, not for long, until it takes connections. It does not
 * outlive the thread that called. NULL reported: there is no mosquitto (the
 * message names the package), it ended, it did not come up. */
struct broker *broker_new(const struct broker_options *o);
/* As the endpoint configuration wants it: "unix:/...". Owned by the broker. */
const char *broker_address(const struct broker *b);
/* Ends it and starts it again at the same address; it has forgotten its
 * sessions. 0, or -1 reported: it did not come up. */
int broker_restart(struct broker *b);
/* Ends it and removes its folder; `ended` is not called afterwards. NULL is
 * fine. */
void broker_free(struct broker *b);

#endif
