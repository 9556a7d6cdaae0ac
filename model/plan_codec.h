/* plan.json (docs/record.md). */
#ifndef MODEL_PLAN_CODEC_H
#define MODEL_PLAN_CODEC_H

#include <jansson.h>
#include <stdio.h>

#include "model/plan.h"

/* The whole document; NULL, reported, if something cannot be written down. The
 * same plan gives the same document. A certificate that is not minted yet is
 * null, which plan_decode does not take. */
json_t *plan_encode(const struct plan *p);
/* Fills *out, index included; `name` stands for the file in messages. 0; -1
 * reported: nothing is to be cleared then. */
int plan_decode(const json_t *document, const char *name, struct plan *out);

/* The same as text, indented; malloc'd. NULL reported. */
char *plan_text(const struct plan *p);
int plan_read(FILE *from, const char *name, struct plan *out);

/* The facts of one certificate. */
json_t *certificate_encode(const struct certificate *c);

#endif
