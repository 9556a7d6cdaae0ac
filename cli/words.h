/* Lists of words from repeated options. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stddef.h>

struct words {
    char **items; /* NULL-terminated; NULL if empty; the words are borrowed */
    size_t count;
};

/* 0, or -1 reported. */
int words_add(struct words *w, char *word);
void words_clear(struct words *w);
/* A list whose words are its own. */
int words_add_copy(struct words *w, const char *word);
void words_free(struct words *w);

#endif
