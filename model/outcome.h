/* What came of one cell: outcome.def's C face. */
#ifndef MODEL_OUTCOME_H
#define MODEL_OUTCOME_H

enum outcome {
#define OUTCOME(id, name, statement, sentence) OUTCOME_##id,
#include "model/outcome.def"
#undef OUTCOME
    OUTCOME_COUNT
};

/* Stable name; never NULL for a value below OUTCOME_COUNT. */
const char *outcome_name(enum outcome o);
int outcome_parse(const char *name, enum outcome *out); /* 0 or -1 */
/* One sentence, in lower case, without a full stop. */
const char *outcome_sentence(enum outcome o);
/* 1: it says something about the device. */
int outcome_is_statement(enum outcome o);

#endif
