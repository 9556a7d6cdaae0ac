/* Fills OpenSSL's own caches, once. */
#ifndef CLIENTS_OPENSSL_WARM_H
#define CLIENTS_OPENSSL_WARM_H

/* Does in memory what a connection does, so that the first connection of a
 * worker needs no more heap than the next. 0 or -1 (errors in OpenSSL's queue).
 */
int warm_fill(void);

#endif
