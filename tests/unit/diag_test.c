/* One message is one line, whatever is in it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"

static size_t said(const char *text, char *out, size_t size)
{
    FILE *caught = tmpfile();
    int saved = dup(STDERR_FILENO);
    size_t n;

    assert_non_null(caught);
    dup2(fileno(caught), STDERR_FILENO);
    diag("%s", text);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(caught);
    n = fread(out, 1, size - 1, caught);
    out[n] = 0;
    fclose(caught);
    return n;
}

static void one_line(void **state)
{
    static const struct {
        const char *text, *line;
    } rows[] = {
        {"plain", "prog: plain\n"},
        {"", "prog: \n"},
        {"two\nlines\r\n", "prog: two?lines??\n"},
        {"\033[31mred\177", "prog: ?[31mred?\n"},
        {"caf\xc3\xa9", "prog: caf\xc3\xa9\n"},
    };
    char out[256];

    (void)state;
    diag_program("prog");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        said(rows[i].text, out, sizeof out);
        if (strcmp(out, rows[i].line) != 0)
            fail_msg("row %zu: %s", i, out);
    }
}

static void too_long(void **state)
{
    static char text[10000], out[10001];
    size_t n;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    n = said(text, out, sizeof out);
    assert_in_range(n, 1000, 4096);
    assert_int_equal(out[n - 1], '\n');
    assert_int_equal(out[n - 2], 'x');
}

/* What is said inside is not the caller's, what follows is. */
static void captured_within(void **state)
{
    char outer[32], inner[32] = "";
    struct diag_place place;

    (void)state;
    diag_capture(outer, sizeof outer);
    place = diag_capture_swap((struct diag_place){inner, sizeof inner});
    diag("one");
    diag("two");
    diag_capture_swap(place);
    assert_string_equal(outer, "");
    diag("three");
    diag_capture(NULL, 0);
    assert_string_equal(inner, "one");
    assert_string_equal(outer, "three");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line),
        cmocka_unit_test(too_long),
        cmocka_unit_test(captured_within),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
