/* What can go wrong in the rotation of a device certificate, and where: the
 * steps, the faults, and the kinds of device that differ in what becomes of
 * them (docs/rotation.md). */
#ifndef ROTATION_FAULT_H
#define ROTATION_FAULT_H

enum rotation_step {
#define STEP(suffix, name, what) ROTATION_##suffix,
#include "rotation/step.def"
#undef STEP
    ROTATION_STEPS
};

enum rotation_fault {
#define FAULT(suffix, name, steps, for_good, what) ROTATION_FAULT_##suffix,
#include "rotation/fault.def"
#undef FAULT
    ROTATION_FAULTS
};

/* Where a device keeps its credentials, and what it does at boot. */
enum rotation_store {
    ROTATION_ONE_SLOT,   /* "one-slot": the new ones go over the old ones */
    ROTATION_ROLLS_BACK, /* "rolls-back": two slots; new ones that it has not
                            committed are thrown away at boot */
    ROTATION_TRIES_BOTH, /* "tries-both": two slots, neither is thrown away
                            before the other one has connected */
    ROTATION_STORES
};

const char *rotation_step_name(enum rotation_step s);
const char *rotation_step_what(enum rotation_step s);
const char *rotation_fault_name(enum rotation_fault f);
const char *rotation_fault_what(enum rotation_fault f);
const char *rotation_store_name(enum rotation_store s);
/* The index of a name, or -1. */
int rotation_step_find(const char *name);
int rotation_fault_find(const char *name);
int rotation_store_find(const char *name);
/* Can it go wrong there? ROTATION_FAULT_NONE has one place, step 0. */
int rotation_fault_is_at(enum rotation_fault f, enum rotation_step s);
/* Does it go wrong every day, not on the first one only? */
int rotation_fault_is_for_good(enum rotation_fault f);

#endif
