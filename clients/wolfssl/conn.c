/* One connection of the wolfSSL client. */
#include "clients/shim_stack.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim_map.h"
#include "clients/wolfssl/context.h"
#include "clients/wolfssl/failure.h"
#include "clients/wolfssl/store.h"
#include "clients/wolfssl/transport.h"
#include "base/tls_names.h"

struct conn {
    struct context *from;
    struct transport transport;
    WOLFSSL *ssl;
    WOLFSSL_X509 *peer; /* for conn_result */
    struct store_news news;
};

static int alpn_set(WOLFSSL *ssl, const struct shim_want *want)
{
    char names[1024] = "";

    for (const char *const *name = want->alpn; name && *name; name++) {
        size_t have = strlen(names);

        snprintf(names + have, sizeof names - have, "%s%s", have ? "," : "",
                 *name);
    }
    return !*names || compat_alpn(ssl, names);
}

static int is_address(const char *name)
{
    struct in6_addr a;

    return inet_pton(AF_INET, name, &a) == 1 ||
           inet_pton(AF_INET6, name, &a) == 1;
}

/* A refused reference name would mean that no name is checked at all. 5.9
 * refuses addresses, for which it has a call of their own, and names of one
 * label. */
static int name_set(WOLFSSL *ssl, const char *name, struct shim_why *why)
{
    if (wolfSSL_check_domain_name(ssl, name) == WOLFSSL_SUCCESS ||
        (is_address(name) && compat_check_address(ssl, name)))
        return 0;
    why->feature = "reference-name";
    return -1;
}

static int prepare(struct conn *c, const struct shim_want *want,
                   struct shim_why *why)
{
    WOLFSSL *ssl = c->ssl;

    wolfSSL_SetIOReadCtx(ssl, &c->transport);
    wolfSSL_SetIOWriteCtx(ssl, &c->transport);
    if (want->sni && !compat_sni(ssl, want->name))
        return -1;
    if (!alpn_set(ssl, want))
        return -1;
    if (want->resume && !compat_tickets(ssl))
        return -1;
    if (want->max_fragment_length &&
        !compat_max_fragment(ssl, want->max_fragment_length))
        return -1;
    if (!want->verify_chain || !want->verify_name)
        return 0;
    return name_set(ssl, want->name, why);
}

void *conn_new(void *context, const struct shim_want *want, struct shim_io *io,
               struct shim_why *why)
{
    struct conn *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->from = context;
    c->transport = (struct transport){.io = io, .first = -1};
    if (!c->from->spoiled)
        c->ssl = wolfSSL_new(c->from->ctx);
    if (c->ssl && prepare(c, want, why) == 0)
        return c;
    shim_map_fill(why, STAGE_SETUP, REASON_UNMAPPED, 0,
                  "the connection cannot be set up");
    conn_free(c, 0);
    return NULL;
}

static enum shim_step outcome(const struct conn *c, int ret,
                              struct shim_why *why)
{
    int error = wolfSSL_get_error(c->ssl, ret);

    if (error == WOLFSSL_ERROR_WANT_READ)
        return SHIM_WANT_READ;
    if (error == WOLFSSL_ERROR_WANT_WRITE)
        return SHIM_WANT_WRITE;
    if (error == WOLFSSL_ERROR_ZERO_RETURN)
        error = ZERO_RETURN;
    failure_connection(why, c->ssl, error);
    /* Builds with TLS 1.2 only take the first bytes of anything for a version.
     */
    if (why->reason == REASON_VERSION_UNSUPPORTED &&
        !transport_is_tls(&c->transport))
        why->reason = REASON_PROTOCOL_ERROR;
    return SHIM_FAILED;
}

enum shim_step conn_step(void *conn, const void *out, size_t out_size, void *in,
                         size_t *in_size, struct shim_why *why)
{
    struct conn *c = conn;
    WOLFSSL *ssl = c->ssl;
    int ret = WOLFSSL_SUCCESS;

    if (!wolfSSL_is_init_finished(ssl)) {
        store_watch(&c->news);
        ret = wolfSSL_connect(ssl);
        store_watch(NULL);
    }
    if (ret == WOLFSSL_SUCCESS && out_size)
        ret = wolfSSL_write(ssl, out, (int)out_size);
    if (ret > 0 && in)
        ret = wolfSSL_read(ssl, in, (int)*in_size);
    if (ret <= 0)
        return outcome(c, ret, why);
    if (in)
        *in_size = (size_t)ret;
    return SHIM_DONE;
}

static uint16_t version_code(const char *name)
{
    /* "TLSv1.2", and "TLSv1" for 1.0. */
    if (!name || strncmp(name, "TLSv", 4) != 0)
        return 0;
    return strcmp(name, "TLSv1") == 0 ? 0x0301 : tls_version_parse(name + 4);
}

/* "SECP256R1", "X25519", "FFDHE_2048". */
static uint16_t group_code(const char *name)
{
    char lower[32] = "";
    size_t size = 0;

    for (; name && *name && size + 1 < sizeof lower; name++)
        if (*name != '_')
            lower[size++] =
                (char)(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name);
    return tls_group_by_name(lower) ? tls_group_by_name(lower)->code : 0;
}

static int equal(const struct shim_bytes *a, const struct shim_bytes *b)
{
    return a->size == b->size && !memcmp(a->data, b->data, a->size);
}

/* The list leaves out certificates of 2048 bytes and more. The leaf is kept
 * apart, and CAs that were verified are seen on their way into the trust store:
 * what may be missing is a large one that the path did not need. */
static size_t chain_fill(struct conn *c, struct shim_bytes *chain, size_t room)
{
    struct shim_bytes leaf = compat_peer_der(c->peer);
    int sent = compat_chain_count(c->ssl);
    size_t count = 0;

    if (leaf.size && count < room)
        chain[count++] = leaf;
    for (int i = 0; i < sent && count < room; i++) {
        struct shim_bytes one = compat_chain_at(c->ssl, i);

        if (one.data && one.size && !(i == 0 && equal(&one, &leaf)))
            chain[count++] = one;
    }
    for (size_t i = 0; i < c->news.larges && count < room; i++)
        chain[count++] =
            (struct shim_bytes){c->news.large[i].data, c->news.large[i].size};
    return count;
}

void conn_result(void *conn, struct shim_got *got, struct shim_bytes *chain,
                 size_t *count)
{
    struct conn *c = conn;

    if (!c->peer)
        c->peer = compat_peer(c->ssl);
    got->version = version_code(wolfSSL_get_version(c->ssl));
    got->suite = (uint16_t)wolfSSL_get_current_cipher_suite(c->ssl);
    got->group = group_code(wolfSSL_get_curve_name(c->ssl));
    got->peer_certificate = c->peer != NULL || !COMPAT_SEES_PEER;
    compat_alpn_got(c->ssl, got->alpn, sizeof got->alpn);
    got->resumed = compat_resumed(c->ssl);
    *count = c->peer ? chain_fill(c, chain, *count) : 0;
}

void *session_take(void *conn)
{
    const struct conn *c = conn;

    return compat_session(c->ssl);
}

/* The library hands out a session also where there is none that could go on,
 * and does not take that one back. */
int session_offer(void *conn, void *session, struct shim_why *why)
{
    const struct conn *c = conn;

    (void)why;
    if (c)
        compat_session_offer(c->ssl, session);
    compat_session_free(session);
    return 0;
}

void conn_free(void *conn, int notify)
{
    struct conn *c = conn;

    if (!c)
        return;
    if (notify && c->ssl)
        wolfSSL_shutdown(c->ssl);
    if (c->peer)
        compat_peer_free(c->peer);
    wolfSSL_free(c->ssl);
    if (c->news.count)
        context_renew(c->from);
    store_news_clear(&c->news);
    free(c);
    compat_caches_free();
}
