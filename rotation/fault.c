/* Tables. */
#include "rotation/fault.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *what;
} steps[] = {
#define STEP(suffix, name, what) {name, what},
#include "rotation/step.def"
#undef STEP
};

static const struct {
    const char *name;
    unsigned steps;
    int is_for_good;
    const char *what;
} faults[] = {
#define FAULT(suffix, name, steps, for_good, what)                             \
    {name, steps, for_good, what},
#include "rotation/fault.def"
#undef FAULT
};

static const char *const stores[] = {"one-slot", "rolls-back", "tries-both"};

const char *rotation_step_name(enum rotation_step s)
{
    return steps[s].name;
}

const char *rotation_step_what(enum rotation_step s)
{
    return steps[s].what;
}

const char *rotation_fault_name(enum rotation_fault f)
{
    return faults[f].name;
}

const char *rotation_fault_what(enum rotation_fault f)
{
    return faults[f].what;
}

const char *rotation_store_name(enum rotation_store s)
{
    return stores[s];
}

int rotation_step_find(const char *name)
{
    for (int i = 0; i < ROTATION_STEPS; i++)
        if (strcmp(steps[i].name, name) == 0)
            return i;
    return -1;
}

int rotation_fault_find(const char *name)
{
    for (int i = 0; i < ROTATION_FAULTS; i++)
        if (strcmp(faults[i].name, name) == 0)
            return i;
    return -1;
}

int rotation_store_find(const char *name)
{
    for (int i = 0; i < ROTATION_STORES; i++)
        if (strcmp(stores[i], name) == 0)
            return i;
    return -1;
}

int rotation_fault_is_at(enum rotation_fault f, enum rotation_step s)
{
    return f == ROTATION_FAULT_NONE ? s == 0 : (int)(faults[f].steps >> s & 1);
}

int rotation_fault_is_for_good(enum rotation_fault f)
{
    return faults[f].is_for_good;
}
