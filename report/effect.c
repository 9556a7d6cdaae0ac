/* Rows for verdict.def's effects, and the order of verdicts by them. */
#include "report/effect.h"

static const struct {
    const char *name, *heading, *sentence;
} effects[EFFECTS] = {
    [EFFECT_KEEPS] = {"keeps", "keep",
                      "what they have in every change, as far as it was asked: "
                      "each of their verdicts says so"},
    [EFFECT_LOSES] = {"loses", "lose",
                      "their connection in at least one change, or accept an "
                      "attack"},
    [EFFECT_LOST] = {"lost", "lost before",
                     "the change: they connect in no state of at least one "
                     "change"},
    [EFFECT_UNKNOWN] = {"unknown", "cannot be told",
                        "in full: at least one of their verdicts is no "
                        "statement"},
};

enum effect effect_order(int place)
{
    static const enum effect order[EFFECTS] = {EFFECT_LOSES, EFFECT_LOST,
                                               EFFECT_UNKNOWN, EFFECT_KEEPS};

    return order[place];
}

const char *effect_name(enum effect e)
{
    return effects[e].name;
}

const char *effect_heading(enum effect e)
{
    return effects[e].heading;
}

const char *effect_sentence(enum effect e)
{
    return effects[e].sentence;
}

/* A failure of the harness hides what it is: it stands before what was lost
 * anyway; no statement for want of a program says least. */
static int rank(enum verdict v)
{
    static const int ranks[EFFECTS] = {[EFFECT_LOSES] = 0,
                                       [EFFECT_LOST] = 2,
                                       [EFFECT_KEEPS] = 3,
                                       [EFFECT_UNKNOWN] = 4};
    enum effect e = verdict_effect(v);

    return verdict_is_bad(v) && e == EFFECT_UNKNOWN ? 1 : ranks[e];
}

int effect_place(enum verdict v)
{
    int place = 0;

    for (int i = 0; i < VERDICT_COUNT; i++)
        place += rank((enum verdict)i) < rank(v) ||
                 (rank((enum verdict)i) == rank(v) && i < (int)v);
    return place;
}

enum verdict effect_worst(int place)
{
    int v = 0;

    while (effect_place((enum verdict)v) != place)
        v++;
    return (enum verdict)v;
}
