/* Lists of words from repeated options. */
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

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

int words_add_copy(struct words *w, const char *word)
{
    char *copy = strdup(word);

    if (copy && words_add(w, copy) == 0)
        return 0;
    if (!copy)
        diag("out of memory");
    free(copy);
    return -1;
}

void words_free(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->items[i]);
    words_clear(w);
}
