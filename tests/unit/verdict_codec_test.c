/* Verdicts come back as they were written; the table answers what is bad. */
#include "model/verdict_codec.h"
#include "model/verdict_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char text[] =
    "{\"run\":{\"started_at\":\"2024-01-01T00:00:00Z\",\"started\":5,"
    "\"seconds\":1.5,\"cells\":4,\"errors\":1,\"unmapped\":2,\"undiagnosed\":3,"
    "\"untested\":6,\"stacks\":[\"openssl\"],\"notes\":[\"n\"]},\"verdicts\":[{"
    "\"scenario\":\"s\",\"device\":\"d\",\"stack\":\"openssl\",\"units\":9,"
    "\"verdict\":\"breaks\",\"reason\":\"expired\",\"before\":\"a\",\"after\":"
    "\"b\",\"cell\":\"s/b/d\",\"expected\":{\"verdict\":\"survives\","
    "\"reason\":\"none\",\"because\":\"x\",\"reference\":null},\"as_expected\":"
    "false,\"emulated\":[\"e\"],\"notes\":[\"o\"],\"cause\":\"c\",\"mend\":"
    "\"m\",\"undiagnosed\":false,\"mends\":[{\"side\":\"device\",\"change\":"
    "\"add-anchor X\",\"text\":\"t\",\"cell\":\"s/b/d#1\",\"outcome\":"
    "\"connected\"}],\"experiments\":[{\"change\":\"add-anchor X\",\"side\":"
    "\"endpoint\",\"cell\":\"s/b/d#1\",\"outcome\":\"refused\",\"reason\":"
    "\"expired\"}]}]}";

static void comes_back(void **state)
{
    json_t *json = json_loads(text, 0, NULL), *back;
    struct run_facts run;
    struct judgements j;

    (void)state;
    assert_non_null(json);
    assert_int_equal(verdicts_decode(json, "verdicts.json", &run, &j), 0);
    assert_int_equal(j.count, 1);
    assert_int_equal(j.items[0].verdict, VERDICT_BREAKS);
    assert_int_equal(j.items[0].as_expected, 0);
    assert_int_equal(j.items[0].experiments[0].side, SIDE_ENDPOINT);
    back = verdicts_encode(&run, &j);
    assert_true(json_equal(json, back));
    json_decref(json);
    json_decref(back);
    run_facts_clear(&run);
    judgements_clear(&j);
}

static void refuses_what_is_none(void **state)
{
    static const struct {
        const char *name, *from, *to;
    } rows[] = {
        {"no verdicts", "\"verdicts\"", "\"verdictz\""},
        {"a verdict that is none", "\"breaks\"", "\"brakes\""},
        {"a side that is none", "\"endpoint\"", "\"endpaint\""},
        {"an outcome that is none", "\"refused\"", "\"refuzed\""},
        {"text for a number", "\"cells\":4", "\"cells\":x"},
        {"a list for text", "\"cause\":\"c\"", "\"cause\":[1]"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *copy = strdup(text), *at = strstr(copy, rows[i].from);
        struct run_facts run;
        struct judgements j;
        json_t *json;

        assert_non_null(at);
        memcpy(at, rows[i].to, strlen(rows[i].to));
        json = json_loads(copy, 0, NULL);
        if (json && verdicts_decode(json, "verdicts.json", &run, &j) == 0)
            fail_msg("%s: was taken", rows[i].name);
        json_decref(json);
        free(copy);
    }
}

static const struct {
    enum verdict verdict;
    int bad, statement;
    enum effect effect;
} rows[] = {
    {VERDICT_SURVIVES, 0, 1, EFFECT_KEEPS},
    {VERDICT_BREAKS, 1, 1, EFFECT_LOSES},
    {VERDICT_ALREADY_BROKEN, 0, 1, EFFECT_LOST},
    {VERDICT_RECOVERS, 0, 1, EFFECT_KEEPS},
    {VERDICT_REFUSES, 0, 1, EFFECT_KEEPS},
    {VERDICT_INSECURE, 1, 1, EFFECT_LOSES},
    {VERDICT_UNSUPPORTED, 0, 0, EFFECT_UNKNOWN},
    {VERDICT_UNTESTED, 0, 0, EFFECT_UNKNOWN},
    {VERDICT_NOT_BUILT, 0, 0, EFFECT_UNKNOWN},
    {VERDICT_ERROR, 1, 0, EFFECT_UNKNOWN},
};

static int read_text(const char *document, struct run_facts *run,
                     struct judgements *j)
{
    FILE *f = fmemopen((void *)document, strlen(document), "r");
    int status;

    assert_non_null(f);
    status = verdicts_read(f, "verdicts.json", run, j);
    fclose(f);
    return status;
}

/* Whatever stands between the values. */
static void streams(void **state)
{
    json_t *json = json_loads(text, 0, NULL), *back;
    char *indented = json_dumps(json, JSON_INDENT(3)), *written = NULL;
    const char *documents[] = {text, indented};
    struct run_facts run;
    struct judgements j;
    size_t size;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        FILE *to = open_memstream(&written, &size);

        assert_int_equal(read_text(documents[i], &run, &j), 0);
        assert_int_equal(verdicts_write(to, "verdicts.json", &run, &j), 0);
        fclose(to);
        back = json_loads(written, 0, NULL);
        assert_true(json_equal(json, back));
        json_decref(back);
        free(written);
        run_facts_clear(&run);
        judgements_clear(&j);
    }
    free(indented);
    json_decref(json);
}

static void refuses_streams(void **state)
{
    static const char *const documents[] = {"",
                                            "[]",
                                            "{",
                                            "{}",
                                            "{\"run\":{},\"verdicts\":[",
                                            "{\"verdicts\":[]}",
                                            "{\"run\":1,\"verdicts\":[]}",
                                            "{\"other\":{}}",
                                            "{\"verdicts\":[[]]}",
                                            "{\"verdicts\":[{}]}",
                                            "{\"run\" {}}"};
    struct run_facts run;
    struct judgements j;

    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        if (read_text(*documents[i] ? documents[i] : " ", &run, &j) == 0)
            fail_msg("%s: was taken", documents[i]);
    for (size_t n = 1; n < strlen(text); n += 7) {
        char *cut = strndup(text, n);

        if (read_text(cut, &run, &j) == 0)
            fail_msg("%zu bytes were taken", n);
        free(cut);
    }
}

static void table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum verdict v = rows[i].verdict, parsed;

        assert_int_equal(verdict_parse(verdict_name(v), &parsed), 0);
        if (parsed != v || verdict_is_bad(v) != rows[i].bad ||
            verdict_is_statement(v) != rows[i].statement ||
            verdict_effect(v) != rows[i].effect)
            fail_msg("%s", verdict_name(v));
    }
    assert_int_equal(sizeof rows / sizeof *rows, VERDICT_COUNT);
    assert_int_equal(verdict_parse("perhaps", &(enum verdict){0}), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back), cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(streams),    cmocka_unit_test(refuses_streams),
        cmocka_unit_test(table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
