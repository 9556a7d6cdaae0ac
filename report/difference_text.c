/* Tells a difference to a person. What the two sides are called: the stack
 * builds, or the folders where the stack build is the same. */
#include "report/difference.h"

#include <string.h>

struct telling {
    FILE *to;
    const json_t *difference;
    const char *names[2];
};

static const char *const letters[2] = {"a", "b"};

static const json_t *part(const struct telling *t, const char *key)
{
    return json_object_get(t->difference, key);
}

static void name_sides(struct telling *t)
{
    const char *a = document_text(part(t, "a"), "stack");
    const char *b = document_text(part(t, "b"), "stack");
    const char *key = strcmp(a, b) ? "stack" : "results";

    for (int i = 0; i < 2; i++)
        t->names[i] = document_text(part(t, letters[i]), key);
}

static void print_versions(const struct telling *t, int side)
{
    const json_t *header = part(t, letters[side]);
    const char *stack = document_text(header, "stack");

    fprintf(t->to, "%s: ", side ? "B" : "A");
    if (*stack)
        fprintf(t->to, "%s (%s) in ", stack,
                document_text(json_object_get(header, "versions"), stack));
    fprintf(t->to, "%s\n", document_text(header, "results"));
}

/* Stack builds of the same name whose version is another one now. */
static void print_updates(const struct telling *t)
{
    const json_t *a = json_object_get(part(t, "a"), "versions");
    const json_t *b = json_object_get(part(t, "b"), "versions");
    const char *name;
    json_t *version;

    json_object_foreach((json_t *)a, name, version)
    {
        const char *now = document_text(b, name);

        if (*now && json_is_string(version) &&
            strcmp(json_string_value(version), now) != 0)
            fprintf(t->to, "   %s: %s in A, %s in B\n", name,
                    json_string_value(version), now);
    }
}

static void print_because(const struct telling *t, const json_t *item)
{
    const json_t *list = json_object_get(item, "because"), *why;
    size_t i;

    json_array_foreach(list, i, why)
    {
        const char *of = document_text(why, "of");
        const char *reference = document_text(why, "reference");

        fprintf(t->to, "      because");
        if (json_array_size(list) > 1 || strcmp(of, "a") != 0)
            fprintf(t->to, " (%s)", t->names[strcmp(of, "a") != 0]);
        fprintf(t->to, ": %s", document_text(why, "because"));
        if (*reference)
            fprintf(t->to, " [%s]", reference);
        fputc('\n', t->to);
    }
}

static void print_side(const struct telling *t, int i, const json_t *item)
{
    const json_t *side = json_object_get(item, letters[i]);
    const char *by = document_text(side, "refused_by");

    fprintf(t->to, "%s: %s", t->names[i], document_text(side, "outcome"));
    if (!strcmp(by, "server"))
        fprintf(t->to, " by the endpoint:");
    if (*by)
        fprintf(t->to, " %s", document_text(side, "reason"));
    if (document_number(side, "native_code"))
        fprintf(t->to, " (%lld)", document_number(side, "native_code"));
    if (json_array_size(json_object_get(side, "emulated")))
        fprintf(t->to, " (emulated)");
}

static void print_cells(const struct telling *t)
{
    const json_t *item;
    size_t i;

    if (json_array_size(part(t, "cells")))
        fprintf(t->to, "\ncells with different outcomes\n");
    json_array_foreach(part(t, "cells"), i, item)
    {
        fprintf(t->to, "  %s/%s/%s\n      ", document_text(item, "scenario"),
                document_text(item, "state"), document_text(item, "device"));
        print_side(t, 0, item);
        fprintf(t->to, "  vs  ");
        print_side(t, 1, item);
        fputc('\n', t->to);
        if (json_is_true(json_object_get(item, "same_verdict")))
            print_because(t, item);
    }
}

static void print_verdict(const struct telling *t, int i, const json_t *item)
{
    const json_t *side = json_object_get(item, letters[i]);
    const char *reason = document_text(side, "reason");

    fprintf(t->to, "%s %s", t->names[i], document_text(side, "verdict"));
    if (strcmp(reason, "none") != 0)
        fprintf(t->to, " (%s)", reason);
}

static void print_verdicts(const struct telling *t)
{
    const json_t *item;
    size_t i;

    if (json_array_size(part(t, "verdicts")))
        fprintf(t->to, "\ndifferent verdicts\n");
    json_array_foreach(part(t, "verdicts"), i, item)
    {
        fprintf(t->to, "  %s %s: ", document_text(item, "scenario"),
                document_text(item, "device"));
        print_verdict(t, 0, item);
        fprintf(t->to, ", ");
        print_verdict(t, 1, item);
        fputc('\n', t->to);
        print_because(t, item);
    }
}

static const char *why_unjudged(const json_t *side)
{
    const char *note = document_text(side, "note");

    return *note ? note : document_text(side, "reason");
}

static int is_judged(const json_t *side)
{
    const char *outcome = document_text(side, "outcome");

    return !strcmp(outcome, "connected") || !strcmp(outcome, "refused");
}

/* One line for all cells that a side left unjudged for one cause. */
static void print_apart(const struct telling *t, int side)
{
    json_t *counts = json_object(), *count;
    const json_t *item;
    const char *why;
    size_t i;

    json_array_foreach(part(t, "apart"), i, item)
    {
        const json_t *s = json_object_get(item, letters[side]);
        char key[256];

        if (is_judged(s))
            continue;
        snprintf(key, sizeof key, "%s: %s", document_text(s, "outcome"),
                 why_unjudged(s));
        json_object_set_new(counts, key,
                            json_integer(document_number(counts, key) + 1));
    }
    json_object_foreach(counts, why, count)
    {
        fprintf(t->to, "  %4lld  %s %s\n", (long long)json_integer_value(count),
                t->names[side], why);
    }
    json_decref(counts);
}

static void print_heap(const struct telling *t)
{
    const json_t *item;
    size_t i;

    if (json_array_size(part(t, "heap")))
        fprintf(t->to, "\npeak heap in bytes, where both connected over the "
                       "same chain\n");
    json_array_foreach(part(t, "heap"), i, item)
    {
        fprintf(t->to,
                "  %s/%s/%s (%s)\n      %s: %lld (TLS %s)  vs  %s: %lld (TLS "
                "%s)\n",
                document_text(item, "scenario"), document_text(item, "state"),
                document_text(item, "device"), document_text(item, "chain"),
                t->names[0], document_number(item, "a"),
                document_text(item, "a_version"), t->names[1],
                document_number(item, "b"), document_text(item, "b_version"));
    }
}

static void print_totals(const struct telling *t)
{
    const json_t *n = part(t, "totals");

    fprintf(t->to,
            "\n%lld cells compared, %lld differ; %lld verdicts differ; %lld "
            "not judged by one side; %lld only in one\n",
            document_number(n, "compared"), document_number(n, "differ"),
            document_number(n, "verdicts_differ"), document_number(n, "apart"),
            document_number(n, "only_a") + document_number(n, "only_b"));
}

void difference_print(FILE *to, const json_t *difference, int heap)
{
    struct telling t = {.to = to, .difference = difference};

    name_sides(&t);
    print_versions(&t, 0);
    print_versions(&t, 1);
    print_updates(&t);
    print_cells(&t);
    print_verdicts(&t);
    if (json_array_size(part(&t, "apart")))
        fprintf(to, "\nnot judged, so not compared\n");
    print_apart(&t, 0);
    print_apart(&t, 1);
    if (heap)
        print_heap(&t);
    print_totals(&t);
}
