/* What connections of a device share: trust anchors, identity and the lists to
 * offer. Knows neither the clock nor the name. */
#ifndef CLIENTS_BEARSSL_CONTEXT_H
#define CLIENTS_BEARSSL_CONTEXT_H

#include <bearssl.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/bearssl/anchors.h"
#include "clients/bearssl/identity.h"
#include "clients/shim.h"

struct context {
    struct anchors anchors;
    struct identity identity;
    uint16_t min_version, max_version; /* 0: the library's default */
    uint16_t *suites;
    size_t suites_count; /* 0: the library's default */
    br_ec_impl ec;       /* the default's, with the groups that are wanted */
    char **alpn;
    size_t alpn_count;
};

/* Puts all of it into a client that has the full profile. The context must
 * outlive it. */
void context_apply(const struct context *c, br_ssl_client_context *client);

#endif
