/* What `chainbreak list --json` prints. Each document as text, malloc'd; NULL
 * reported. */
#ifndef MODEL_LIST_CODEC_H
#define MODEL_LIST_CODEC_H

#include <stddef.h>

#include "model/device.h"
#include "model/scenario.h"

struct list_device {
    const struct device *device;
    int built; /* its stack build is there */
};

struct list_stack {
    const char *name, *reason; /* reason: why it is not built; or NULL */
    int built;
};

struct list_scenarios {
    struct scenario *const *items;
    size_t count;
};

char *list_devices_encode(const struct list_device *devices, size_t count);
char *list_stacks_encode(const struct list_stack *stacks, size_t count);
char *list_scenarios_encode(const struct list_scenarios *s);
/* Scenarios, each with the devices that it meets: all of them. */
char *list_cells_encode(const struct list_scenarios *s,
                        const struct list_device *devices, size_t count);

#endif
