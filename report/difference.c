/* Pairs the cells of two sides and compares what was judged. Native codes are
 * shown and not compared: each family counts in its own. */
#include "report/difference.h"

#include <fnmatch.h>
#include <string.h>

struct pairing {
    const struct difference_side *sides[2];
    const char *glob;
    json_t *devices[2]; /* object: what pairs them to the device's id */
    json_t *cells, *apart, *only, *verdicts, *heap; /* arrays of the result */
    size_t compared, only_in[2];
};

static const char *const letters[2] = {"a", "b"};

static const char *name_of(const struct difference_side *side)
{
    return side->stack ? "device" : "id";
}

/* The devices of a side that take part; {what pairs them: id}. */
static json_t *index_devices(const struct difference_side *side)
{
    json_t *index = json_object();
    size_t i;
    const json_t *device;

    json_array_foreach(json_object_get(side->document->plan, "devices"), i,
                       device)
    {
        if (side->stack &&
            strcmp(document_text(device, "stack"), side->stack) != 0)
            continue;
        json_object_set(index, document_text(device, name_of(side)),
                        json_object_get(device, "id"));
    }
    return index;
}

/* Adds the `key` members of a list to an object used as an ordered set. */
static void join(json_t *set, const json_t *list, const char *key)
{
    size_t i;
    const json_t *item;

    json_array_foreach(list, i, item)
    {
        json_object_set_new(set, document_text(item, key), json_true());
    }
}

static json_t *join_scenarios(const struct pairing *p)
{
    json_t *set = json_object();

    for (int i = 0; i < 2; i++)
        join(set, json_object_get(p->sides[i]->document->plan, "scenarios"),
             "id");
    return set;
}

static json_t *join_states(const struct pairing *p, const char *scenario)
{
    json_t *set = json_object();

    for (int i = 0; i < 2; i++)
        join(set,
             json_object_get(document_scenario(p->sides[i]->document, scenario),
                             "states"),
             "name");
    return set;
}

static json_t *join_devices(const struct pairing *p)
{
    json_t *set = json_object();

    for (int i = 0; i < 2; i++)
        json_object_update(set, p->devices[i]);
    return set;
}

static const char *device_of(const struct pairing *p, int side,
                             const char *name)
{
    return document_text(p->devices[side], name);
}

static int is_judged(const json_t *record)
{
    const char *outcome = document_text(record, "outcome");

    return !strcmp(outcome, "connected") || !strcmp(outcome, "refused");
}

static int is_same(const json_t *a, const json_t *b, const char *key)
{
    return !strcmp(document_text(a, key), document_text(b, key));
}

static json_t *side_json(const json_t *record)
{
    const json_t *native = json_object_get(record, "native");

    return json_pack("{s:O?,s:O?,s:O?,s:O?,s:O?,s:O?,s:O?,s:O?}", "cell",
                     json_object_get(record, "cell"), "outcome",
                     json_object_get(record, "outcome"), "reason",
                     json_object_get(record, "reason"), "refused_by",
                     json_object_get(record, "refused_by"), "native_code",
                     json_object_get(native, "code"), "peak_heap",
                     json_object_get(record, "peak_heap"), "emulated",
                     json_object_get(record, "emulated"), "note",
                     json_object_get(record, "note"));
}

/* The expectations that the scenario wrote for the two devices: each text
 * once. */
static json_t *because(const json_t *a, const json_t *b)
{
    const json_t *sides[2] = {json_object_get(a, "expected"),
                              json_object_get(b, "expected")};
    json_t *list = json_array();

    for (int i = 0; i < 2; i++) {
        const char *text = document_text(sides[i], "because");

        if (!*text || (i && is_same(sides[0], sides[1], "because") &&
                       is_same(sides[0], sides[1], "reference")))
            continue;
        json_array_append_new(
            list,
            json_pack("{s:s,s:s,s:O?}", "of", letters[i], "because", text,
                      "reference", json_object_get(sides[i], "reference")));
    }
    return list;
}

static const json_t *verdict_of(const struct pairing *p, int side,
                                const char *scenario, const char *name)
{
    return document_verdict(p->sides[side]->document, scenario,
                            device_of(p, side, name));
}

static int same_verdict(const json_t *a, const json_t *b)
{
    return is_same(a, b, "verdict") && is_same(a, b, "reason");
}

struct place {
    const char *scenario, *state, *device;
};

static void add_cell(struct pairing *p, json_t *list, const struct place *at,
                     const json_t *const records[2])
{
    const json_t *a = verdict_of(p, 0, at->scenario, at->device);
    const json_t *b = verdict_of(p, 1, at->scenario, at->device);

    json_array_append_new(
        list, json_pack("{s:s,s:s,s:s,s:o,s:o,s:b,s:o}", "scenario",
                        at->scenario, "state", at->state, "device", at->device,
                        "a", side_json(records[0]), "b", side_json(records[1]),
                        "same_verdict", same_verdict(a, b), "because",
                        because(a, b)));
}

static const char *chain_of(const json_t *record)
{
    return document_text(
        json_object_get(json_object_get(record, "server"), "chose"), "chain");
}

/* Of the same chain only: an RSA and an ECDSA chain cost differently, and a
 * refused handshake ends early. */
static void add_heap(struct pairing *p, const struct place *at,
                     const json_t *const records[2])
{
    long long a = document_number(records[0], "peak_heap");
    long long b = document_number(records[1], "peak_heap");

    if (a <= 0 || b <= 0 || !*chain_of(records[0]) ||
        strcmp(chain_of(records[0]), chain_of(records[1])) != 0 ||
        strcmp(document_text(records[0], "outcome"), "connected") != 0 ||
        strcmp(document_text(records[1], "outcome"), "connected") != 0)
        return;
    json_array_append_new(
        p->heap, json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:O?,s:O?}", "scenario",
                           at->scenario, "state", at->state, "device",
                           at->device, "chain", chain_of(records[0]), "a",
                           (json_int_t)a, "b", (json_int_t)b, "a_version",
                           json_object_get(records[0], "version"), "b_version",
                           json_object_get(records[1], "version")));
}

static void compare_cell(struct pairing *p, const struct place *at)
{
    const json_t *records[2];

    for (int i = 0; i < 2; i++)
        records[i] = document_record(p->sides[i]->document, at->scenario,
                                     at->state, device_of(p, i, at->device));
    if (!records[0] && !records[1])
        return;
    if (!records[0] || !records[1]) {
        int in = records[1] != NULL;

        p->only_in[in]++;
        json_array_append_new(
            p->only,
            json_pack("{s:s,s:s,s:s,s:s}", "scenario", at->scenario, "state",
                      at->state, "device", at->device, "in", letters[in]));
        return;
    }
    if (!is_judged(records[0]) || !is_judged(records[1])) {
        add_cell(p, p->apart, at, records);
        return;
    }
    p->compared++;
    add_heap(p, at, records);
    if (!is_same(records[0], records[1], "outcome") ||
        !is_same(records[0], records[1], "reason") ||
        !is_same(records[0], records[1], "refused_by"))
        add_cell(p, p->cells, at, records);
}

static int is_verdict(const json_t *verdict)
{
    const char *name = document_text(verdict, "verdict");

    return *name && strcmp(name, "error") != 0 && !document_is_untried(verdict);
}

static json_t *verdict_json(const json_t *verdict)
{
    return json_pack("{s:O,s:O}", "verdict",
                     json_object_get(verdict, "verdict"), "reason",
                     json_object_get(verdict, "reason"));
}

static void compare_verdict(struct pairing *p, const char *scenario,
                            const char *device)
{
    const json_t *a = verdict_of(p, 0, scenario, device);
    const json_t *b = verdict_of(p, 1, scenario, device);

    if (!is_verdict(a) || !is_verdict(b) || same_verdict(a, b))
        return;
    json_array_append_new(
        p->verdicts, json_pack("{s:s,s:s,s:o,s:o,s:o}", "scenario", scenario,
                               "device", device, "a", verdict_json(a), "b",
                               verdict_json(b), "because", because(a, b)));
}

static void compare_scenario(struct pairing *p, const char *scenario,
                             json_t *devices)
{
    json_t *states = join_states(p, scenario), *unused;
    const char *device, *state;

    json_object_foreach(devices, device, unused)
    {
        json_t *mark;

        json_object_foreach(states, state, mark)
        {
            struct place at = {scenario, state, device};

            compare_cell(p, &at);
        }
        compare_verdict(p, scenario, device);
    }
    json_decref(states);
}

static void compare(struct pairing *p)
{
    json_t *scenarios = join_scenarios(p), *devices = join_devices(p), *unused;
    const char *scenario;

    json_object_foreach(scenarios, scenario, unused)
    {
        if (!p->glob || fnmatch(p->glob, scenario, 0) == 0)
            compare_scenario(p, scenario, devices);
    }
    json_decref(scenarios);
    json_decref(devices);
}

/* Version of each stack build of a side, by name. */
static json_t *versions(const struct difference_side *side)
{
    json_t *object = json_object();
    size_t i;
    const json_t *stack;

    json_array_foreach(json_object_get(side->document->plan, "stacks"), i,
                       stack)
    {
        const char *name = document_text(stack, "stack");

        if (!side->stack || !strcmp(side->stack, name))
            json_object_set(object, name, json_object_get(stack, "version"));
    }
    return object;
}

static json_t *side_header(const struct difference_side *side)
{
    return json_pack("{s:s,s:s?,s:o}", "results", side->results, "stack",
                     side->stack, "versions", versions(side));
}

static json_t *totals(const struct pairing *p)
{
    return json_pack(
        "{s:I,s:I,s:I,s:I,s:I,s:I}", "compared", (json_int_t)p->compared,
        "differ", (json_int_t)json_array_size(p->cells), "verdicts_differ",
        (json_int_t)json_array_size(p->verdicts), "apart",
        (json_int_t)json_array_size(p->apart), "only_a",
        (json_int_t)p->only_in[0], "only_b", (json_int_t)p->only_in[1]);
}

json_t *difference_new(const struct difference_side *a,
                       const struct difference_side *b, const char *scenario)
{
    struct pairing p = {
        .sides = {a, b},
        .glob = scenario,
        .devices = {index_devices(a), index_devices(b)},
        .cells = json_array(),
        .apart = json_array(),
        .only = json_array(),
        .verdicts = json_array(),
        .heap = json_array(),
    };
    json_t *result;

    compare(&p);
    result =
        json_pack("{s:o,s:o,s:s?,s:o,s:o,s:o,s:o,s:o,s:o}", "a", side_header(a),
                  "b", side_header(b), "scenario", scenario, "totals",
                  totals(&p), "cells", p.cells, "verdicts", p.verdicts, "apart",
                  p.apart, "only", p.only, "heap", p.heap);
    json_decref(p.devices[0]);
    json_decref(p.devices[1]);
    return result;
}

static const json_t *totals_of(const json_t *difference)
{
    return json_object_get(difference, "totals");
}

long long difference_compared(const json_t *difference)
{
    return document_number(totals_of(difference), "compared");
}

long long difference_count(const json_t *difference)
{
    return document_number(totals_of(difference), "differ") +
           document_number(totals_of(difference), "verdicts_differ");
}
