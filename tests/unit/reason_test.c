/* The vocabulary: names are unique and come back, classes are known, sentences
 * have the promised form; alerts by number. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "model/reason.h"

static int is_class(const char *name)
{
    static const char *const classes[] = {"trust",    "time",   "identity",
                                          "policy",   "size",   "limit",
                                          "protocol", "harness"};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (!strcmp(classes[i], name))
            return 1;
    return 0;
}

/* Lower case, but for an acronym at the start; no full stop. */
static int is_sentence(const char *text)
{
    return *text && text[strlen(text) - 1] != '.' &&
           !(isupper((unsigned char)text[0]) &&
             islower((unsigned char)text[1]));
}

static void reasons(void **state)
{
    (void)state;
    for (int i = 0; i < REASON_COUNT; i++) {
        enum reason r = (enum reason)i, back = REASON_COUNT;
        const char *sentence = reason_sentence(r), *mend = reason_mend(r);

        if (reason_parse(reason_name(r), &back) || back != r)
            fail_msg("%s: another reason has this name", reason_name(r));
        if (!is_class(reason_class(r)))
            fail_msg("%s: class %s", reason_name(r), reason_class(r));
        if (!is_sentence(sentence) || !is_sentence(mend))
            fail_msg("%s: form of the sentence or the mend", reason_name(r));
    }
}

static void parse(void **state)
{
    enum reason r = REASON_NONE;

    (void)state;
    assert_int_equal(reason_parse("unknown-ca", &r), 0);
    assert_int_equal(r, REASON_UNKNOWN_CA);
    assert_int_equal(reason_parse("unknown_ca", &r), -1);
    assert_int_equal(reason_parse("", &r), -1);
    assert_int_equal(r, REASON_UNKNOWN_CA);
}

static void alerts(void **state)
{
    static const struct {
        int code;
        const char *name;
    } rows[] = {
        {0, "close_notify"},
        {40, "handshake_failure"},
        {42, "bad_certificate"},
        {45, "certificate_expired"},
        {48, "unknown_ca"},
        {60, "export_restriction"},
        {70, "protocol_version"},
        {112, "unrecognized_name"},
        {116, "certificate_required"},
        {120, "no_application_protocol"},
        {1, NULL},
        {255, NULL},
        {-1, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = alert_name(rows[i].code);

        if (!name != !rows[i].name || (name && strcmp(name, rows[i].name) != 0))
            fail_msg("%d: %s", rows[i].code, name ? name : "no name");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons),
        cmocka_unit_test(parse),
        cmocka_unit_test(alerts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
