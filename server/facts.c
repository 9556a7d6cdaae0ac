/* Collects the facts of a connection and writes them down. Must not know a TLS
 * library. */
#include "server/facts.h"

#include <stdlib.h>
#include <string.h>

#include "server/wire/tls_hello.h"

enum { MESSAGE_CLIENT_HELLO = 1, MESSAGE_CERTIFICATE = 11 };

void facts_clear(struct facts *f)
{
    free(f->hello.data);
    free(f->client_leaf.data);
    free(f->error_text);
    tls_flight_clear(&f->flight);
    memset(f, 0, sizeof(*f));
}

static void keep(struct facts *f, struct facts_bytes *b, const void *data,
                 size_t size)
{
    free(b->data);
    b->size = 0;
    b->data = malloc(size);
    if (b->data == NULL) {
        f->is_short = 1;
        return;
    }
    memcpy(b->data, data, size);
    b->size = size;
}

static void received_note(struct facts *f, const uint8_t *message, size_t size)
{
    const uint8_t *leaf;
    size_t leaf_size;

    if (message[0] == MESSAGE_CLIENT_HELLO && f->hello.data == NULL)
        keep(f, &f->hello, message, size);
    if (message[0] != MESSAGE_CERTIFICATE)
        return;
    f->client_certificates = tls_flight_certificates(f->flight.version, message,
                                                     size, &leaf, &leaf_size);
    if (leaf_size > 0)
        keep(f, &f->client_leaf, leaf, leaf_size);
}

void facts_message(struct facts *f, int is_sent, const uint8_t *message,
                   size_t size)
{
    if (size < 4)
        return;
    if (!is_sent) {
        received_note(f, message, size);
        return;
    }
    tls_flight_note(&f->flight, message, size);
    f->is_short |= f->flight.is_short;
}

void facts_alert(struct facts *f, int is_sent, const uint8_t alert[static 2],
                 int is_13)
{
    struct tls_alerts *list = is_sent ? &f->sent : &f->received;

    if (tls_alerts_note(list, alert, is_13) && f->ended_by == TLS_NOBODY)
        f->ended_by = is_sent ? TLS_SELF : TLS_PEER;
}

static json_t *hello_json(const struct facts *f)
{
    struct tls_hello hello;

    if (f->hello.data == NULL ||
        tls_hello_parse(f->hello.data, f->hello.size, &hello) != 0)
        return json_null();
    return tls_hello_json(&hello);
}

static json_t *chose_json(const struct facts *f)
{
    json_t *chose = tls_flight_json(&f->flight, f->chain);

    if (chose != NULL)
        json_object_set_new(chose, "resumed", json_boolean(f->is_resumed));
    return chose;
}

static json_t *error_json(const struct facts *f)
{
    return json_pack("{s:i, s:s?}", "code", f->error, "text", f->error_text);
}

int facts_describe(const struct facts *f, json_t *record)
{
    const char *handshake = f->is_established       ? "done"
                            : f->hello.data != NULL ? "failed"
                                                    : "none";
    json_t *more =
        json_pack("{s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:s, s:s?, s:o}",
                  "hello", hello_json(f), "chose", chose_json(f),
                  "certificates", (json_int_t)f->flight.certificates,
                  "certificate_bytes", (json_int_t)f->flight.certificate_bytes,
                  "staple_bytes", (json_int_t)f->flight.staple_bytes,
                  "alerts_sent", tls_alerts_json(&f->sent), "alerts_received",
                  tls_alerts_json(&f->received), "handshake", handshake,
                  "unserved", f->unserved, "error", error_json(f));
    int status = more == NULL ? -1 : json_object_update(record, more);

    json_decref(more);
    return status;
}
