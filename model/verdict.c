/* The rows of verdict.def, and the ends of verdicts. */
#include "model/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "model/codec.h"

static const struct {
    const char *name, *mark;
    enum effect effect;
    const char *sentence;
} verdicts[] = {
#define VERDICT(id, name, mark, effect, sentence)                              \
    {name, mark, EFFECT_##effect, sentence},
#include "model/verdict.def"
#undef VERDICT
};

const char *verdict_name(enum verdict v)
{
    return verdicts[v].name;
}

int verdict_parse(const char *name, enum verdict *out)
{
    for (int i = 0; i < VERDICT_COUNT; i++) {
        if (strcmp(verdicts[i].name, name) != 0)
            continue;
        *out = (enum verdict)i;
        return 0;
    }
    return -1;
}

const char *verdict_mark(enum verdict v)
{
    return verdicts[v].mark;
}

const char *verdict_sentence(enum verdict v)
{
    return verdicts[v].sentence;
}

enum effect verdict_effect(enum verdict v)
{
    return verdicts[v].effect;
}

int verdict_is_bad(enum verdict v)
{
    return verdicts[v].effect == EFFECT_LOSES || v == VERDICT_ERROR;
}

int verdict_is_statement(enum verdict v)
{
    return verdicts[v].effect != EFFECT_UNKNOWN;
}

void judgement_clear(struct judgement *j)
{
    free(j->scenario);
    free(j->device);
    free(j->stack);
    free(j->before);
    free(j->after);
    free(j->cell);
    free(j->expected.because);
    free(j->expected.reference);
    codec_free_texts(j->emulated, j->emulated_count);
    codec_free_texts(j->notes, j->notes_count);
    free(j->cause);
    free(j->mend);
    for (size_t i = 0; i < j->mends_count; i++)
        mend_clear(&j->mends[i]);
    free(j->mends);
    for (size_t i = 0; i < j->experiments_count; i++)
        experiment_clear(&j->experiments[i]);
    free(j->experiments);
    memset(j, 0, sizeof *j);
}

void judgements_clear(struct judgements *j)
{
    for (size_t i = 0; i < j->count; i++)
        judgement_clear(&j->items[i]);
    free(j->items);
    memset(j, 0, sizeof *j);
}

void run_facts_clear(struct run_facts *r)
{
    free(r->started_at);
    codec_free_texts(r->stacks, r->stacks_count);
    codec_free_texts(r->notes, r->notes_count);
    memset(r, 0, sizeof *r);
}
