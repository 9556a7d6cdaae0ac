/* The rows of outcome.def. */
#include "model/outcome.h"

#include <string.h>

static const struct {
    const char *name;
    int statement;
    const char *sentence;
} outcomes[] = {
#define OUTCOME(id, name, statement, sentence) {name, statement, sentence},
#include "model/outcome.def"
#undef OUTCOME
};

const char *outcome_name(enum outcome o)
{
    return outcomes[o].name;
}

const char *outcome_sentence(enum outcome o)
{
    return outcomes[o].sentence;
}

int outcome_parse(const char *name, enum outcome *out)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (strcmp(outcomes[i].name, name) != 0)
            continue;
        *out = (enum outcome)i;
        return 0;
    }
    return -1;
}

int outcome_is_statement(enum outcome o)
{
    return outcomes[o].statement;
}
