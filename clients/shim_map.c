/* Lookups in the stacks' tables. Must not know any stack. */
#include "clients/shim_map.h"

#include <stdio.h>

enum reason shim_map_code(const struct shim_map_code *rows, size_t count,
                          long code)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].code == code)
            return rows[i].reason;
    return REASON_UNMAPPED;
}

enum reason shim_map_flags(const struct shim_map_flag *rows, size_t count,
                           unsigned long flags)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].flag & flags)
            return rows[i].reason;
    return REASON_UNMAPPED;
}

void shim_map_clear(struct shim_why *why, enum stage stage)
{
    *why = (struct shim_why){
        .stage = stage, .alert_sent = -1, .alert_received = -1};
}

void shim_map_fill(struct shim_why *why, enum stage stage, enum reason reason,
                   long code, const char *text)
{
    why->stage = stage;
    why->reason = reason;
    why->native_code = code;
    snprintf(why->native_text, sizeof why->native_text, "%s", text ? text : "");
}
