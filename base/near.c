/* Near names by edit distance: an error that names the likely word saves the
 * reader a search. */
#include "base/near.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 127 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t n = strnlen(a, WORD_MAX), m = strnlen(b, WORD_MAX);

    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1,
                           diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[m];
}

void near_init(struct near *n, const char *word)
{
    memset(n, 0, sizeof *n);
    n->word = word;
}

void near_offer(struct near *n, const char *name)
{
    size_t d = strstr(name, n->word) ? 1 : distance(n->word, name);

    if (d > strlen(n->word) / 2 + 1)
        return;
    for (size_t i = 0; i < 3; i++) {
        const char *other = n->names[i];
        size_t other_d = n->distances[i];

        if (other && !strcmp(other, name))
            return;
        if (other && other_d <= d)
            continue;
        n->names[i] = name;
        n->distances[i] = d;
        if (!other)
            return;
        name = other;
        d = other_d;
    }
}

const char *near_text(struct near *n)
{
    size_t used = 0;

    for (size_t i = 0; i < 3 && n->names[i] && used < sizeof n->text; i++)
        used += (size_t)snprintf(n->text + used, sizeof n->text - used, "%s%s",
                                 i ? ", " : "; did you mean ", n->names[i]);
    if (used > 0 && used < sizeof n->text)
        snprintf(n->text + used, sizeof n->text - used, "?");
    return n->text;
}
