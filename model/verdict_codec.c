/* Verdicts, member by member. */
#include "model/verdict_codec.h"

#include <stdlib.h>
#include <string.h>

#include "model/codec.h"

static json_t *run_encode(struct codec *c, const struct run_facts *r)
{
    json_t *to = json_object();

    codec_put_text(c, to, "started_at", r->started_at);
    codec_put_number(c, to, "started", r->started);
    codec_put(c, to, "seconds", json_real(r->seconds));
    codec_put_number(c, to, "cells", (long long)r->cells);
    codec_put_number(c, to, "errors", (long long)r->errors);
    codec_put_number(c, to, "unmapped", (long long)r->unmapped);
    codec_put_number(c, to, "undiagnosed", (long long)r->undiagnosed);
    codec_put_number(c, to, "untested", (long long)r->untested);
    codec_put_texts(c, to, "stacks", r->stacks, r->stacks_count);
    codec_put_texts(c, to, "notes", r->notes, r->notes_count);
    return to;
}

static void run_decode(struct codec *c, const json_t *from, struct run_facts *r)
{
    r->started_at = codec_need_text(c, from, "started_at");
    r->started = codec_number(c, from, "started", 0);
    r->seconds = codec_real(c, from, "seconds");
    r->cells = (size_t)codec_number(c, from, "cells", 0);
    r->errors = (size_t)codec_number(c, from, "errors", 0);
    r->unmapped = (size_t)codec_number(c, from, "unmapped", 0);
    r->undiagnosed = (size_t)codec_number(c, from, "undiagnosed", 0);
    r->untested = (size_t)codec_number(c, from, "untested", 0);
    r->stacks = codec_texts(c, from, "stacks", &r->stacks_count);
    r->notes = codec_texts(c, from, "notes", &r->notes_count);
}

static json_t *expected_encode(struct codec *c, const struct judgement *j)
{
    json_t *to;

    if (!j->expected.there)
        return json_null();
    to = json_object();
    codec_put_text(c, to, "verdict", verdict_name(j->expected.verdict));
    codec_put_text(c, to, "reason", reason_name(j->expected.reason));
    codec_put_text(c, to, "because", j->expected.because);
    codec_put_text(c, to, "reference", j->expected.reference);
    return to;
}

static json_t *mends_encode(struct codec *c, const struct judgement *j)
{
    json_t *list = json_array();

    for (size_t i = 0; i < j->mends_count; i++) {
        const struct mend *m = &j->mends[i];
        json_t *to = json_object();

        codec_put_text(c, to, "side", side_name(m->side));
        codec_put_text(c, to, "change", m->change);
        codec_put_text(c, to, "text", m->text);
        codec_put_text(c, to, "cell", m->cell);
        codec_put_text(c, to, "outcome", outcome_name(m->outcome));
        codec_add(c, list, to);
    }
    return list;
}

static json_t *experiments_encode(struct codec *c, const struct judgement *j)
{
    json_t *list = json_array();

    for (size_t i = 0; i < j->experiments_count; i++) {
        const struct experiment *e = &j->experiments[i];
        json_t *to = json_object();

        codec_put_text(c, to, "change", e->change);
        codec_put_text(c, to, "side", side_name(e->side));
        codec_put_text(c, to, "cell", e->cell);
        codec_put_text(c, to, "outcome", outcome_name(e->outcome));
        codec_put_text(c, to, "reason", reason_name(e->reason));
        codec_add(c, list, to);
    }
    return list;
}

static json_t *encode(struct codec *c, const struct judgement *j)
{
    json_t *to = json_object();

    codec_put_text(c, to, "scenario", j->scenario);
    codec_put_text(c, to, "device", j->device);
    codec_put_text(c, to, "stack", j->stack);
    codec_put_number(c, to, "units", j->units);
    codec_put_text(c, to, "verdict", verdict_name(j->verdict));
    codec_put_text(c, to, "reason", reason_name(j->reason));
    codec_put_text(c, to, "before", j->before);
    codec_put_text(c, to, "after", j->after);
    codec_put_text(c, to, "cell", j->cell);
    codec_put(c, to, "expected", expected_encode(c, j));
    codec_put(c, to, "as_expected",
              j->as_expected < 0 ? json_null() : json_boolean(j->as_expected));
    codec_put_texts(c, to, "emulated", j->emulated, j->emulated_count);
    codec_put_texts(c, to, "notes", j->notes, j->notes_count);
    codec_put_text(c, to, "cause", j->cause);
    codec_put_text(c, to, "mend", j->mend);
    codec_put_flag(c, to, "undiagnosed", j->undiagnosed);
    codec_put(c, to, "mends", mends_encode(c, j));
    codec_put(c, to, "experiments", experiments_encode(c, j));
    return to;
}

json_t *judgement_encode(const struct judgement *j)
{
    struct codec c = {"verdicts.json", 0};

    return codec_finish(&c, encode(&c, j));
}

json_t *verdicts_encode(const struct run_facts *run, const struct judgements *j)
{
    struct codec c = {"verdicts.json", 0};
    json_t *to = json_object(), *list = json_array();

    for (size_t i = 0; i < j->count; i++)
        codec_add(&c, list, encode(&c, &j->items[i]));
    codec_put(&c, to, "run", run_encode(&c, run));
    codec_put(&c, to, "verdicts", list);
    return codec_finish(&c, to);
}

static void verdict_decode(struct codec *c, const json_t *from,
                           enum verdict *verdict, enum reason *reason)
{
    char *name = codec_need_text(c, from, "verdict");
    char *why = codec_need_text(c, from, "reason");

    if (name && verdict_parse(name, verdict))
        codec_fault(c, "verdict", "there is no such verdict");
    if (why && reason_parse(why, reason))
        codec_fault(c, "reason", "there is no such reason");
    free(name);
    free(why);
}

static void outcome_decode(struct codec *c, const json_t *from,
                           enum outcome *outcome, enum side *side)
{
    char *name = codec_need_text(c, from, "outcome");
    char *where = codec_need_text(c, from, "side");

    if (name && outcome_parse(name, outcome))
        codec_fault(c, "outcome", "there is no such outcome");
    if (where && side_parse(where, side))
        codec_fault(c, "side", "device or endpoint");
    free(name);
    free(where);
}

static void expected_decode(struct codec *c, const json_t *from,
                            struct judgement *j)
{
    const json_t *expected = codec_object(c, from, "expected");

    if (!expected)
        return;
    j->expected.there = 1;
    verdict_decode(c, expected, &j->expected.verdict, &j->expected.reason);
    j->expected.because = codec_text(c, expected, "because");
    j->expected.reference = codec_text(c, expected, "reference");
}

static void mends_decode(struct codec *c, const json_t *from,
                         struct judgement *j)
{
    const json_t *list = codec_array(c, from, "mends");

    j->mends = codec_alloc(c, json_array_size(list), sizeof *j->mends);
    for (size_t i = 0; j->mends && i < json_array_size(list); i++) {
        const json_t *m = json_array_get(list, i);
        struct mend *to = &j->mends[j->mends_count++];

        outcome_decode(c, m, &to->outcome, &to->side);
        to->change = codec_text(c, m, "change");
        to->text = codec_text(c, m, "text");
        to->cell = codec_text(c, m, "cell");
    }
}

static void experiments_decode(struct codec *c, const json_t *from,
                               struct judgement *j)
{
    const json_t *list = codec_array(c, from, "experiments");

    j->experiments =
        codec_alloc(c, json_array_size(list), sizeof *j->experiments);
    for (size_t i = 0; j->experiments && i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        struct experiment *to = &j->experiments[j->experiments_count++];
        char *reason = codec_need_text(c, e, "reason");

        if (reason && reason_parse(reason, &to->reason))
            codec_fault(c, "reason", "there is no such reason");
        free(reason);
        outcome_decode(c, e, &to->outcome, &to->side);
        to->change = codec_text(c, e, "change");
        to->cell = codec_text(c, e, "cell");
    }
}

static void decode(struct codec *c, const json_t *from, struct judgement *j)
{
    j->scenario = codec_need_text(c, from, "scenario");
    j->device = codec_need_text(c, from, "device");
    j->stack = codec_need_text(c, from, "stack");
    j->units = codec_number(c, from, "units", 0);
    verdict_decode(c, from, &j->verdict, &j->reason);
    j->before = codec_need_text(c, from, "before");
    j->after = codec_need_text(c, from, "after");
    j->cell = codec_need_text(c, from, "cell");
    expected_decode(c, from, j);
    j->as_expected = codec_tristate(c, from, "as_expected");
    j->emulated = codec_texts(c, from, "emulated", &j->emulated_count);
    j->notes = codec_texts(c, from, "notes", &j->notes_count);
    j->cause = codec_text(c, from, "cause");
    j->mend = codec_text(c, from, "mend");
    j->undiagnosed = codec_flag(c, from, "undiagnosed", 0);
    mends_decode(c, from, j);
    experiments_decode(c, from, j);
}

int judgement_decode(const json_t *from, const char *name, struct judgement *j)
{
    struct codec c = {name, 0};

    memset(j, 0, sizeof *j);
    decode(&c, from, j);
    if (!c.failed)
        return 0;
    judgement_clear(j);
    return -1;
}

json_t *run_facts_encode(const struct run_facts *run)
{
    struct codec c = {"verdicts.json", 0};

    return codec_finish(&c, run_encode(&c, run));
}

int run_facts_decode(const json_t *from, const char *name,
                     struct run_facts *run)
{
    struct codec c = {name, 0};

    memset(run, 0, sizeof *run);
    run_decode(&c, from, run);
    if (!c.failed)
        return 0;
    run_facts_clear(run);
    return -1;
}

int verdicts_decode(const json_t *document, const char *name,
                    struct run_facts *run, struct judgements *j)
{
    struct codec c = {name, 0};
    const json_t *list = codec_array(&c, document, "verdicts");
    size_t count = json_array_size(list);

    memset(run, 0, sizeof *run);
    memset(j, 0, sizeof *j);
    if (!list)
        codec_fault(&c, "verdicts", "no such list in it: not of a run");
    run_decode(&c, codec_object(&c, document, "run"), run);
    j->items = codec_alloc(&c, count, sizeof *j->items);
    for (size_t i = 0; j->items && i < count && !c.failed; i++)
        decode(&c, json_array_get(list, i), &j->items[j->count++]);
    if (!c.failed)
        return 0;
    run_facts_clear(run);
    judgements_clear(j);
    return -1;
}
