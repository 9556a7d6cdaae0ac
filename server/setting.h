/* What a listener serves: TLS and the application. Const once made and shared
 * by the connections that were accepted under it, so that a change holds for
 * new ones only. */
#ifndef SERVER_SETTING_H
#define SERVER_SETTING_H

#include <jansson.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "server/limits.h"
#include "server/middlebox.h"

struct application;
struct tls_state;

struct setting_application { /* what is spoken inside TLS */
    char *alpn;              /* of by_alpn */
    const struct application *application;
    void *settings; /* the application's own; NULL: it has none */
};

struct setting {
    char *id; /* "scenario/state" */
    struct tls_state *tls;
    struct setting_application application;
    struct setting_application *by_alpn; /* in its place for who agreed to an
                                            ALPN name */
    size_t by_alpn_count;
    struct setting_name { /* what is served to who asks for it by SNI */
        char *name;
        struct setting *setting;
    } * names, *peers; /* the second: to who comes from this address */
    size_t names_count, peers_count;
    int refuses_other_names;
    int open_ms; /* in the place of the endpoint's limit; 0: as that is */
    struct middlebox middlebox; /* before it */
    atomic_uint holders;
};

/* From one element of "states". NULL on failure, reported. */
struct setting *setting_new(const json_t *state, const struct limits *limits);
/* 1 if setting_of_hello may give another one, or its middlebox may mind. */
int setting_looks_at_hello(const struct setting *s);
/* What is served to a ClientHello (with its header): this one, or that of its
 * server name (RFC 6066 section 3). NULL: the name is refused. */
struct setting *setting_of_hello(struct setting *s, const uint8_t *hello,
                                 size_t size);
/* What is spoken with who agreed to this ALPN name (NULL: none). */
const struct setting_application *setting_of_alpn(const struct setting *s,
                                                  const char *alpn);
/* What is served to who comes from this numeric address: its own, that of "*",
 * or this one. Borrowed from it. */
struct setting *setting_of_peer(struct setting *s, const char *address);
/* One holder more. */
struct setting *setting_hold(struct setting *s);
/* One holder less; the last one frees it. NULL is fine. */
void setting_release(struct setting *s);

#endif
