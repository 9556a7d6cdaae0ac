/* The words of a client's command: dividing a text into them, and the
 * placeholders in them. No shell is started and nothing else is expanded. */
#ifndef MODEL_CLIENT_WORDS_H
#define MODEL_CLIENT_WORDS_H

#include <stddef.h>

/* Divides at blanks; '...' and "..." keep blanks, a backslash outside '...'
 * keeps the next byte. malloc'd list that ends with NULL (strings_free). NULL:
 * a quote is not closed, or memory is out. */
char **client_words_split(const char *text);

/* Has the word a placeholder ({letters}) that does not exist? 1, and its name
 * in `name`. */
int client_words_unknown(const char *word, char *name, size_t room);

struct client_value {
    const char *name, *value; /* of a placeholder; NULL value: "" */
};

/* The word with each placeholder replaced; malloc'd, NULL when memory is out.
 * Values are not looked into. */
char *client_words_fill(const char *word, const struct client_value *values,
                        size_t count);

#endif
