/* The account as the endpoint asks it: who a client certificate belongs to, and
 * what it may. */
#ifndef CLI_ACCOUNT_AUTHORITY_H
#define CLI_ACCOUNT_AUTHORITY_H

#include <stdatomic.h>

#include "server/authority.h"

struct account;

struct account_authority {
    struct authority authority; /* what server_start is given */
    struct account *account;
    atomic_uint version; /* of the account's changes */
    void (*changed)(void *arg);
    /* A client asked to be let in; by any thread. Set it after
     * account_authority_init; NULL: nobody is told. */
    void (*asked)(void *arg, const struct authority_peer *peer,
                  const char *client, int is_let_in);
    void *arg;
};

/* Watches the account, which outlives it. `changed` is called after each
 * change, by the thread that made it. */
void account_authority_init(struct account_authority *a,
                            struct account *account, void (*changed)(void *arg),
                            void *arg);

#endif
