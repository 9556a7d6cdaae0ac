/* A device that rotates its certificate: what it keeps, and what it does next.
 * Must not know what goes wrong, nor how it is connected: its caller does what
 * device_next asks for and tells what came of it. */
#ifndef ROTATION_DEVICE_H
#define ROTATION_DEVICE_H

#include "rotation/fault.h"

struct rotation_credentials { /* PEM, owned; NULL: not there */
    char *certificate, *key;
};

enum rotation_phase {
    ROTATION_LOOKS,   /* for a message */
    ROTATION_MAKES,   /* a key and a request */
    ROTATION_SENDS,   /* the request, and waits for the certificate */
    ROTATION_TRIES,   /* the new credentials, and acknowledges with them */
    ROTATION_REPORTS, /* with the old ones, that it could not */
    ROTATION_RESTS    /* until tomorrow */
};

struct rotation_device {
    char *id; /* client id, and the name of its thing */
    enum rotation_store store;
    int keeps_key; /* the new certificate is for the same key */

    struct rotation_credentials slots[2]; /* in flash: [0] is in use */
    int is_fresh; /* slots[1] is newer than slots[0], not committed */

    enum rotation_phase phase; /* the rest is memory */
    char *key, *request;       /* made; the key of one-slot devices only */
    const char *error;         /* what it reports */
    int connections;           /* of this day */
    int is_other;              /* slots[1] is tried in the place of slots[0] */
    char *topic, *payload;     /* of what it publishes now */
};

struct rotation_connection {
    enum rotation_step step; /* CSR_REQ, CSR_RES, SESSION */
    const struct rotation_credentials *with;
    const char *topic, *payload; /* to publish; NULL: nothing. Until the next
                                    call */
    int waits;                   /* for a message: 0 no, 1 one that may lie
                                    there, 2 an answer */
};

/* The credentials that it was made with; all texts are copied. 0, or -1 if
 * memory is out, reported. */
int device_init(struct rotation_device *d, const char *id,
                enum rotation_store store, const char *certificate,
                const char *key);
void device_clear(struct rotation_device *d);

/* A new day: power is there. */
void device_wake(struct rotation_device *d);
/* What it does next. ROTATION_MAKES: a key and a request for its id, with the
 * key device_kept_key() unless that is NULL. ROTATION_RESTS: nothing. Others: a
 * connection, which is filled in. -1: memory is out, reported. */
int device_next(struct rotation_device *d, struct rotation_connection *out);
const char *device_kept_key(const struct rotation_device *d);

/* What came of it. 0, or -1 if memory is out, reported. */
int device_made(struct rotation_device *d, const char *key,
                const char *request);
/* topic NULL: no message came. A certificate that came is stored. */
int device_connected(struct rotation_device *d, const char *topic,
                     const char *payload);
void device_refused(struct rotation_device *d);
/* It loses power. `torn`: while it stored a certificate, which then is none. */
void device_loses_power(struct rotation_device *d, int torn);

#endif
