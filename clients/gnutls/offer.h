/* What a client says it can: versions, suites, groups, signature algorithms. */
#ifndef CLIENTS_GNUTLS_OFFER_H
#define CLIENTS_GNUTLS_OFFER_H

#include <gnutls/gnutls.h>

#include "clients/shim.h"

/* The library's own offer where a job asks for nothing. */
#define OFFER_DEFAULT "NORMAL"

/* Makes the priorities of want's versions and lists; code points that the
 * library lacks are left out. Suites are the library's products of key
 * exchanges, ciphers and MACs: a list is offered with all of its suites and no
 * other, or not at all; their order is the library's. The caller frees
 * *priority (gnutls_priority_deinit). 0; or -1 with why->feature, the name of
 * what cannot be offered, or with the library's error. */
int offer_make(gnutls_priority_t *priority, const struct shim_want *want,
               struct shim_why *why);

#endif
