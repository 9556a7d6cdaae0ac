/* The functions that changes.def names, declared from its rows. Private to
 * diagnose/. */
#ifndef DIAGNOSE_CHANGE_ROWS_H
#define DIAGNOSE_CHANGE_ROWS_H

#include "diagnose/change.h"

#define CHANGE(name, side, cost, explains, reasons, emit, apply, cause, mend)  \
    change_emit_fn emit;                                                       \
    change_apply_fn apply;                                                     \
    change_cause_fn cause;
#include "diagnose/changes.def"
#undef CHANGE

#endif
