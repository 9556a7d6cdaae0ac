/* The names of the sides, and the ends of experiments and mends. */
#include "model/experiment.h"

#include <stdlib.h>
#include <string.h>

static const char *const sides[] = {"device", "endpoint"};

const char *side_name(enum side s)
{
    return sides[s];
}

int side_parse(const char *name, enum side *out)
{
    for (int i = 0; i < 2; i++) {
        if (strcmp(sides[i], name) != 0)
            continue;
        *out = (enum side)i;
        return 0;
    }
    return -1;
}

void experiment_clear(struct experiment *e)
{
    free(e->change);
    free(e->cell);
    memset(e, 0, sizeof *e);
}

void mend_clear(struct mend *m)
{
    free(m->change);
    free(m->text);
    free(m->cell);
    memset(m, 0, sizeof *m);
}
