/* What the bench writes down and reads again, and what it prints at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "board/bench.h"

static void first_lines(void **state)
{
    static const struct {
        const char *line, *name; /* NULL: it is no such line */
        int64_t now;
        int own;
    } rows[] = {
        {"{\"now\":1700000000,\"name\":\"a.example\"}\n", "a.example",
         1700000000, 0},
        {"{\"now\":null,\"name\":\"a.example\"}\n", "a.example", 7, 1},
        {"{\"name\": \"a.example\", \"now\": -1}", "a.example", -1, 0},
        {"{\"now\":1700000000,\"name\":\"\"}\n", NULL, 7, 0},
        {"{\"now\":1700000000,\"name\":\"a.exam", NULL, 7, 0},
        {"{\"now\":\"null\",\"name\":\"a.example\"}\n", NULL, 7, 0},
        {"{\"name\":\"a.example\"}\n", NULL, 7, 0},
        {"{\"now\":1700000000}\n", NULL, 7, 0},
        {"[]\n", NULL, 7, 0},
        {"\n", NULL, 7, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t now = 7;
        int own = 0;
        char *name =
            bench_head_decode(rows[i].line, strlen(rows[i].line), &now, &own);

        if ((name == NULL) != (rows[i].name == NULL) ||
            (name != NULL && strcmp(name, rows[i].name) != 0) ||
            now != rows[i].now || own != rows[i].own)
            fail_msg("row %zu", i);
        free(name);
    }
}

static void first_lines_come_back(void **state)
{
    static char name[] = "a.example";

    (void)state;
    for (int own = 0; own < 2; own++) {
        const struct bench b = {
            .name = name, .now = 1700000000, .has_own_clocks = own};
        char *line = bench_head_encode(&b), *again;
        int64_t now = 0;
        int is_own = !own;

        assert_non_null(line);
        again = bench_head_decode(line, strlen(line), &now, &is_own);
        assert_non_null(again);
        assert_string_equal(again, name);
        assert_int_equal(is_own, own);
        assert_int_equal(now, own ? 0 : 1700000000);
        free(again);
        free(line);
    }
}

static void lines_of_connections(void **state)
{
    static const struct {
        const char *line, *event; /* NULL: it is none */
        int64_t at;
    } rows[] = {
        {"{\"at\":1700000000123,\"event\":{\"ms\":0.5,\"sni\":\"\\u00fc\"}}\n",
         "{\"ms\":0.5,\"sni\":\"\xc3\xbc\"}", 1700000000123},
        {"{\"at\":1,\"event\":{\"a\":[1,{}]}}\n", "{\"a\":[1,{}]}", 1},
        {"{\"at\":1,\"event\":{\"a\":[1,{}]}", NULL, 0},
        {"{\"at\":1,\"event\":{\"a\":[1,{}]}}x\n", NULL, 0},
        {"{\"at\":\"1\",\"event\":{}}\n", NULL, 0},
        {"{\"at\":1,\"event\":[]}\n", NULL, 0},
        {"{\"at\":1}\n", NULL, 0},
        {"\n", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t at;
        char *event =
            bench_line_decode(rows[i].line, strlen(rows[i].line), &at);

        if (event == NULL && rows[i].event == NULL)
            continue;
        assert_non_null(event);
        assert_non_null(rows[i].event);
        assert_string_equal(event, rows[i].event);
        assert_int_equal(at, rows[i].at);
        free(event);
    }
}

/* What text_end prints; malloc'd. */
static char *end_of(const struct bench *b)
{
    FILE *to = tmpfile();
    int before = dup(STDOUT_FILENO);
    char *text;
    long size;

    assert_non_null(to);
    fflush(stdout);
    assert_true(dup2(fileno(to), STDOUT_FILENO) >= 0);
    text_end(b);
    dup2(before, STDOUT_FILENO);
    close(before);
    fseek(to, 0, SEEK_END);
    size = ftell(to);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    rewind(to);
    assert_int_equal(fread(text, 1, (size_t)size, to), size);
    fclose(to);
    return text;
}

/* A trust store may be as long as the public ones, and longer. */
static void roots_of_a_long_trust_store(void **state)
{
    enum { ROOTS = 300, STEPS = ROOTS + 1 };
    static struct step items[STEPS];
    static char name[] = "lamp";
    const struct board_options o = {.application = "byte", .anchors = 1};
    struct who who = {.name = name};
    struct seat seat;
    const struct bench b = {.options = &o,
                            .boards = &who,
                            .seats = &seat,
                            .count = 1,
                            .steps = {.items = items,
                                      .count = STEPS,
                                      .first_anchor = 1,
                                      .anchors = ROOTS}};
    const struct reaction refused = {.there = 1, .alert = 48};
    const struct reaction connected = {
        .there = 1, .connected = 1, .alert = ALERT_NONE};
    size_t told = 0;
    char *text, *rest, *line;

    (void)state;
    items[0].kind = STEP_STRANGER;
    for (size_t i = 1; i < STEPS; i++)
        items[i] = (struct step){.kind = STEP_ANCHOR, .root = "a root"};
    assert_int_equal(course_init(&seat.course, &b.steps), 0);
    for (size_t i = 0; i < STEPS - 1; i++)
        seat.course.results[i].reaction = refused;
    seat.course.results[STEPS - 1].reaction = connected;
    text = end_of(&b);
    for (line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        if (strncmp(line, "  a root ", 9) == 0) {
            told++;
            assert_non_null(
                strstr(line, told < ROOTS ? " not-known " : " trusted "));
        }
    assert_int_equal(told, ROOTS);
    free(text);
    course_clear(&seat.course);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_lines),
        cmocka_unit_test(first_lines_come_back),
        cmocka_unit_test(lines_of_connections),
        cmocka_unit_test(roots_of_a_long_trust_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
