/* The story of one cell for a person: who met what, what each side said, what
 * follows. */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include <jansson.h>
#include <stdio.h>

#include "report/document.h"

/* verdict and record: of the same device and scenario. dir: the results. */
void story_print(FILE *to, const struct document *d, const json_t *verdict,
                 const json_t *record, const char *dir);

#endif
