/* What the endpoint is told: its configuration, and a state per distinct
 * endpoint side of a trial (docs/record.md). */
#ifndef LAB_ENDPOINT_CODEC_H
#define LAB_ENDPOINT_CODEC_H

#include "lab/files.h"
#include "lab/trial.h"

/* A configuration to which states are added. */
struct endpoint_configuration;

/* For cells of at most `timeout_ms`: the endpoint's own limits come later than
 * the cell's. NULL reported. */
struct endpoint_configuration *endpoint_configuration_new(int threads,
                                                          int timeout_ms);
void endpoint_configuration_free(struct endpoint_configuration *c);
/* What a test does to a client of MQTT (docs/record.md). */
struct endpoint_drill {
    const char *withhold; /* an answer that does not come: "connack", "puback",
                             "suback", "pingresp"; NULL: all come */
    int64_t greet_bytes;  /* of a message behind the first SUBACK; 0: none */
    int forgets;          /* sessions are forgotten */
};

/* What is spoken inside TLS. */
struct endpoint_application {
    const char *protocol;  /* "byte", "mqtt" */
    const char *upstream;  /* the broker's address, or NULL */
    const char *websocket; /* the path of MQTT over WebSocket, or NULL */
    const struct endpoint_drill *drill; /* NULL: none */
    int tells_identity;     /* of a relay: the service sees the certificate */
    int caps_keep_alive;    /* of MQTT: 1,200 s where more is asked for; 0: who
                               asks for more in 3.1.1 is closed */
    const char *other_alpn; /* who agrees to it gets the other one, which may
                               have a further one; NULL */
    const struct endpoint_application *other;
};
/* Adds the endpoint state of a trial, to listen at `listen`; a NULL: "byte".
 * 0, or -1 reported. */
int endpoint_configuration_add(struct endpoint_configuration *c,
                               const struct trial *t,
                               const struct endpoint_application *a,
                               struct files *f, const char *id,
                               const char *listen);
/* What is served in the place of a state to who asks for a name by SNI. */
struct endpoint_name {
    const char *name;
    const struct trial *trial;
    const struct endpoint_application *application;
    const char *id;
};
/* Puts names to the state that was added last; others are refused. 0, or -1
 * reported. */
int endpoint_configuration_names(struct endpoint_configuration *c,
                                 struct files *f,
                                 const struct endpoint_name *names,
                                 size_t count);
/* What is served in the place of a state to who comes from this numeric
 * address; "*": from any other. */
struct endpoint_peer {
    const char *address;
    const struct trial *trial;
    struct endpoint_application application;
    const char *id;
    int open_ms; /* in the place of the limit; 0: as that is */
};
/* Puts peers to the state that was added last, and ends each connection so many
 * ms after its handshake. 0, or -1 reported. */
int endpoint_configuration_peers(struct endpoint_configuration *c,
                                 struct files *f,
                                 const struct endpoint_peer *peers,
                                 size_t count, int open_ms);
/* As one line without its end. malloc'd; NULL reported. */
char *endpoint_configuration_text(const struct endpoint_configuration *c);

/* A control line without its end: "change", of a state that listens. malloc'd;
 * NULL reported. */
char *endpoint_change_line(const struct trial *t,
                           const struct endpoint_application *a,
                           struct files *f, const char *id,
                           const struct endpoint_name *names, size_t count);
/* The same, with peers. */
char *endpoint_peers_line(const struct trial *t,
                          const struct endpoint_application *a, struct files *f,
                          const char *id, const struct endpoint_peer *peers,
                          size_t count);
/* The same: "add" for a trial's state, to listen at a
 * free port of the loopback address, and "remove". malloc'd; NULL reported. */
char *endpoint_add_line(const struct trial *t, struct files *f, const char *id);
char *endpoint_remove_line(const char *id);

/* How long after a shim's answer an event may still come. */
int endpoint_patience_ms(int timeout_ms);

#endif
