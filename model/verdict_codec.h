/* verdicts.json (docs/record.md). */
#ifndef MODEL_VERDICT_CODEC_H
#define MODEL_VERDICT_CODEC_H

#include <jansson.h>

#include "model/verdict.h"

/* The whole document; NULL, reported, if something cannot be written down. */
json_t *verdicts_encode(const struct run_facts *run,
                        const struct judgements *j);
/* `name` stands for the file in messages. 0; -1 reported: nothing is to be
 * cleared then. */
int verdicts_decode(const json_t *document, const char *name,
                    struct run_facts *run, struct judgements *j);
/* One verdict of it, and its member `run`. */
json_t *judgement_encode(const struct judgement *j);
int judgement_decode(const json_t *from, const char *name, struct judgement *j);
json_t *run_facts_encode(const struct run_facts *run);
int run_facts_decode(const json_t *from, const char *name,
                     struct run_facts *run);

#endif
