/* Hands on to the state's engine. Must not know a TLS library, sockets or
 * loops. */
#include "server/tls.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/sha256.h"
#include "server/engine.h"
#include "server/facts.h"

static const struct tls_engine_ops *const engines[] = {
    &tls_engine_openssl, &tls_engine_gnutls, NULL};

const char *tls_engine_name(size_t i)
{
    enum { COUNT = sizeof(engines) / sizeof(engines[0]) };

    return i < COUNT && engines[i] != NULL ? engines[i]->name : NULL;
}

static struct tls_state *state_by(const struct tls_engine_ops *ops,
                                  const json_t *state, size_t message_bytes)
{
    struct tls_state *s = ops->state_new(state, message_bytes);

    if (s != NULL)
        s->ops = ops;
    return s;
}

/* The state by one of the engines from `first` on, none of which says a word;
 * *at: which one. */
static struct tls_state *state_by_any(size_t first, const json_t *state,
                                      size_t message_bytes, size_t *at)
{
    char ignored[1] = "";
    struct diag_place outer =
        diag_capture_swap((struct diag_place){ignored, sizeof(ignored)});
    struct tls_state *s = NULL;

    for (*at = first; engines[*at] != NULL; ++*at) {
        s = state_by(engines[*at], state, message_bytes);
        if (s != NULL)
            break;
    }
    diag_capture_swap(outer);
    return s;
}

/* What no engine can serve is told as the first one sees it. */
static struct tls_state *state_as_needed(const json_t *state,
                                         size_t message_bytes)
{
    size_t at;
    struct tls_state *s = state_by_any(0, state, message_bytes, &at);

    if (s == NULL)
        return state_by(engines[0], state, message_bytes);
    s->second = state_by_any(at + 1, state, message_bytes, &at);
    return s;
}

struct tls_state *tls_state_new(const json_t *state, size_t message_bytes)
{
    const json_t *engine = json_object_get(state, "engine");
    const char *name = json_string_value(engine);

    if (engine == NULL || json_is_null(engine))
        return state_as_needed(state, message_bytes);
    for (size_t i = 0; name != NULL && engines[i] != NULL; i++)
        if (strcmp(engines[i]->name, name) == 0)
            return state_by(engines[i], state, message_bytes);
    diag("endpoint configuration: engine: openssl or gnutls, not %s",
         name == NULL ? "(not text)" : name);
    return NULL;
}

void tls_state_free(struct tls_state *s)
{
    if (s == NULL)
        return;
    tls_state_free(s->second);
    s->ops->state_free(s);
}

struct tls_conn *tls_conn_new(struct tls_state *s)
{
    struct tls_conn *c = s->ops->conn_new(s);

    if (c == NULL)
        return NULL;
    c->ops = s->ops;
    c->state = s;
    return c;
}

void tls_conn_ask(struct tls_conn *c, tls_knows_fn *knows, const void *arg)
{
    c->knows = knows;
    c->knows_arg = arg;
}

void tls_conn_free(struct tls_conn *c)
{
    if (c == NULL)
        return;
    tls_conn_free(c->second);
    facts_clear(&c->facts);
    c->ops->conn_free(c);
}

/* Who serves it. */
static const struct tls_conn *server_of(const struct tls_conn *c)
{
    return c->second == NULL ? c : c->second;
}

/* Gives the ClientHello that came to the next engine, in records of its own:
 * they are no part of what is signed (RFC 5246 section 7.4.9). Before the
 * answer a client has nothing else to say. */
static enum tls_result hand_over(struct tls_conn *c)
{
    enum { RECORD_MAX = 16384, HEADER = 5 };
    const struct facts_bytes *hello = &c->facts.hello;
    uint8_t record[HEADER + RECORD_MAX] = {22, 3, 1};
    enum tls_result result = TLS_MORE;
    size_t n;

    c->second = tls_conn_new(c->state->second);
    if (c->second != NULL)
        tls_conn_ask(c->second, c->knows, c->knows_arg);
    if (c->second == NULL) {
        c->facts.is_short = 1;
        return TLS_FAILED;
    }
    for (size_t at = 0; result == TLS_MORE && at < hello->size; at += n) {
        n = hello->size - at < RECORD_MAX ? hello->size - at : RECORD_MAX;
        record[3] = (uint8_t)(n >> 8);
        record[4] = (uint8_t)n;
        memcpy(record + HEADER, hello->data + at, n);
        result = tls_conn_input(c->second, record, HEADER + n);
    }
    return result;
}

enum tls_result tls_conn_input(struct tls_conn *c, const void *data,
                               size_t size)
{
    enum tls_result result;

    if (c->is_refused)
        return TLS_FAILED;
    if (c->second != NULL)
        return tls_conn_input(c->second, data, size);
    result = c->ops->input(c, data, size);
    if (result != TLS_FAILED || c->facts.unserved == NULL ||
        c->state->second == NULL)
        return result;
    return hand_over(c);
}

void tls_conn_refuse(struct tls_conn *c, const uint8_t *hello, size_t size,
                     int alert)
{
    const uint8_t record[] = {21, 3, 3, 0, 2, 2, (uint8_t)alert};

    facts_message(&c->facts, 0, hello, size);
    c->is_refused = 1;
    if (alert == TLS_NO_ALERT)
        return;
    facts_alert(&c->facts, 1, record + 5, 0);
    memcpy(c->refusal, record, sizeof(record));
    c->refusal_size = sizeof(record);
}

const uint8_t *tls_conn_output(struct tls_conn *c, size_t *size)
{
    if (c->is_refused) {
        *size = c->refusal_size;
        c->refusal_size = 0;
        return c->refusal;
    }
    return c->second == NULL ? c->ops->output(c, size)
                             : tls_conn_output(c->second, size);
}

size_t tls_conn_read(struct tls_conn *c, void *data, size_t size)
{
    return c->second == NULL ? c->ops->read(c, data, size)
                             : tls_conn_read(c->second, data, size);
}

int tls_conn_write(struct tls_conn *c, const void *data, size_t size)
{
    return c->second == NULL ? c->ops->write(c, data, size)
                             : tls_conn_write(c->second, data, size);
}

void tls_conn_close(struct tls_conn *c)
{
    if (c->second == NULL)
        c->ops->close(c);
    else
        tls_conn_close(c->second);
}

const struct facts *tls_conn_facts(const struct tls_conn *c)
{
    return &server_of(c)->facts;
}

int tls_conn_is_established(const struct tls_conn *c)
{
    return tls_conn_facts(c)->is_established;
}

enum tls_party tls_conn_ended_by(const struct tls_conn *c)
{
    return tls_conn_facts(c)->ended_by;
}

static json_t *client_json(const struct tls_conn *c)
{
    const struct facts *f = &c->facts;
    struct tls_client client = {NULL, NULL, 0, NULL};
    char hash[SHA256_HEX];
    json_t *out;

    if (f->client_leaf.data == NULL)
        return json_null();
    c->ops->client(c, &client);
    sha256_hex(f->client_leaf.data, f->client_leaf.size, hash);
    out = json_pack("{s:s?, s:s?, s:s, s:I, s:I, s:{s:I, s:s?}}", "subject",
                    client.subject, "issuer", client.issuer, "sha256", hash,
                    "bytes", (json_int_t)f->client_leaf.size, "certificates",
                    (json_int_t)f->client_certificates, "verify", "code",
                    (json_int_t)client.verify_code, "text", client.verify_text);
    free(client.subject);
    free(client.issuer);
    return out;
}

int tls_conn_describe(const struct tls_conn *c, json_t *record)
{
    const struct tls_conn *by = server_of(c);

    if (facts_describe(&by->facts, record) != 0 ||
        json_object_set_new(record, "engine", json_string(by->ops->name)) != 0)
        return -1;
    return json_object_set_new(record, "client_certificate", client_json(by));
}
