/* What is a character of UTF-8, at each end of each range of RFC 3629 section
 * 4, and one step behind it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"

static const struct {
    const char *name, *bytes;
    size_t size, want;
} rows[] = {
    {"no byte", "", 0, 0},
    {"U+0000", "\0", 1, 0},
    {"U+0001", "\x01", 1, 1},
    {"U+007F", "\x7f", 1, 1},
    {"only the first of two", "ab", 2, 1},
    {"a byte that only follows", "\x80", 1, 0},
    {"overlong, two bytes", "\xc1\xbf", 2, 0},
    {"U+0080", "\xc2\x80", 2, 2},
    {"U+07FF", "\xdf\xbf", 2, 2},
    {"a second byte too low", "\xc2\x7f", 2, 0},
    {"a second byte too high", "\xc2\xc0", 2, 0},
    {"overlong, three bytes", "\xe0\x9f\xbf", 3, 0},
    {"U+0800", "\xe0\xa0\x80", 3, 3},
    {"U+D7FF", "\xed\x9f\xbf", 3, 3},
    {"the first surrogate", "\xed\xa0\x80", 3, 0},
    {"the last surrogate", "\xed\xbf\xbf", 3, 0},
    {"U+E000", "\xee\x80\x80", 3, 3},
    {"U+FFFF", "\xef\xbf\xbf", 3, 3},
    {"a third byte too high", "\xef\xbf\xc0", 3, 0},
    {"overlong, four bytes", "\xf0\x8f\xbf\xbf", 4, 0},
    {"U+10000", "\xf0\x90\x80\x80", 4, 4},
    {"U+10FFFF", "\xf4\x8f\xbf\xbf", 4, 4},
    {"behind U+10FFFF", "\xf4\x90\x80\x80", 4, 0},
    {"a first byte that is none", "\xf5\x80\x80\x80", 4, 0},
    {"a fourth byte that is none", "\xf0\x90\x80\x7f", 4, 0},
};

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint8_t *s = (const uint8_t *)rows[i].bytes;

        if (utf8_size(s, rows[i].size) != rows[i].want)
            fail_msg("%s: %zu", rows[i].name, utf8_size(s, rows[i].size));
    }
}

/* Where the bytes end is where reading ends. */
static void test_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t size = 0; size < rows[i].want; size++) {
            uint8_t room[UTF8_MAX];
            uint8_t *end = room + sizeof room - size;

            memcpy(end, rows[i].bytes, size);
            if (utf8_size(end, size) != 0)
                fail_msg("%s: %zu of its bytes", rows[i].name, size);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
