/* The names of the stages. */
#include "model/stage.h"

#include <string.h>

static const char *const stages[STAGE_COUNT] = {
    "setup",       "trust-store", "connect", "hello",
    "certificate", "finished",    "policy",  "application",
};

const char *stage_name(enum stage s)
{
    return stages[s];
}

int stage_parse(const char *name, enum stage *out)
{
    for (int i = 0; i < STAGE_COUNT; i++) {
        if (strcmp(stages[i], name) != 0)
            continue;
        *out = (enum stage)i;
        return 0;
    }
    return -1;
}
