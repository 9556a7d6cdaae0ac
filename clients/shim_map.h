/* Helpers for a stack's one table native code -> reason. Rows are data; a code
 * without a row is `unmapped`. */
#ifndef CLIENTS_SHIM_MAP_H
#define CLIENTS_SHIM_MAP_H

#include <stddef.h>

#include "clients/shim.h"
#include "model/reason.h"

struct shim_map_code {
    long code;
    enum reason reason;
};

/* One of a stack's tables, for --codes. The last of an array has no name. */
struct shim_map_table {
    const char *name; /* what the numbers are: "error", "verify", ... */
    const struct shim_map_code *rows;
    size_t count;
};

struct shim_map_flag {
    unsigned long flag; /* one or several bits; any of them matches */
    enum reason reason;
};

/* Reason of the row with that code, or REASON_UNMAPPED. */
enum reason shim_map_code(const struct shim_map_code *rows, size_t count,
                          long code);
/* Reason of the first row that shares a bit with flags (so the table's order is
 * the order of precedence), or REASON_UNMAPPED. */
enum reason shim_map_flags(const struct shim_map_flag *rows, size_t count,
                           unsigned long flags);

/* Empties why: reason NONE, alerts -1. */
void shim_map_clear(struct shim_why *why, enum stage stage);
/* Fills the native part and the reason; the alerts, by_server and the flags
 * stay. text may be NULL. */
void shim_map_fill(struct shim_why *why, enum stage stage, enum reason reason,
                   long code, const char *text);

#endif
