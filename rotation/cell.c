/* What is said of a cell is what was tried: that it connects at the end, and
 * on which day a new certificate connected. */
#include "rotation/cell.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

const char *rotation_verdict_name(enum rotation_verdict v)
{
    static const char *const names[] = {"rotates", "recovers", "stranded",
                                        "error"};

    return names[v];
}

void rotation_cell_clear(struct rotation_cell *c)
{
    device_clear(&c->device);
    free(c->id);
    free(c->old_pem);
    free(c->old_id);
    free(c->error);
}

int rotation_cell_name(struct rotation_cell *c)
{
    const char *fault = rotation_fault_name(c->fault);
    const char *store = rotation_store_name(c->store);

    c->id = c->fault == ROTATION_FAULT_NONE
                ? format("%s/%s/%s/%s", c->stack, c->key, store, fault)
                : format("%s/%s/%s/%s@%s", c->stack, c->key, store, fault,
                         rotation_step_name(c->step));
    if (c->id == NULL)
        diag("out of memory");
    return c->id == NULL ? -1 : 0;
}

int rotation_cell_fails(const struct rotation_cell *c,
                        enum rotation_fault fault, enum rotation_step step,
                        int day)
{
    return c->fault == fault && c->step == step &&
           (day == 0 || rotation_fault_is_for_good(fault));
}

enum rotation_uses rotation_cell_uses(const struct rotation_cell *c)
{
    const char *in_use = c->device.slots[c->device.is_other].certificate;

    if (in_use == NULL)
        return ROTATION_USES_NOTHING;
    return strcmp(in_use, c->old_pem) == 0 ? ROTATION_USES_OLD
                                           : ROTATION_USES_NEW;
}

enum rotation_verdict rotation_cell_verdict(const struct rotation_cell *c)
{
    if (c->error != NULL)
        return ROTATION_ERROR;
    if (!c->connects_at_end)
        return ROTATION_STRANDED;
    return c->rotated_on == 0 ? ROTATION_ROTATES : ROTATION_RECOVERS;
}
