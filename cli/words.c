/* Lists of words from repeated options. */
#include "cli/words.h"

#include <stdlib.h>

#include "base/diag.h"

int words_add(struct words *w, char *word)
{
    char **grown = realloc(w->items, (w->count + 2) * sizeof *grown);

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    w->items = grown;
    grown[w->count++] = word;
    grown[w->count] = NULL;
    return 0;
}

void words_clear(struct words *w)
{
    free(w->items);
    w->items = NULL;
    w->count = 0;
}
