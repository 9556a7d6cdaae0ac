/* The text locator: lines of paths in block and flow style, single texts as
 * lists, and texts it must survive. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml_text.h"

static const char sample[] = "# head\n"                /* 1 */
                             "top: 1\n"                /* 2 */
                             "story: |\n"              /* 3 */
                             "  tls: not this\n"       /* 4 */
                             "tls:\n"                  /* 5 */
                             "  # comment\n"           /* 6 */
                             "  min: a\n"              /* 7 */
                             "  \"max\": {x: [1,\n"    /* 8 */
                             "    2], y: 'it''s, '}\n" /* 9 */
                             "list:\n"                 /* 10 */
                             "- name: one\n"           /* 11 */
                             "  tls: {min: b}\n"       /* 12 */
                             "-\n"                     /* 13 */
                             "  name: two\n"           /* 14 */
                             "  tls:\n"                /* 15 */
                             "    min: c\n"            /* 16 */
                             "flow: [{a: 1}, {a: 2,\n" /* 17 */
                             "  b: 3}]\n"              /* 18 */
                             "last: x";                /* 19 */

static void lines(void **state)
{
    static const struct {
        const char *path;
        int line;
    } rows[] = {
        {"top", 2},
        {"tls", 5},
        {"tls.min", 7},
        {"tls.max", 8},
        {"tls.max.x", 8},
        {"tls.max.x[1]", 9},
        {"tls.max.y", 9},
        {"list", 10},
        {"list[0]", 11},
        {"list[0].name", 11},
        {"list[0].tls", 12},
        {"list[0].tls.min", 12},
        {"list[1]", 13},
        {"list[1].name", 14},
        {"list[1].tls.min", 16},
        {"flow[0].a", 17},
        {"flow[1].b", 18},
        {"last", 19},
        {"list[1].absent", 13},
        {"list[9].name", 10},
        {"absent.key", 2},
        {"tls.min.deeper", 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int line = yaml_text_line((const uint8_t *)sample, sizeof sample - 1,
                                  rows[i].path);

        if (line != rows[i].line)
            fail_msg("%s: line %d, not %d", rows[i].path, line, rows[i].line);
    }
}

static void listed(void **state)
{
    static const struct {
        const char *path, *in, *out;
    } rows[] = {
        {"k", "k: a\n", "k: ['a']\n"},
        {"k", "k: a, b # c\n", "k: ['a, b'] # c\n"},
        {"k", "k: it's [x]\n", "k: ['it''s [x]']\n"},
        {"k", "k: \"a\\\"b\"\n", "k: [\"a\\\"b\"]\n"},
        {"k", "{j: 1, k: a}\n", "{j: 1, k: ['a']}\n"},
        {"k", "k: a", "k: ['a']"},
        {"k", "k: a\r\nj: b\r\n", "k: ['a']\r\nj: b\r\n"},
        {"k", "---\nk: a\n", "---\nk: ['a']\n"},
        {"k", "k: [a]\n", "k: [a]\n"},
        {"k", "k:\n  - a\n", "k:\n  - a\n"},
        {"k", "k:\nj: a\n", "k:\nj: a\n"},
        {"k", "k: {a: b}\n", "k: {a: b}\n"},
        {"k", "k: *x\n", "k: *x\n"},
        {"k", "j: 'k: a'\n", "j: 'k: a'\n"},
        {"k", "", ""},
        {"l[].k", "l:\n- k: a\n  j: b\n- {k: c, j: 'k: d'}\n- k: [e]\n",
         "l:\n- k: ['a']\n  j: b\n- {k: ['c'], j: 'k: d'}\n- k: [e]\n"},
        {"l[].k", "l: [{k: a}, b, {k: c}]\n",
         "l: [{k: ['a']}, b, {k: ['c']}]\n"},
        {"l[].k", "m:\n- k: a\n", "m:\n- k: a\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size;
        uint8_t *out =
            yaml_text_listed((const uint8_t *)rows[i].in, strlen(rows[i].in),
                             rows[i].path, &size);

        assert_non_null(out);
        if (size != strlen(rows[i].out) || memcmp(out, rows[i].out, size) != 0)
            fail_msg("row %zu: %s became %.*s", i, rows[i].in, (int)size,
                     (const char *)out);
        free(out);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text, *what;
        int line;
    } rows[] = {
        {"a: b\n", NULL, 0},
        {"# c\n--- # d\na: b\n...\n# e\n", NULL, 0},
        {"%YAML 1.1\n---\na: b\n", NULL, 0},
        {"a: '---'\nb: |\n  ---\n  x\n", NULL, 0},
        {"a: \"\\\\0\"\n", NULL, 0},
        {"a: b\n---\nc: d\n", "second", 2},
        {"--- a\n--- b\n", "second", 2},
        {"---\na: b\n---", "second", 3},
        {"a: b\n...\nc: d\n", "second", 3},
        {"x: y\na: \"\\0\"\n", "NUL", 2},
        {"a: \"\\x00\"\n", "NUL", 1},
        {"a: \"\\u0000\"\n", "NUL", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int line = 0;
        const char *what = yaml_text_refused((const uint8_t *)rows[i].text,
                                             strlen(rows[i].text), &line);

        if (!what != !rows[i].what ||
            (what && (!strstr(what, rows[i].what) || line != rows[i].line)))
            fail_msg("row %zu: %s, line %d", i, what ? what : "taken", line);
    }
}

/* Every beginning of the sample, and every byte of it replaced by what means
 * something in YAML. ASan sees a read outside; a loop without end never
 * returns.
 */
static void hostile(void **state)
{
    static const char bytes[] = "{}[],:-#'\"\n |\\";
    static const char *const paths[] = {"tls.max.x[1]", "list[1].tls.min",
                                        "flow[1].b", "last"};
    size_t all = sizeof sample - 1;

    (void)state;
    for (size_t i = 0; i < all * sizeof bytes; i++) {
        size_t at = i / sizeof bytes, size = bytes[i % sizeof bytes] ? all : at;
        uint8_t *copy = malloc(size + 1);
        uint8_t *exact = malloc(size ? size : 1), *out;

        assert_true(copy && exact);
        memcpy(copy, sample, size);
        if (size == all)
            copy[at] = (uint8_t)bytes[i % sizeof bytes];
        memcpy(exact, copy, size);
        for (size_t j = 0; j < sizeof paths / sizeof *paths; j++) {
            int line = yaml_text_line(exact, size, paths[j]);

            assert_in_range(line, 1, 20);
        }
        out = yaml_text_listed(exact, size, "list[].name", &size);
        assert_non_null(out);
        free(out);
        free(copy);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(listed),
        cmocka_unit_test(refused),
        cmocka_unit_test(hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
