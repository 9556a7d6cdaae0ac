/* Builds one endpoint state's SSL_CTX from the endpoint configuration
 * (docs/record.md). Everything a system-wide OpenSSL configuration could change
 * is set here, so that a run is the same everywhere. */
#include "server/openssl/tls_state.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/diag.h"

int tls_state_fault(const struct openssl_state *s, const char *what)
{
    unsigned long e = ERR_peek_error();

    diag("state %s: %s%s%s", s->id == NULL ? "?" : s->id, what,
         e == 0 ? "" : ": ", e == 0 ? "" : ERR_reason_error_string(e));
    ERR_clear_error();
    return -1;
}

/* Full handshakes only (unless the state has tickets), nothing renegotiated,
 * nothing compressed: each connection says all there is to say. The security level is
 * the policy's business, not the library's. */
static int context_prepare(struct openssl_state *s)
{
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    s->ctx = SSL_CTX_new(TLS_server_method());
    if (s->ctx == NULL)
        return tls_state_fault(s, "SSL_CTX_new");
    SSL_CTX_set_security_level(s->ctx, 0);
    SSL_CTX_clear_options(s->ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    SSL_CTX_set_options(s->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE |
                                    SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS);
    SSL_CTX_set_mode(s->ctx, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_dh_auto(s->ctx, 1);
    if (SSL_CTX_set_num_tickets(s->ctx, 0) != 1)
        return tls_state_fault(s, "SSL_CTX_set_num_tickets");
    return 0;
}

static int chains_load(struct openssl_state *s, const json_t *chains)
{
    static const char *const names[TLS_CHAINS] = {"rsa", "ecdsa"};
    int found = 0;

    for (int i = 0; i < TLS_CHAINS; i++) {
        const json_t *spec = json_object_get(chains, names[i]);

        s->chains[i].name = names[i];
        if (spec == NULL || json_is_null(spec))
            continue;
        if (tls_chain_load(s, &s->chains[i], spec) != 0 ||
            tls_staple_load(s, &s->chains[i], spec) != 0)
            return -1;
        found++;
    }
    if (found == 0)
        return tls_state_fault(s, "chains: neither rsa nor ecdsa is given");
    return 0;
}

static int state_build(struct openssl_state *s, json_t *state)
{
    json_error_t error;
    const char *id;
    json_t *tls, *chains, *auth = NULL;
    json_int_t clock = 0;

    if (json_unpack_ex(state, &error, 0, "{s:s, s:I, s:o, s:o, s?o}", "id", &id,
                       "clock", &clock, "tls", &tls, "chains", &chains,
                       "client_auth", &auth) != 0) {
        diag("endpoint configuration: a state: %s", error.text);
        return -1;
    }
    s->id = strdup(id);
    if (s->id == NULL)
        return tls_state_fault(s, "out of memory");
    if (context_prepare(s) != 0 || tls_policy_apply(s, tls) != 0 ||
        tls_tickets_apply(s, tls) != 0 || chains_load(s, chains) != 0)
        return -1;
    return tls_client_auth_apply(s, auth, clock);
}

struct tls_state *tls_state_build(const json_t *state, size_t message_bytes)
{
    struct openssl_state *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        diag("out of memory");
        return NULL;
    }
    ERR_clear_error();
    /* jansson's unpacking takes a non-const pointer and changes nothing */
    if (state_build(s, (json_t *)state) != 0) {
        tls_state_destroy(&s->base);
        return NULL;
    }
    SSL_CTX_set_max_cert_list(s->ctx, (long)message_bytes);
    tls_conn_prepare(s);
    return &s->base;
}

void tls_state_destroy(struct tls_state *base)
{
    struct openssl_state *s = (struct openssl_state *)base;

    for (int i = 0; i < TLS_CHAINS; i++)
        tls_chain_clear(&s->chains[i]);
    SSL_CTX_free(s->ctx);
    free(s->alpn);
    free(s->id);
    free(s);
}
