/* Which scenarios, devices and pairs of both a run is about: built-in ones and
 * files, filtered. Mints nothing, starts nothing. */
#ifndef LAB_SELECTION_H
#define LAB_SELECTION_H

#include <stddef.h>

#include "model/device.h"
#include "model/scenario.h"
#include "lab/map.h"
#include "lab/plan.h"

struct selection {
    struct scenario **scenarios; /* sorted by file; then those in memory */
    size_t scenarios_count, scenarios_owned; /* the rest is borrowed */
    struct device **devices; /* one per device and stack build */
    size_t devices_count, devices_owned;
    struct map names[2];  /* of scenarios and of devices, while they are read:
                             id to file */
    unsigned char *pairs; /* scenarios_count * devices_count; 1: wanted */
};

/* 0, or -1 reported; *s can be cleared in both cases. Only the selecting
 * members of o are looked at. */
int selection_init(struct selection *s, const struct plan_options *o);
void selection_clear(struct selection *s);
/* The scenarios alone: no device is read. 0, or -1 reported. */
int selection_scenarios(struct selection *s, const struct plan_options *o);

int selection_has(const struct selection *s, size_t scenario, size_t device);
/* 1 if the file is below <home>/<folder>. */
int selection_is_builtin(const char *file, const char *folder);

#endif
