/* A connection; the operations are those of shim_ops. */
#ifndef CLIENTS_BEARSSL_CONN_H
#define CLIENTS_BEARSSL_CONN_H

#include "clients/shim.h"

void *conn_new(void *context, const struct shim_want *want, struct shim_io *io,
               struct shim_why *why);
enum shim_step conn_step(void *conn, const void *out, size_t out_size, void *in,
                         size_t *in_size, struct shim_why *why);
void conn_result(void *conn, struct shim_got *got, struct shim_bytes *chain,
                 size_t *count);
void conn_free(void *conn, int notify);

#endif
