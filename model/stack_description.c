/* One description, no rules. */
#include "model/stack_description.h"

#include <stdlib.h>
#include <string.h>

static void texts_free(char **list, size_t count)
{
    for (size_t i = 0; list && i < count; i++)
        free(list[i]);
    free(list);
}

void stack_description_free(struct stack_description *d)
{
    if (!d)
        return;
    free(d->document);
    free(d->version);
    free(d->family);
    texts_free(d->features, d->features_count);
    texts_free(d->emulates, d->emulates_count);
    texts_free(d->curves, d->curves_count);
    free(d);
}

int stack_description_has(const struct stack_description *d,
                          const char *feature)
{
    for (size_t i = 0; i < d->features_count; i++)
        if (!strcmp(d->features[i], feature))
            return 1;
    return 0;
}
