/* The search over a lab that is a table: which attempts it runs, in which
 * order, and how it ends. */
#include "diagnose/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "diagnose/bracket.h"

/* Changes are letters: lower case the device's, upper case the endpoint's. A
 * world says what a set of letters gives, the first row that fits counts. */
struct world {
    const char *name;
    const char *changes; /* single ones, in their order */
    const char *later;   /* those that stand after another failure */
    struct {
        const char *changes; /* "" is the unchanged cell */
        enum answer answer;
    } rows[8]; /* what is not there: SAME */
    size_t soft, hard, width, mends;
    const char *ran; /* attempts in their order, divided by blanks */
    enum search_end end;
    int far;
};

static const struct world worlds[] = {
    {"the first flips",
     "aB",
     "",
     {{"a", ANSWER_FLIPPED}},
     2,
     9,
     1,
     1,
     ". a",
     SEARCH_FOUND},
    {"both sides in turn",
     "abCD",
     "",
     {{"a", ANSWER_FLIPPED}, {"D", ANSWER_FLIPPED}},
     9,
     9,
     2,
     1,
     ". a C D",
     SEARCH_FOUND},
    {"as many mends as are wanted",
     "abcd",
     "",
     {{"a", ANSWER_FLIPPED}, {"b", ANSWER_FLIPPED}, {"c", ANSWER_FLIPPED}},
     9,
     9,
     1,
     2,
     ". a b",
     SEARCH_FOUND},
    {"the unchanged cell connects",
     "ab",
     "",
     {{"", ANSWER_FLIPPED}},
     9,
     9,
     2,
     1,
     ".",
     SEARCH_UNSTABLE},
    {"the unchanged cell fails otherwise",
     "ab",
     "",
     {{"", ANSWER_OTHER}},
     9,
     9,
     2,
     1,
     ".",
     SEARCH_UNSTABLE},
    {"a step on the way",
     "ab",
     "c",
     {{"a", ANSWER_OTHER}, {"ac", ANSWER_FLIPPED}},
     9,
     9,
     1,
     1,
     ". a b ac c",
     SEARCH_FOUND},
    {"two steps on the way",
     "a",
     "cd",
     {{"a", ANSWER_OTHER}, {"ac", ANSWER_OTHER}, {"acd", ANSWER_FLIPPED}},
     9,
     9,
     1,
     1,
     ". a ac ad acd cd",
     SEARCH_FOUND},
    {"two that change nothing alone",
     "ab",
     "",
     {{"ab", ANSWER_FLIPPED}},
     9,
     9,
     1,
     1,
     ". a b ab",
     SEARCH_FOUND},
    {"steps before mere tries",
     "abcd",
     "e",
     {{"a", ANSWER_OTHER}, {"ae", ANSWER_FLIPPED}},
     9,
     9,
     1,
     1,
     ". a b ae e",
     SEARCH_FOUND,
     2},
    {"nothing flips",
     "aB",
     "",
     {{"x", ANSWER_SAME}},
     9,
     9,
     2,
     1,
     ". a B aB",
     SEARCH_NOTHING},
    {"some cannot be tried",
     "aB",
     "",
     {{"a", ANSWER_CANNOT_TELL}},
     9,
     9,
     2,
     1,
     ". a B",
     SEARCH_CANNOT_TELL},
    {"only such",
     "a",
     "",
     {{"a", ANSWER_CANNOT_TELL}},
     9,
     9,
     2,
     1,
     ". a",
     SEARCH_CANNOT_TELL},
    {"the bound",
     "abcd",
     "",
     {{"d", ANSWER_FLIPPED}},
     2,
     3,
     1,
     1,
     ". a b",
     SEARCH_BOUND},
    {"more than the soft bound while nothing flips",
     "abcd",
     "",
     {{"c", ANSWER_FLIPPED}},
     2,
     9,
     1,
     3,
     ". a b c",
     SEARCH_FOUND},
};

struct fake {
    const struct world *world;
    int failures;
};

static enum side side_of(char letter)
{
    return letter >= 'a' ? SIDE_DEVICE : SIDE_ENDPOINT;
}

static int add_all(struct search *s, const char *letters)
{
    for (size_t i = 0; letters[i]; i++) {
        struct candidate c = {.edit = (size_t)letters[i],
                              .side = side_of(letters[i]),
                              .order = (int)i};

        if (search_add(s, &c))
            return -1;
    }
    return 0;
}

static int expand(void *arg, struct search *s, size_t index)
{
    struct fake *f = arg;

    (void)index;
    return add_all(s, f->world->later);
}

static void letters_of(const struct attempt *a, char out[8])
{
    size_t n = 0;

    for (; n < a->count; n++)
        out[n] = (char)a->edits[n];
    out[n] = '\0';
}

static enum answer answer_of(const struct world *w, const char *letters)
{
    for (size_t i = 0; i < 8 && w->rows[i].changes; i++)
        if (!strcmp(w->rows[i].changes, letters))
            return w->rows[i].answer;
    return ANSWER_SAME;
}

static void run_world(const struct world *w)
{
    struct fake f = {.world = w};
    struct search_bounds bounds = {w->soft, w->hard, w->width, w->mends,
                                   w->far};
    struct search *s = search_new(&bounds, expand, &f);
    char ran[128] = "";
    const size_t *round;
    size_t count;

    assert_int_equal(add_all(s, w->changes), 0);
    while (search_round(s, &round, &count) == 0 && count > 0) {
        size_t copied[16];

        memcpy(copied, round, count * sizeof *copied);
        for (size_t i = 0; i < count; i++) {
            char letters[8];

            letters_of(search_attempt(s, copied[i]), letters);
            if (*ran)
                strcat(ran, " ");
            strcat(ran, *letters ? letters : ".");
            search_answer(s, copied[i], answer_of(w, letters), 0);
        }
    }
    if (strcmp(ran, w->ran) != 0 || search_end(s) != w->end)
        fail_msg("%s: ran \"%s\", wanted \"%s\"; ended %d, wanted %d", w->name,
                 ran, w->ran, (int)search_end(s), (int)w->end);
    search_free(s);
}

static void test_worlds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof worlds / sizeof worlds[0]; i++)
        run_world(&worlds[i]);
}

/* A limit of 1000 that is lifted to 100000, and enough is `enough`. */
static int64_t least(int64_t enough, int64_t measured, size_t *runs)
{
    struct search_bounds bounds = {4, 9, 2, 1, 0};
    struct search *s = search_new(&bounds, expand, NULL);
    struct candidate c = {
        .edit = 1, .side = SIDE_DEVICE, .bad = 1000, .good = 100000};
    const size_t *round;
    size_t count;
    int64_t out;

    search_add(s, &c);
    while (search_round(s, &round, &count) == 0 && count > 0) {
        size_t index = round[0];
        const struct attempt *a = search_attempt(s, index);
        int64_t value = a->value ? a->value : 100000;
        enum answer answer = a->count == 0     ? ANSWER_SAME
                             : value >= enough ? ANSWER_FLIPPED
                                               : ANSWER_SAME;

        search_answer(s, index, answer, a->count ? measured : 0);
    }
    *runs = search_ran(s);
    out = search_attempt(s, search_least(s, 1))->value;
    search_free(s);
    return out;
}

static void test_least(void **state)
{
    size_t runs;
    int64_t found;

    (void)state;
    /* What was measured is enough, and one less is not: two runs more. */
    assert_int_equal(least(4321, 4321, &runs), 4321);
    assert_int_equal(runs, 4);
    /* Nothing was measured: halves, to a 64th. */
    found = least(50000, 0, &runs);
    assert_true(found >= 50000 && found <= 50000 + 50000 / 32);
    assert_true(runs <= 2 + BRACKET_TRIES);
    /* What was measured was more than is needed. */
    found = least(2000, 60000, &runs);
    assert_true(found >= 2000 && found <= 2100);
    /* ... and less. */
    found = least(80000, 1500, &runs);
    assert_true(found >= 80000 && found <= 80000 + 80000 / 32);
}

static void test_bracket(void **state)
{
    struct bracket b;

    (void)state;
    bracket_init(&b, 4, 5, 0);
    assert_int_equal(bracket_next(&b), 0);
    bracket_init(&b, 4, 9, 0);
    assert_int_equal(bracket_next(&b), 6);
    bracket_answer(&b, 6, 0);
    assert_int_equal(bracket_next(&b), 7);
    bracket_answer(&b, 7, 1);
    assert_int_equal(bracket_next(&b), 0);
    assert_int_equal(b.good, 7);
    assert_int_equal(b.bad, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worlds),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_bracket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
