/* Writes a difference down, field by field. */
#include "report/difference_codec.h"

#include <stdlib.h>

#include "model/codec.h"

static const char *const letters[SIDES] = {"a", "b"};

static void put_number(struct codec *c, json_t *object, const char *key,
                       int there, long long n)
{
    codec_put(c, object, key, there ? json_integer(n) : json_null());
}

static void put_side(struct codec *c, json_t *pair, const char *key,
                     const struct record *r)
{
    const struct shim_side *s = r->shim;
    const char *by = view_party(r->refused_by);
    json_t *side = json_object();

    codec_put_text(c, side, "cell", r->cell);
    codec_put_text(c, side, "outcome", outcome_name(r->outcome));
    codec_put_text(c, side, "reason", reason_name(r->reason));
    codec_put_text(c, side, "refused_by", *by ? by : NULL);
    put_number(c, side, "native_code", s != NULL, s ? s->native_code : 0);
    put_number(c, side, "peak_heap", s && s->peak_heap >= 0,
               s ? s->peak_heap : 0);
    codec_put_texts(c, side, "emulated", s ? s->emulated : NULL,
                    s ? s->emulated_count : 0);
    codec_put_text(c, side, "note", r->note);
    codec_put(c, pair, key, side);
}

static void put_because(struct codec *c, json_t *object,
                        const struct difference_place *p)
{
    json_t *list = json_array();

    for (int i = 0; i < SIDES; i++) {
        const char *text = difference_because(p, i);
        json_t *why;

        if (!text)
            continue;
        why = json_object();
        codec_put_text(c, why, "of", letters[i]);
        codec_put_text(c, why, "because", text);
        codec_put_text(c, why, "reference", p->verdicts[i]->expected.reference);
        codec_add(c, list, why);
    }
    codec_put(c, object, "because", list);
}

static json_t *place(struct codec *c, const struct difference_place *p)
{
    json_t *object = json_object();

    codec_put_text(c, object, "scenario", p->scenario);
    if (p->state)
        codec_put_text(c, object, "state", p->state);
    codec_put_text(c, object, "device", p->device);
    return object;
}

static json_t *cell(struct codec *c, const struct difference_place *p)
{
    json_t *object = place(c, p);

    for (int i = 0; i < SIDES; i++)
        put_side(c, object, letters[i], p->records[i]);
    codec_put_flag(c, object, "same_verdict", difference_same_verdict(p));
    put_because(c, object, p);
    return object;
}

static json_t *verdict(struct codec *c, const struct difference_place *p)
{
    json_t *object = place(c, p);

    for (int i = 0; i < SIDES; i++) {
        json_t *side = json_object();

        codec_put_text(c, side, "verdict",
                       verdict_name(p->verdicts[i]->verdict));
        codec_put_text(c, side, "reason", reason_name(p->verdicts[i]->reason));
        codec_put(c, object, letters[i], side);
    }
    put_because(c, object, p);
    return object;
}

static json_t *only(struct codec *c, const struct difference_place *p)
{
    json_t *object = place(c, p);

    codec_put_text(c, object, "in", letters[p->records[1] != NULL]);
    return object;
}

static json_t *heap(struct codec *c, const struct difference_place *p)
{
    static const char *const versions[SIDES] = {"a_version", "b_version"};
    json_t *object = place(c, p);

    codec_put_text(c, object, "chain", p->records[0]->endpoint->chain);
    for (int i = 0; i < SIDES; i++) {
        codec_put_number(c, object, letters[i], p->records[i]->shim->peak_heap);
        codec_put_text(c, object, versions[i], record_version(p->records[i]));
    }
    return object;
}

static void put_list(struct codec *c, json_t *object, const char *key,
                     const struct difference_list *list,
                     json_t *(*encode)(struct codec *c,
                                       const struct difference_place *p))
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        codec_add(c, array, encode(c, &list->items[i]));
    codec_put(c, object, key, array);
}

/* Version of each stack build of a side, by name. */
static void put_header(struct codec *c, json_t *object, const char *key,
                       const struct difference_side *side)
{
    const struct plan *p = side->view->plan;
    json_t *header = json_object(), *versions = json_object();

    codec_put_text(c, header, "results", side->results);
    codec_put_text(c, header, "stack", side->stack);
    for (size_t i = 0; i < p->stacks_count; i++)
        if (!side->stack || plan_stack(p, side->stack) == &p->stacks[i])
            codec_put_text(c, versions, p->stacks[i].name,
                           p->stacks[i].version);
    codec_put(c, header, "versions", versions);
    codec_put(c, object, key, header);
}

static void put_totals(struct codec *c, json_t *object,
                       const struct difference *d)
{
    json_t *totals = json_object();

    codec_put_number(c, totals, "compared", (long long)d->compared);
    codec_put_number(c, totals, "differ", (long long)d->cells.count);
    codec_put_number(c, totals, "verdicts_differ",
                     (long long)d->verdicts.count);
    codec_put_number(c, totals, "apart", (long long)d->apart.count);
    codec_put_number(c, totals, "only_a", (long long)d->only_in[0]);
    codec_put_number(c, totals, "only_b", (long long)d->only_in[1]);
    codec_put(c, object, "totals", totals);
}

json_t *difference_encode(const struct difference *d)
{
    struct codec c = {.document = "the difference"};
    json_t *object = json_object();

    for (int i = 0; i < SIDES; i++)
        put_header(&c, object, letters[i], &d->sides[i]);
    codec_put_text(&c, object, "scenario", d->scenario);
    put_totals(&c, object, d);
    put_list(&c, object, "cells", &d->cells, cell);
    put_list(&c, object, "verdicts", &d->verdicts, verdict);
    put_list(&c, object, "apart", &d->apart, cell);
    put_list(&c, object, "only", &d->only, only);
    put_list(&c, object, "heap", &d->heap, heap);
    return codec_finish(&c, object);
}

int difference_write(FILE *to, const struct difference *d)
{
    json_t *document = difference_encode(d);
    int status = -1;

    if (document && json_dumpf(document, to, JSON_INDENT(1)) == 0)
        status = putc('\n', to) == '\n' ? 0 : -1;
    json_decref(document);
    return status;
}
