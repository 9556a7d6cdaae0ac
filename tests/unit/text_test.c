/* Text from outside cannot steer a terminal: what is shown as \xNN, and what
 * stays as it is. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *name, *text, *shown;
    int width;
} rows[] = {
    {"plain", "Thermostat (3.x) | a\\b", "Thermostat (3.x) | a\\b", 22},
    {"nothing", "", "", 0},
    {"an escape sequence", "a\x1b[31mred", "a\\x1b[31mred", 12},
    {"a new line", "one\ntwo\r", "one\\x0atwo\\x0d", 14},
    {"a tab, a bell, DEL", "\t\a\x7f", "\\x09\\x07\\x7f", 12},
    {"two, three, four bytes", "\xc3\xa9\xe2\x9c\x97\xf0\x9f\x94\x92",
     "\xc3\xa9\xe2\x9c\x97\xf0\x9f\x94\x92", 3},
    {"Latin-1", "caf\xe9", "caf\\xe9", 7},
    {"cut off", "\xe2\x9c", "\\xe2\\x9c", 8},
    {"overlong", "\xc0\xaf\xe0\x80\xaf", "\\xc0\\xaf\\xe0\\x80\\xaf", 20},
    {"a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", 12},
    {"behind U+10FFFF", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 16},
    {"C1: CSI of one character",
     "\xc2\x9b"
     "31m",
     "\\xc2\\x9b31m", 11},
    {"no-break space is no control", "\xc2\xa0", "\xc2\xa0", 1},
    {"writing turned round",
     "a\xe2\x80\xae"
     "b",
     "a\\xe2\\x80\\xaeb", 14},
    {"an isolate", "\xe2\x81\xa6", "\\xe2\\x81\\xa6", 12},
    {"a dash of the same block", "\xe2\x80\x93", "\xe2\x80\x93", 1},
};

static void shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = text_escaped(rows[i].text);

        assert_non_null(got);
        if (strcmp(got, rows[i].shown) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].name, got,
                     rows[i].shown);
        if (text_width(rows[i].text) != rows[i].width)
            fail_msg("%s: %d wide, not %d", rows[i].name,
                     text_width(rows[i].text), rows[i].width);
        free(got);
    }
}

static void prints(void **state)
{
    char *data = NULL;
    size_t size;
    FILE *to = open_memstream(&data, &size);

    (void)state;
    assert_non_null(to);
    text_print(to, NULL);
    text_print(to, "a\x1b");
    text_print_padded(to, "\xc3\xa9", 3);
    text_print_padded(to, "long", 3);
    assert_int_equal(fclose(to), 0);
    assert_string_equal(data, "a\\x1b\xc3\xa9  long");
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows),
        cmocka_unit_test(prints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
