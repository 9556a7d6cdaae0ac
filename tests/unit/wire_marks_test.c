/* Marks of a direction's bytes: the same however the bytes come in pieces. */
#include "base/wire_marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"

/* The hashes were made with a few lines of Python. */
static const struct {
    const char *name, *bytes;
    size_t size;
    const char *marks;
} rows[] = {
    {"nothing", "", 0, ""},
    {"one record",
     "\x16\x03\x01\x00\x03"
     "abc",
     8, "8:6693a454"},
    {"two and a half",
     "\x16\x03\x03\x00\x01"
     "a"
     "\x15\x03\x03\x00\x02"
     "\x02\x28"
     "\x17\x03\x03",
     16, "6:53ec7197 13:147218a0"},
    {"an empty record",
     "\x17\x03\x03\x00\x00"
     "\x17\x03\x03\x00\x01"
     "z",
     11, "5:1d4697c4 11:89dea542"},
    {"half a header", "\x16\x03", 2, ""},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t step = 1; step < 18; step++) {
            struct wire_marks w = {0};
            char got[WIRE_MARKS_TEXT];

            for (size_t at = 0; at < rows[i].size; at += step)
                wire_marks_add(&w, rows[i].bytes + at,
                               rows[i].size - at < step ? rows[i].size - at
                                                        : step);
            wire_marks_print(&w, got);
            wire_marks_clear(&w);
            if (strcmp(got, rows[i].marks) != 0 || w.bytes != rows[i].size)
                fail_msg("%s, %zu at a time: \"%s\" instead of \"%s\", %llu "
                         "bytes",
                         rows[i].name, step, got, rows[i].marks,
                         (unsigned long long)w.bytes);
        }
}

/* No more than 64 marks, however many records; all bytes are counted. */
static void test_bound(void **state)
{
    enum { RECORDS = 1000, LARGEST = 5 + 65535 };
    uint8_t *data = calloc(1, LARGEST);
    char text[WIRE_MARKS_TEXT];
    struct wire_marks w = {0};

    (void)state;
    assert_non_null(data);
    memcpy(data, "\x17\x03\x03\xff\xff", 5);
    for (int i = 0; i < RECORDS; i++)
        wire_marks_add(&w, data, LARGEST);
    assert_int_equal(w.count, WIRE_MARKS_MAX);
    assert_int_equal(w.bytes, (uint64_t)RECORDS * LARGEST);
    assert_int_equal(w.marks[WIRE_MARKS_MAX - 1].at, WIRE_MARKS_MAX * LARGEST);
    wire_marks_print(&w, text);
    assert_int_equal(strncmp(strrchr(text, ' '), " 4194560:", 9), 0);
    wire_marks_clear(&w);
    free(data);
}

static void test_capture(void **state)
{
    char text[16];

    (void)state;
    diag_capture(text, sizeof(text));
    assert_string_equal(text, "");
    diag("first %d", 1);
    diag("second");
    assert_string_equal(text, "first 1");
    diag_capture(text, sizeof(text));
    diag("longer than the room for it");
    assert_string_equal(text, "longer than the");
    diag_capture(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_capture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
