/* One-slot devices have the new key in memory and put both over the old ones;
 * the others have the new key in their second slot as soon as it is made. */
#include "rotation/device.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "rotation/message.h"

enum { CONNECTIONS_A_DAY = 10 };

/* *to becomes a copy of text. 0, or -1 reported. */
static int replace(char **to, const char *text)
{
    char *copy = text == NULL ? NULL : strdup(text);

    if (text != NULL && copy == NULL) {
        diag("out of memory");
        return -1;
    }
    free(*to);
    *to = copy;
    return 0;
}

static void forget(char **text)
{
    free(*text);
    *text = NULL;
}

static void credentials_clear(struct rotation_credentials *c)
{
    forget(&c->certificate);
    forget(&c->key);
}

int device_init(struct rotation_device *d, const char *id,
                enum rotation_store store, const char *certificate,
                const char *key)
{
    *d = (struct rotation_device){.store = store, .phase = ROTATION_RESTS};
    return replace(&d->id, id) != 0 ||
                   replace(&d->slots[0].certificate, certificate) != 0 ||
                   replace(&d->slots[0].key, key) != 0
               ? -1
               : 0;
}

static void memory_clear(struct rotation_device *d)
{
    forget(&d->key);
    forget(&d->request);
    forget(&d->topic);
    forget(&d->payload);
    d->error = NULL;
    d->is_other = 0;
}

void device_clear(struct rotation_device *d)
{
    memory_clear(d);
    credentials_clear(&d->slots[0]);
    credentials_clear(&d->slots[1]);
    forget(&d->id);
}

/* Fresh credentials that are whole are tried before anything else. */
static int has_fresh(const struct rotation_device *d)
{
    return d->is_fresh && d->slots[1].certificate != NULL;
}

void device_wake(struct rotation_device *d)
{
    d->connections = 0;
    d->is_other = 0;
    d->phase = has_fresh(d) ? ROTATION_TRIES : ROTATION_LOOKS;
}

/* The new key that waits for its certificate, or NULL. */
static const char *pending_key(const struct rotation_device *d)
{
    if (d->store == ROTATION_ONE_SLOT)
        return d->key;
    return d->is_fresh && d->slots[1].certificate == NULL ? d->slots[1].key
                                                          : NULL;
}

const char *device_kept_key(const struct rotation_device *d)
{
    const char *pending = pending_key(d);

    return pending == NULL && d->keeps_key ? d->slots[0].key : pending;
}

static int publish(struct rotation_device *d, const char *what, const char *key,
                   const char *text)
{
    forget(&d->topic);
    forget(&d->payload);
    d->topic = message_topic(d->id, what);
    d->payload = key == NULL ? strdup("{}") : message_write(key, text);
    if (d->topic != NULL && d->payload != NULL)
        return 0;
    diag("out of memory");
    return -1;
}

static int connection_fill(struct rotation_device *d,
                           struct rotation_connection *out)
{
    int status = 0;

    *out = (struct rotation_connection){ROTATION_CSR_REQ, &d->slots[0], NULL,
                                        NULL, 1};
    if (d->phase == ROTATION_TRIES) {
        out->step = ROTATION_SESSION;
        out->with = &d->slots[d->store != ROTATION_ONE_SLOT];
        out->waits = 0;
        status = publish(d, "crt_ack", NULL, NULL);
    } else if (d->phase == ROTATION_SENDS) {
        out->step = ROTATION_CSR_RES;
        out->waits = 2;
        status = publish(d, "csr_res", "CSR", d->request);
    } else if (d->phase == ROTATION_REPORTS) {
        out->waits = 0;
        status = publish(d, "crt_err", "error", d->error);
    } else {
        out->with = &d->slots[d->is_other];
        out->waits = d->request == NULL ? 1 : 2;
        return 0;
    }
    out->topic = d->topic;
    out->payload = d->payload;
    return status;
}

int device_next(struct rotation_device *d, struct rotation_connection *out)
{
    if (d->phase != ROTATION_MAKES && d->connections++ == CONNECTIONS_A_DAY)
        d->phase = ROTATION_RESTS;
    if (d->phase != ROTATION_MAKES && d->phase != ROTATION_RESTS &&
        connection_fill(d, out) != 0)
        return -1;
    return (int)d->phase;
}

int device_made(struct rotation_device *d, const char *key, const char *request)
{
    d->phase = ROTATION_SENDS;
    if (replace(&d->request, request) != 0)
        return -1;
    if (d->store == ROTATION_ONE_SLOT)
        return replace(&d->key, key);
    credentials_clear(&d->slots[1]);
    d->is_fresh = 1;
    return replace(&d->slots[1].key, key);
}

static void report(struct rotation_device *d, const char *error)
{
    d->error = error;
    d->phase = ROTATION_REPORTS;
}

/* A certificate came: it is stored as it is. What it is worth shows when it is
 * used. */
static int certificate_store(struct rotation_device *d, const char *payload)
{
    const char *key = pending_key(d);
    char *certificate = message_read(payload, "certificate");
    int status = -1;

    if (certificate == NULL || key == NULL) {
        report(d, key == NULL ? "there is no key for the certificate"
                              : "the message has no certificate");
        status = 0;
    } else if (d->store != ROTATION_ONE_SLOT) {
        status = replace(&d->slots[1].certificate, certificate);
        d->phase = ROTATION_TRIES;
    } else if (replace(&d->slots[0].key, key) == 0) {
        status = replace(&d->slots[0].certificate, certificate);
        forget(&d->key);
        d->phase = ROTATION_TRIES;
    }
    forget(&d->request);
    free(certificate);
    return status;
}

static int message_take(struct rotation_device *d, const char *topic,
                        const char *payload)
{
    const char *what = strrchr(topic, '/');

    if (what != NULL && strcmp(what, "/crt") == 0)
        return certificate_store(d, payload);
    if (what == NULL || strcmp(what, "/csr_req") != 0)
        return 0;
    /* asked again while it waits: it has answered */
    if (d->phase == ROTATION_SENDS)
        d->phase = ROTATION_LOOKS;
    else
        d->phase = d->request == NULL ? ROTATION_MAKES : ROTATION_SENDS;
    return 0;
}

/* The new credentials have connected: from now on they are the ones. */
static void commit(struct rotation_device *d)
{
    const struct rotation_credentials old = d->slots[0];

    if (d->store == ROTATION_ONE_SLOT)
        return;
    d->slots[0] = d->slots[1];
    d->slots[1] = old;
    d->is_fresh = 0;
    if (d->store == ROTATION_ROLLS_BACK)
        credentials_clear(&d->slots[1]);
}

int device_connected(struct rotation_device *d, const char *topic,
                     const char *payload)
{
    if (topic != NULL &&
        (d->phase == ROTATION_LOOKS || d->phase == ROTATION_SENDS))
        return message_take(d, topic, payload);
    if (d->phase == ROTATION_TRIES)
        commit(d);
    if (d->phase == ROTATION_REPORTS)
        d->phase = ROTATION_LOOKS;
    else
        d->phase = ROTATION_RESTS;
    return 0;
}

void device_refused(struct rotation_device *d)
{
    int has_other = d->store == ROTATION_TRIES_BOTH && !d->is_other &&
                    d->slots[1].certificate != NULL && !d->is_fresh;

    if (d->phase == ROTATION_TRIES && d->store != ROTATION_ONE_SLOT) {
        if (d->store == ROTATION_ROLLS_BACK) {
            credentials_clear(&d->slots[1]);
            d->is_fresh = 0;
        }
        report(d, "no connection with the new certificate");
    } else if (d->phase == ROTATION_LOOKS && has_other) {
        d->is_other = 1;
    } else {
        d->phase = ROTATION_RESTS;
    }
}

void device_loses_power(struct rotation_device *d, int torn)
{
    struct rotation_credentials *stored =
        &d->slots[d->store != ROTATION_ONE_SLOT];

    if (torn)
        credentials_clear(stored);
    memory_clear(d);
    if (d->store == ROTATION_ROLLS_BACK || torn) {
        if (d->store != ROTATION_ONE_SLOT)
            credentials_clear(&d->slots[1]);
        d->is_fresh = 0;
    }
    d->phase = ROTATION_RESTS;
}
