/* A difference as a document of results/schema/diff.json (docs/diff.md). */
#ifndef REPORT_DIFFERENCE_CODEC_H
#define REPORT_DIFFERENCE_CODEC_H

#include <jansson.h>
#include <stdio.h>

#include "report/difference.h"

/* New reference, or NULL, reported. */
json_t *difference_encode(const struct difference *d);
/* Writes it, with a newline. 0; -1: reported, or `to` has failed. */
int difference_write(FILE *to, const struct difference *d);

#endif
