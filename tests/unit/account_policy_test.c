/* Policies: what matches, what is permitted, what is refused as malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "account/policy.h"

#define ARN "arn:aws:iot:us-east-1:123456789012:"

static const char *variable(const void *context, const char *name)
{
    static const char *const values[][2] = {
        {"iot:ClientId", "sensor-1"},
        {"iot:Wild", "*"},
        {"iot:Connection.Thing.IsAttached", "true"},
        {"iot:Connection.Thing.Attributes[envType]", "prod"},
    };

    (void)context;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(values[i][0], name) == 0)
            return values[i][1];
    return NULL;
}

static void patterns_match(void **state)
{
    static const struct {
        const char *pattern, *text;
        int yes;
    } rows[] = {
        {"", "", 1},
        {"*", "", 1},
        {"*", "anything/at all", 1},
        {"a?c", "abc", 1},
        {"a?c", "ac", 0},
        {"a*c", "abbbc", 1},
        {"a*c", "abbb", 0},
        {"a*b*c", "axbxbxc", 1},
        {"*ab", "aab", 1},
        {"a", "A", 0},
        {"topic/+/#", "topic/+/#", 1},
        {"topic/+/#", "topic/a/b", 0},
        {"${iot:ClientId}", "sensor-1", 1},
        {"x/${iot:ClientId}/*", "x/sensor-1/y", 1},
        {"x/${iot:ClientId}/*", "x/sensor-2/y", 0},
        {"${iot:Wild}", "*", 1},
        {"${iot:Wild}", "anything", 0},
        {"${iot:None}", "${iot:None}", 0},
        {"${*}", "*", 1},
        {"${*}", "a", 0},
        {"${?}", "?", 1},
        {"${$}", "$", 1},
        {"${open", "${open", 1},
    };
    const struct policy_request r = {"", "", variable, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (policy_match(rows[i].pattern, rows[i].text, &r) != rows[i].yes)
            fail_msg("%s against %s: not %d", rows[i].pattern, rows[i].text,
                     rows[i].yes);
}

/* Would take for ever by trying all ways. */
static void stars_take_no_time(void **state)
{
    char text[4001];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(policy_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text, NULL),
                     0);
}

#define S(body) "{\"Version\":\"2012-10-17\",\"Statement\":[" body "]}"
#define ALLOW(action, resource, more)                                          \
    "{\"Effect\":\"Allow\",\"Action\":" action ",\"Resource\":" resource more  \
    "}"
#define DENY(action, resource)                                                 \
    "{\"Effect\":\"Deny\",\"Action\":" action ",\"Resource\":" resource "}"
#define IF(op, key, value) ",\"Condition\":{\"" op "\":{\"" key "\":" value "}}"

static void documents_decide(void **state)
{
    static const struct {
        const char *document, *action, *resource;
        enum policy_effect effect;
    } rows[] = {
        {S(ALLOW("\"iot:Connect\"", "\"" ARN "client/sensor-1\"", "")),
         "iot:Connect", ARN "client/sensor-1", POLICY_ALLOW},
        {S(ALLOW("\"iot:Connect\"", "\"" ARN "client/sensor-1\"", "")),
         "iot:Connect", ARN "client/sensor-2", POLICY_NOTHING},
        {S(ALLOW("\"iot:Connect\"", "\"*\"", "")), "iot:Publish", ARN "topic/a",
         POLICY_NOTHING},
        {S(ALLOW("\"iot:*\"", "\"*\"", "")), "iot:Publish", ARN "topic/a",
         POLICY_ALLOW},
        {S(ALLOW("\"*\"", "\"*\"", "")), "iot:Publish", ARN "topic/a",
         POLICY_ALLOW},
        {S(ALLOW("\"iot:publish\"", "\"*\"", "")), "iot:Publish", ARN "topic/a",
         POLICY_ALLOW},
        {S(ALLOW("[\"iot:Publish\",\"iot:Receive\"]",
                 "[\"" ARN "topic/b\",\"" ARN "topic/${iot:ClientId}/*\"]",
                 "")),
         "iot:Receive", ARN "topic/sensor-1/x", POLICY_ALLOW},
        {S(ALLOW("\"iot:*\"", "\"*\"", "") "," DENY("\"iot:Publish\"",
                                                    "\"" ARN "topic/a\"")),
         "iot:Publish", ARN "topic/a", POLICY_DENY},
        {S(ALLOW("\"iot:*\"", "\"*\"", "") "," DENY("\"iot:Publish\"",
                                                    "\"" ARN "topic/a\"")),
         "iot:Publish", ARN "topic/b", POLICY_ALLOW},
        {S(DENY("\"iot:Publish\"", "\"" ARN "topic/${iot:None}\"")),
         "iot:Publish", ARN "topic/a", POLICY_NOTHING},
        /* A filter is a resource of its own kind: + stands for itself. */
        {S(ALLOW("\"iot:Subscribe\"", "\"" ARN "topicfilter/a/+\"", "")),
         "iot:Subscribe", ARN "topicfilter/a/+", POLICY_ALLOW},
        {S(ALLOW("\"iot:Subscribe\"", "\"" ARN "topicfilter/a/+\"", "")),
         "iot:Subscribe", ARN "topicfilter/a/b", POLICY_NOTHING},
        {S(ALLOW("\"iot:Subscribe\"", "\"" ARN "topic/a\"", "")),
         "iot:Subscribe", ARN "topicfilter/a", POLICY_NOTHING},
        {S(ALLOW("\"*\"", "\"*\"",
                 IF("Bool", "iot:Connection.Thing.IsAttached", "[\"true\"]"))),
         "iot:Connect", ARN "client/a", POLICY_ALLOW},
        {S(ALLOW("\"*\"", "\"*\"",
                 IF("Bool", "iot:Connection.Thing.IsAttached", "false"))),
         "iot:Connect", ARN "client/a", POLICY_NOTHING},
        {S(ALLOW("\"*\"", "\"*\"",
                 IF("StringLike", "iot:Connection.Thing.Attributes[envType]",
                    "\"p*\""))),
         "iot:Connect", ARN "client/a", POLICY_ALLOW},
        {S(ALLOW("\"*\"", "\"*\"",
                 IF("ForAnyValue:StringEquals",
                    "iot:Connection.Thing.Attributes[envType]",
                    "[\"test\",\"prod\"]"))),
         "iot:Connect", ARN "client/a", POLICY_ALLOW},
        {S(ALLOW("\"*\"", "\"*\"",
                 IF("StringNotEquals",
                    "iot:Connection.Thing.Attributes[envType]",
                    "[\"test\",\"prod\"]"))),
         "iot:Connect", ARN "client/a", POLICY_NOTHING},
        {S(ALLOW("\"*\"", "\"*\"", IF("StringEquals", "iot:None", "\"x\""))),
         "iot:Connect", ARN "client/a", POLICY_NOTHING},
        {S(ALLOW("\"*\"", "\"*\"",
                 IF("StringEqualsIfExists", "iot:None", "\"x\""))),
         "iot:Connect", ARN "client/a", POLICY_ALLOW},
        {S(ALLOW("\"*\"", "\"*\"",
                 IF("StringEqualsIgnoreCase", "iot:ClientId", "\"SENSOR-1\""))),
         "iot:Connect", ARN "client/a", POLICY_ALLOW},
        {"{\"Version\":\"2012-10-17\",\"Statement\":" ALLOW("\"iot:Connect\"",
                                                            "\"*\"", "") "}",
         "iot:Connect", ARN "client/a", POLICY_ALLOW},
    };
    char why[POLICY_WHY];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct policy_request r = {rows[i].action, rows[i].resource,
                                         variable, NULL};
        struct policy_document *d = policy_document_read(rows[i].document, why);

        if (d == NULL)
            fail_msg("row %zu: %s", i, why);
        if (policy_decide(&d, 1, &r) != rows[i].effect)
            fail_msg("row %zu: %s: not %d", i, rows[i].document,
                     rows[i].effect);
        policy_document_free(d);
    }
}

static void two_documents(void **state)
{
    char why[POLICY_WHY];
    struct policy_document *d[] = {
        policy_document_read(S(ALLOW("\"iot:*\"", "\"*\"", "")), why),
        policy_document_read(S(DENY("\"iot:Publish\"", "\"*\"")), why)};
    struct policy_request r = {"iot:Publish", ARN "topic/a", NULL, NULL};

    (void)state;
    assert_int_equal(policy_decide(d, 0, &r), POLICY_NOTHING);
    assert_int_equal(policy_decide(d, 1, &r), POLICY_ALLOW);
    assert_int_equal(policy_decide(d, 2, &r), POLICY_DENY);
    r.action = "iot:Connect";
    assert_int_equal(policy_decide(d, 2, &r), POLICY_ALLOW);
    policy_document_free(d[0]);
    policy_document_free(d[1]);
}

static void malformed_ones_are_named(void **state)
{
    static const struct {
        const char *document, *why;
    } rows[] = {
        {"", "it is no JSON object"},
        {"[]", "it is no JSON object"},
        {"{}", "Version must be"},
        {"{\"Version\":\"2012-10-17\"}", "there is no Statement"},
        {"{\"Version\":\"2012-10-17\",\"Statement\":[]}",
         "there is no Statement"},
        {"{\"Version\":\"2013-10-17\",\"Statement\":[]}", "Version must be"},
        {S("1"), "Statement 1: it is no object"},
        {S("{\"Action\":\"*\",\"Resource\":\"*\"}"), "Effect must be"},
        {S("{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
         "Effect must be"},
        {S(ALLOW("1", "\"*\"", "")), "Action must be"},
        {S(ALLOW("[]", "\"*\"", "")), "Action must be"},
        {S(ALLOW("[\"*\",null]", "\"*\"", "")), "Action must be"},
        {S(ALLOW("\"*\"", "{}", "")), "Resource must be"},
        {S(ALLOW("\"*\"", "\"*\"", "") "," ALLOW("\"s3:Get\"", "\"*\"", "")),
         "Statement 2: the action s3:Get"},
        {S(ALLOW("\"iot:**************************************************"
                 "**********\"",
                 "\"*\"", "")),
         "Statement 1: the action iot:"},
        {S(ALLOW("\"*\"", "\"*\"", ",\"NotAction\":\"*\"")),
         "NotAction is no member"},
        {S(ALLOW("\"*\"", "\"*\"", ",\"Condition\":1")),
         "Condition must be an object"},
        {S(ALLOW("\"*\"", "\"*\"", ",\"Condition\":{\"Bool\":1}")),
         "Condition.Bool must be an object"},
        {S(ALLOW("\"*\"", "\"*\"", IF("NumericEquals", "a", "1"))),
         "the condition operator NumericEquals"},
        {S(ALLOW("\"*\"", "\"*\"", IF("Bool", "a", "7"))), "a must be a"},
    };
    char why[POLICY_WHY];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct policy_document *d = policy_document_read(rows[i].document, why);

        if (d != NULL || strstr(why, rows[i].why) == NULL)
            fail_msg("%s: %s, not %s", rows[i].document, d ? "taken" : why,
                     rows[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(stars_take_no_time),
        cmocka_unit_test(documents_decide),
        cmocka_unit_test(two_documents),
        cmocka_unit_test(malformed_ones_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
