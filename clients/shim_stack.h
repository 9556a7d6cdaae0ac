/* What the folder of a stack defines for its struct shim_ops, by the same names
 * in each: clients/<stack>/context.c, conn.c and the file with its table of
 * reasons. What each must do is in clients/shim.h. One stack is linked into a
 * program, so the names do not meet. */
#ifndef CLIENTS_SHIM_STACK_H
#define CLIENTS_SHIM_STACK_H

#include "clients/shim.h"
#include "clients/shim_map.h"

void *context_new(const struct shim_want *want, struct shim_got *got,
                  struct shim_why *why);
void context_free(void *context);

void *conn_new(void *context, const struct shim_want *want, struct shim_io *io,
               struct shim_why *why);
enum shim_step conn_step(void *conn, const void *out, size_t out_size, void *in,
                         size_t *in_size, struct shim_why *why);
void conn_result(void *conn, struct shim_got *got, struct shim_bytes *chain,
                 size_t *count);
void conn_free(void *conn, int notify);

/* Of a stack with FEATURE_RESUME. */
void *session_take(void *conn);
int session_offer(void *conn, void *session, struct shim_why *why);

/* Of a stack with FEATURE_REQUEST_*. */
int request_make(const struct shim_want *want, struct shim_request *out,
                 struct shim_why *why);

extern const struct shim_map_table failure_tables[];

#endif
