/* Near names for a mistyped one. Knows nothing of what the names stand for. */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

struct near {
    char text[512]; /* "did you mean a, b or c?", or "" if nothing is near */
    size_t distances[3];
    const char *names[3]; /* borrowed from near_offer's callers */
    const char *word;
};

void near_init(struct near *n, const char *word);
void near_offer(struct near *n, const char *name);
/* The sentence over all that was offered; never NULL. */
const char *near_text(struct near *n);

#endif
