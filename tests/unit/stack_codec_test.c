/* Descriptions: what is read of them, and which are none. */
#include "model/stack_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const char whole[] =
    "{\"stack\":\"x\",\"family\":\"f\",\"version\":\"1.2\","
    "\"configuration\":{\"curves\":[\"P-256\"],\"own\":{\"a\":1}},"
    "\"features\":[\"sni\",\"clock\"],\"limits\":{\"max_certificate\":4096,"
    "\"in_content\":512,\"max_depth\":3,\"certificates\":9,"
    "\"reassembly\":false},\"emulates\":[\"path\"],\"protocol\":1}";

static void reads_its_members(void **state)
{
    struct stack_description *d = stack_decode(whole, strlen(whole), "x");

    (void)state;
    assert_non_null(d);
    assert_string_equal(d->family, "f");
    assert_string_equal(d->version, "1.2");
    assert_true(stack_description_has(d, "clock"));
    assert_false(stack_description_has(d, "cloc"));
    assert_string_equal(d->emulates[0], "path");
    assert_string_equal(d->curves[0], "P-256");
    assert_int_equal(d->max_certificate, 4096);
    assert_int_equal(d->in_content, 512);
    assert_int_equal(d->max_depth, 3);
    assert_int_equal(d->certificates, 9);
    assert_int_equal(d->reassembly, 0);
    stack_description_free(d);
}

static void what_is_not_told_is_known_as_such(void **state)
{
    struct stack_description *d = stack_decode("{}", 2, "x");

    (void)state;
    assert_non_null(d);
    assert_null(d->family);
    assert_int_equal(d->features_count, 0);
    assert_int_equal(d->max_certificate, 0);
    assert_int_equal(d->reassembly, -1);
    stack_description_free(d);
}

static void is_shown_whole_with_its_origin(void **state)
{
    struct stack_origin origin = {.title = "A board", .empty_headers = "a.h"};
    struct stack_description *d = stack_decode(whole, strlen(whole), "x");
    char *text = stack_encode(d, &origin), *plain = stack_encode(d, NULL);

    (void)state;
    assert_non_null(strstr(text, "\"own\": {\n      \"a\": 1\n    }"));
    assert_non_null(strstr(text, "  \"protocol\": 1,\n  \"title\": \"A board\","
                                 "\n  \"empty_sdk_headers\": \"a.h\"\n}"));
    assert_non_null(strstr(plain, "\"protocol\": 1\n}"));
    free(text);
    free(plain);
    stack_description_free(d);
}

static void refuses_what_is_none(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "{\"features\":\"sni\"}",
        "{\"features\":[1]}",
        "{\"limits\":{\"max_depth\":\"3\"}}",
        "{\"limits\":{\"reassembly\":1}}",
        "{\"version\":2}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (stack_decode(rows[i], strlen(rows[i]), "x"))
            fail_msg("%s", rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_its_members),
        cmocka_unit_test(what_is_not_told_is_known_as_such),
        cmocka_unit_test(is_shown_whole_with_its_origin),
        cmocka_unit_test(refuses_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
