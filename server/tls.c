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

static struct tls_state *state_by(const struct tls_engine_ops *ops,
                                  const json_t *state, size_t message_bytes)
{
    struct tls_state *s = ops->state_new(state, message_bytes);

    if (s != NULL)
        s->ops = ops;
    return s;
}

struct tls_state *tls_state_new(const json_t *state, size_t message_bytes)
{
    const char *name = json_string_value(json_object_get(state, "engine"));

    for (size_t i = 0; engines[i] != NULL; i++)
        if (name == NULL || strcmp(engines[i]->name, name) == 0)
            return state_by(engines[i], state, message_bytes);
    diag("endpoint configuration: engine: openssl or gnutls, not %s", name);
    return NULL;
}

void tls_state_free(struct tls_state *s)
{
    if (s != NULL)
        s->ops->state_free(s);
}

struct tls_conn *tls_conn_new(struct tls_state *s)
{
    struct tls_conn *c = s->ops->conn_new(s);

    if (c != NULL)
        c->ops = s->ops;
    return c;
}

void tls_conn_free(struct tls_conn *c)
{
    if (c == NULL)
        return;
    facts_clear(&c->facts);
    c->ops->conn_free(c);
}

enum tls_result tls_conn_input(struct tls_conn *c, const void *data,
                               size_t size)
{
    return c->ops->input(c, data, size);
}

const uint8_t *tls_conn_output(struct tls_conn *c, size_t *size)
{
    return c->ops->output(c, size);
}

size_t tls_conn_read(struct tls_conn *c, void *data, size_t size)
{
    return c->ops->read(c, data, size);
}

int tls_conn_write(struct tls_conn *c, const void *data, size_t size)
{
    return c->ops->write(c, data, size);
}

void tls_conn_close(struct tls_conn *c)
{
    c->ops->close(c);
}

const struct facts *tls_conn_facts(const struct tls_conn *c)
{
    return &c->facts;
}

int tls_conn_is_established(const struct tls_conn *c)
{
    return c->facts.is_established;
}

enum tls_party tls_conn_ended_by(const struct tls_conn *c)
{
    return c->facts.ended_by;
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
    if (facts_describe(&c->facts, record) != 0)
        return -1;
    return json_object_set_new(record, "client_certificate", client_json(c));
}
