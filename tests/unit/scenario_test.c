/* Scenario and policy files: inheritance between states, rules, and refusals.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "model/policy.h"
#include "model/scenario.h"

#define HEAD "scenario: s\ntitle: S\n"
#define STATES                                                                 \
    "states:\n"                                                                \
    "  - name: before\n    now: 2024-07-01\n    policy: free\n"                \
    "    endpoint: a.example\n    chains: {rsa: [leaf, b]}\n"                  \
    "    leaf: {pad_percent: 20, not_before: -30d}\n"                          \
    "  - name: after\n    now: 2024-09-01\n    tls: {max: \"1.2\"}\n"

#define TODAY                                                                  \
    "states:\n  - name: today\n    now: 2024-07-01\n    policy: free\n"

#define SERVED TODAY "    chains: {rsa: [leaf]}\n"

#define RULE "expect:\n  - {device: "

static struct scenario *parse(const char *yaml, char *text, size_t size)
{
    FILE *caught = tmpfile();
    int saved = dup(STDERR_FILENO);
    struct scenario *s;
    size_t n;

    assert_non_null(caught);
    dup2(fileno(caught), STDERR_FILENO);
    s = scenario_parse("s.yaml", (const uint8_t *)yaml, strlen(yaml));
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(caught);
    n = fread(text, 1, size - 1, caught);
    text[n] = 0;
    fclose(caught);
    return s;
}

static void inheritance(void **state)
{
    char text[512];
    struct scenario *s = parse(HEAD STATES, text, sizeof text);
    const struct state *after;

    (void)state;
    assert_string_equal(text, "");
    assert_non_null(s);
    assert_int_equal(s->states_count, 2);
    after = &s->states[1];
    assert_string_equal(after->policy, "free");
    assert_string_equal(after->endpoint, "a.example");
    assert_int_equal(after->rsa.count, 2);
    assert_string_equal(after->rsa.certificates[1], "b");
    assert_int_equal(after->leaf.pad_percent, 20);
    assert_string_equal(after->tls.max, "1.2");
    assert_null(s->states[0].tls.max);
    assert_int_equal(after->now - s->states[0].now, 62 * 86400);
    assert_string_equal(after->client_auth, "none");
    scenario_free(s);
}

static void leaf_numbers(void **state)
{
    char text[512];
    struct scenario *s =
        parse(HEAD STATES "    leaf: {serial: 0, names_total: 128}\n", text,
              sizeof text);

    (void)state;
    assert_string_equal(text, "");
    assert_non_null(s);
    assert_null(s->states[0].leaf.serial);
    assert_int_equal(s->states[0].leaf.names_total, 0);
    assert_string_equal(s->states[1].leaf.serial, "0");
    assert_int_equal(s->states[1].leaf.names_total, 128);
    scenario_free(s);
}

static void rules(void **state)
{
    static const char yaml[] =
        HEAD STATES "expect:\n"
                    "  - {device: [\"root-1-*\", \"x-openssl\"], verdict: "
                    "survives, because: b}\n"
                    "  - device: root-[0-9],\n"
                    "    verdict: survives\n    because: 'device: x'\n"
                    "  - {device: 'root-*', verdict: breaks, reason: "
                    "unknown-ca, because: c}\n"
                    "  - {device: [x, y-wolf*], stack: 'wolfssl@5.*', "
                    "verdict: survives, because: d}\n";
    static const struct {
        const char *device, *stack;
        int rule;
    } rows[] = {
        {"root-1-mbedtls", "mbedtls", 0},
        {"x-openssl", "openssl", 0},
        {"root-2,", "", 1},
        {"root-2-mbedtls", "mbedtls", 2},
        {"x-wolfssl", "wolfssl", -1},
        {"x-wolfssl@5.5-device", "wolfssl@5.5-device", 3},
        {"x-wolfssl@4.6", "wolfssl@4.6", -1},
        {"y-wolfssl@5.7", "wolfssl@5.7", 3},
        {"xx-wolfssl@5.7", "wolfssl@5.7", -1},
        {"y-mbedtls@2.16", "mbedtls@2.16", -1},
    };
    char text[512];
    struct scenario *s = parse(yaml, text, sizeof text);

    (void)state;
    assert_string_equal(text, "");
    assert_non_null(s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct expectation *e =
            scenario_expectation(s, rows[i].device, rows[i].stack);
        int rule = e ? (int)(e - s->expect) : -1;

        if (rule != rows[i].rule)
            fail_msg("%s: rule %d", rows[i].device, rule);
    }
    assert_string_equal(s->expect[1].because, "device: x");
    assert_int_equal(s->expect[2].reason, REASON_UNKNOWN_CA);
    scenario_free(s);
}

struct refusal {
    const char *yaml, *message;
};

static void refuse(const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[512];
        struct scenario *s = parse(rows[i].yaml, text, sizeof text);

        if (s || !strstr(text, rows[i].message))
            fail_msg("row %zu: %s, said: %s", i, s ? "accepted" : "refused",
                     text);
    }
}

static void refused(void **state)
{
    static const struct refusal rows[] = {
        {HEAD "states:\n  - name: a\n    now: 2024-07-01\n    policy: free\n"
              "    chains: {rsa: [leaf]}\n",
         "s.yaml:3: states: give today's state"},
        {HEAD "states:\n  - name: a\n    now: soon\n  - name: b\n",
         "s.yaml:5: states[0].now: a time"},
        {HEAD "states:\n  - name: a\n    now: 2024-07-01\n    policy: free\n"
              "    chains: {rsa: [l]}\n  - name: a\n",
         "s.yaml:8: states[1].name: two states have this name"},
        {HEAD STATES "      max_record: 100\n", "not valid YAML"},
        {HEAD TODAY "    tls: {alpn_required: true}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.alpn_required: there is no tls.alpn"},
        {HEAD TODAY "    tls: {alpn: [mqtt], alpn_required: 1}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.alpn_required: true or false"},
        {HEAD TODAY "    tls: {close: {how: silence, offers: \"1.3\"}}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.close.how: fin or rst"},
        {HEAD TODAY "    tls: {close: {offers: \"1.4\"}}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.close.offers: 1.0, 1.1, 1.2 or 1.3"},
        {HEAD TODAY "    tls: {close: {how: rst}}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.close: it minds nothing"},
        {HEAD TODAY "    tls: {ticket_padding: 300}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.ticket_padding: of no tickets"},
        {HEAD TODAY "    tls: {staple: fresh}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.staple: none, good, revoked"},
        {HEAD TODAY "    tls: {tickets: 256}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.tickets:"},
        {HEAD TODAY "    tls: {close: {hello_over: 0}}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.close.hello_over:"},
        {HEAD TODAY "    tls: {ignore_max_fragment_length: 512}\n"
                    "  - name: b\n",
         "s.yaml:7: states[0].tls.ignore_max_fragment_length: true or false"},
        {HEAD STATES "    leaf:\n      key: dsa\n",
         "s.yaml:14: states[1].leaf.key: rsa-1024"},
        {HEAD STATES "    leaf: {pad_percent: 20%}\n",
         "s.yaml:13: states[1].leaf.pad_percent: a whole number"},
        {HEAD STATES "    leaf: {serial: -1}\n",
         "s.yaml:13: states[1].leaf.serial: "},
        {HEAD STATES "    leaf: {serial: 0x10}\n",
         "s.yaml:13: states[1].leaf.serial: "},
        {HEAD STATES "    leaf: {names_total: 0}\n",
         "s.yaml:13: states[1].leaf.names_total: "},
        {HEAD STATES "    leaf: {names_total: 5001}\n",
         "s.yaml:13: states[1].leaf.names_total: "},
        {HEAD STATES "    client_auth: maybe\n",
         "s.yaml:13: states[1].client_auth: none, request"},
        {HEAD STATES "    chains: {}\n",
         "s.yaml:13: states[1].chains: missing"},
        {HEAD STATES "concerns: [tls, weather]\n",
         "s.yaml:13: concerns: a list"},
        {HEAD STATES RULE "\"*\", verdict: survives, because: x}\n",
         "s.yaml:14: expect[0].device: \"*\" says nothing"},
        {HEAD STATES RULE "[a, \"**\"], verdict: survives, because: x}\n",
         "says nothing"},
        {HEAD STATES RULE "a, verdict: breaks, because: x}\n",
         "expect[0].reason: missing"},
        {HEAD STATES RULE "a, verdict: refuses, reason: none, because: x}\n",
         "expect[0].reason: missing"},
        {HEAD STATES RULE
         "a, verdict: survives, reason: expired, because: x}\n",
         "expect[0].reason: this verdict has none"},
        {HEAD STATES RULE "a, verdict: breaks, reason: crash, because: x}\n",
         "never expected"},
        {HEAD STATES RULE "a, verdict: error, because: x}\n",
         "expect[0].verdict: survives, breaks"},
        {HEAD STATES RULE "a, verdict: survives}\n",
         "expect[0].because: missing"},
        {HEAD STATES RULE "a, verdict: dies, because: x}\n",
         "expect[0].verdict: survives"},
        {HEAD STATES RULE "a, verdict: breaks, reason: sad, because: x}\n",
         "expect[0].reason: there is no such reason"},
        {HEAD STATES "kind: joke\n", "kind: change or attack"},
        {HEAD STATES "colour: red\n", "colour: unknown key"},
        {"scenario: S s\n" STATES, "an id has"},
        {"scenario: a/b\n" STATES, "an id has"},
    };

    (void)state;
    refuse(rows, sizeof rows / sizeof *rows);
}

static void without_name(void **state)
{
    static const struct refusal rows[] = {
        {HEAD SERVED "    without_name: today\n  - name: b\n",
         "s.yaml:8: states[0].without_name: the name of an earlier state"},
        {HEAD SERVED "  - name: b\n    without_name: c\n",
         "s.yaml:9: states[1].without_name: the name of an earlier state"},
        {HEAD SERVED "  - name: b\n    now: 2025-01-01\n    without_name: today\n",
         "s.yaml:10: states[1].without_name: that state has another clock"},
        {HEAD SERVED "  - name: b\n    without_name: today\n"
                     "  - name: c\n    without_name: b\n",
         "s.yaml:11: states[2].without_name: that state has `without_name`"},
    };

    (void)state;
    refuse(rows, sizeof rows / sizeof *rows);
}

static void policies(void **state)
{
    static const struct {
        const char *name, *min, *max;
        size_t suites;
    } rows[] = {
        {"IoTSecurityPolicy_TLS13_1_3_2022_10", "1.3", "1.3", 3},
        {"IoTSecurityPolicy_TLS13_1_2_2022_10", "1.2", "1.3", 21},
        {"IoTSecurityPolicy_TLS12_1_2_2022_10", "1.2", "1.2", 18},
        {"IoTSecurityPolicy_TLS12_1_0_2016_01", "1.2", "1.2", 17},
        {"IoTSecurityPolicy_TLS12_1_0_2016_01-443", "1.2", "1.2", 18},
        {"IoTSecurityPolicy_TLS12_1_0_2016_01-legacy", "1.0", "1.2", 17},
        {"IoTSecurityPolicy_TLS12_1_0_2016_01-443-legacy", "1.0", "1.2", 18},
        {"IoTSecurityPolicy_TLS12_1_0_2015_01", "1.2", "1.2", 19},
        {"IoTSecurityPolicy_TLS12_1_0_2015_01-legacy", "1.0", "1.2", 19},
        {"free", "1.0", "1.3", 40},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *path = format("server/policies/%s.yaml", rows[i].name);
        struct policy *p = policy_load(path);

        if (!p || strcmp(p->policy, rows[i].name) != 0 ||
            strcmp(p->min, rows[i].min) != 0 ||
            strcmp(p->max, rows[i].max) != 0 ||
            p->suites_count != rows[i].suites)
            fail_msg("%s: not as the documentation lists it", rows[i].name);
        policy_free(p);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inheritance), cmocka_unit_test(leaf_numbers),
        cmocka_unit_test(rules),       cmocka_unit_test(refused), cmocka_unit_test(without_name),
        cmocka_unit_test(policies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
