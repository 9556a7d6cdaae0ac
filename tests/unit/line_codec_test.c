/* A record and a ClientHello as one line, there and back; what is no line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/codec.h"
#include "model/line_codec.h"

static const char hello[] =
    "{\"id\":\"00000000000000aa\",\"versions\":[\"1.2\"],\"suites\":[],"
    "\"groups\":[\"x25519\"],\"signature_algorithms\":[],\"alpn\":[],"
    "\"sni\":\"a.example\",\"max_fragment_length\":null,\"extensions\":[0,10],"
    "\"bytes\":120,\"ja4\":\"t12\"}";

/* Connected, of a client whose hello is the one above. */
static char *line_of_record(struct hellos *h)
{
    struct record *r = record_new("s/t/d", "x");
    char *line;

    assert_non_null(r);
    r->outcome = OUTCOME_CONNECTED;
    r->note = strdup("caf\xe9 \"\n");
    r->endpoint = calloc(1, sizeof *r->endpoint);
    assert_non_null(r->endpoint);
    r->endpoint->ms = 1.23456789;
    r->endpoint->hello = hello_hold(hellos_find(h, "00000000000000aa"));
    line = record_line(r);
    record_free(r);
    assert_non_null(line);
    assert_null(strchr(line, '\n'));
    return line;
}

static void test_there_and_back(void **state)
{
    struct hellos h;
    struct record *r;
    char *line, *again;

    (void)state;
    hellos_init(&h);
    assert_int_equal(hello_of_line(hello, strlen(hello), &h), 0);
    again = hello_line(hellos_find(&h, "00000000000000aa"));
    assert_string_equal(again, hello);
    free(again);
    line = line_of_record(&h);
    assert_non_null(strstr(line, "\"ms\":1.23457"));
    r = record_of_line(line, strlen(line), &h);
    assert_non_null(r);
    assert_int_equal(r->outcome, OUTCOME_CONNECTED);
    assert_string_equal(r->note, "caf\xe9 \"\n");
    assert_ptr_equal(r->endpoint->hello, hellos_find(&h, "00000000000000aa"));
    again = record_line(r);
    assert_string_equal(again, line);
    record_free(r);
    free(again);
    free(line);
    hellos_clear(&h);
}

static void test_no_line(void **state)
{
    struct hellos h, none;
    char *line;

    (void)state;
    hellos_init(&h);
    hellos_init(&none);
    assert_int_equal(hello_of_line(hello, strlen(hello) - 1, &h), -1);
    assert_int_equal(hello_of_line("{}", 2, &h), -1);
    assert_int_equal(hello_of_line(hello, strlen(hello), &h), 0);
    line = line_of_record(&h);
    assert_null(record_of_line(line, strlen(line) - 1, &h)); /* cut off */
    assert_null(record_of_line(line, strlen(line), &none));  /* its hello */
    assert_null(record_of_line("", 0, &h));
    free(line);
    hellos_clear(&h);
    hellos_clear(&none);
}

static void test_quote(void **state)
{
    char *quoted = codec_quote("C:\\a \"b\"\t\xc3\xa9");

    (void)state;
    assert_string_equal(quoted, "\"C:\\\\a \\\"b\\\"\\t\xc3\xa9\"");
    free(quoted);
    assert_null(codec_quote("caf\xe9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_no_line),
        cmocka_unit_test(test_quote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
