/* The heap account: what the TLS library allocates, counted and limited. The
 * allocator itself is declared in clients/shim.h. One thread only. Must not
 * know any TLS library. */
#ifndef CLIENTS_SHIM_HEAP_H
#define CLIENTS_SHIM_HEAP_H

#include <stddef.h>

/* Brackets the making of a context. _end returns the bytes that it holds, with
 * what it shares (shim_heap_share). No budget applies in between: the caller
 * compares. */
void shim_heap_context_begin(void);
size_t shim_heap_context_end(void);

/* Starts the account of a connection whose context holds `held` bytes: the peak
 * starts at `held`, nothing has been refused. budget: bytes for context and
 * connection together, 0: none; must not be smaller than held. */
void shim_heap_watch(size_t held, size_t budget);
/* Ends it: no budget any more, and the figures below stay as they are. */
void shim_heap_unwatch(void);

/* Largest sum of held bytes and connection bytes since _watch. */
size_t shim_heap_peak(void);
/* Allocations refused since _watch. */
size_t shim_heap_refused(void);
/* Allocations since _watch that the budget allowed and this machine did not. */
size_t shim_heap_short(void);

#endif
