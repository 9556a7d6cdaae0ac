/* A difference as a document of results/schema/diff.json (docs/diff.md). */
#ifndef REPORT_DIFFERENCE_CODEC_H
#define REPORT_DIFFERENCE_CODEC_H

#include <jansson.h>

#include "report/difference.h"

/* New reference, or NULL, reported. */
json_t *difference_encode(const struct difference *d);

#endif
