/* Which policies are attached to which certificates: in the calls of today
 * (targets) and in those that came before (principals in a header). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"

enum { POLICIES_MAX = 10 }; /* attached to one certificate */

#define AT(field, what, called) MEMBER(attachment, field, what, called)
#define NAME_SET                "a-zA-Z0-9_+=,.@-"

static const struct shape by_target[] = {
    {AT(policy, SHAPE_TEXT, "policyName"), .place = SHAPE_PATH, .required = 1,
     .min = 1, .max = 128, .set = NAME_SET},
    {AT(target, SHAPE_TEXT, "target"), .required = 1},
};
static const struct shape by_principal[] = {
    {AT(policy, SHAPE_TEXT, "policyName"), .place = SHAPE_PATH, .required = 1,
     .min = 1, .max = 128, .set = NAME_SET},
    {AT(target, SHAPE_TEXT, "x-amzn-iot-principal"), .place = SHAPE_HEADER,
     .required = 1},
};

int certificate_of_arn(struct call *c, const char *arn,
                       struct device_certificate *out)
{
    const char *mark = strstr(arn, ":cert/");
    int status;

    memset(out, 0, sizeof *out);
    if (strncmp(arn, "arn:", 4) != 0 || mark == NULL)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "%.200s is no ARN of a certificate", arn);
    status = rows_get(c->rows, &certificate_table, out, mark + 6, NULL);
    if (status < 0)
        return call_internal(c);
    if (status == 0 && strcmp(out->arn, arn) == 0)
        return 0;
    rows_clear(&certificate_table, out);
    return call_fail(c, FAULT_NOT_FOUND, "Certificate not found: %.200s", arn);
}

/* Both ends must be there. */
static int find(struct call *c, const struct shape *members,
                struct attachment *a)
{
    struct device_certificate d = {0};
    struct policy p = {0};
    int status = call_read(c, members, 2, a);

    if (status == 0 &&
        (call_need(c, &policy_table, &p, a->policy, NULL, "Policy") != 0 ||
         certificate_of_arn(c, a->target, &d) != 0))
        status = -1;
    a->arn = p.arn;
    p.arn = NULL;
    rows_clear(&policy_table, &p);
    rows_clear(&certificate_table, &d);
    return status;
}

static int attach(struct call *c, const struct shape *members)
{
    struct attachment a = {0};
    int status = find(c, members, &a);
    const struct rows_query q = {
        .table = &attachment_table, .column = {"target"}, .value = {a.target}};

    /* What is attached already may be attached again. */
    if (status == 0)
        status = rows_insert(c->rows, &attachment_table, &a) < 0
                     ? call_internal(c)
                     : 0;
    if (status == 0 && rows_count(c->rows, &q) > POLICIES_MAX)
        status = call_fail(c, FAULT_LIMIT_EXCEEDED,
                           "The maximum number of policies (%d) is attached to "
                           "%s already",
                           POLICIES_MAX, a.target);
    rows_clear(&attachment_table, &a);
    c->changed = 1;
    return status;
}

/* One that is not attached is no fault. */
static int detach(struct call *c, const struct shape *members)
{
    struct attachment a = {0};
    int status = find(c, members, &a);

    if (status == 0 &&
        rows_delete(c->rows, &attachment_table, a.policy, a.target) < 0)
        status = call_internal(c);
    rows_clear(&attachment_table, &a);
    c->changed = 1;
    return status;
}

int call_attach_policy(struct call *c)
{
    return attach(c, by_target);
}

int call_detach_policy(struct call *c)
{
    return detach(c, by_target);
}

int call_attach_principal_policy(struct call *c)
{
    return attach(c, by_principal);
}

int call_detach_principal_policy(struct call *c)
{
    return detach(c, by_principal);
}

static int list_policies(struct call *c, const struct shape *target)
{
    static const struct shape members[] = {
        {AT(policy, SHAPE_TEXT, "policyName")},
        {AT(arn, SHAPE_TEXT, "policyArn")},
    };
    struct attachment a = {0};
    struct device_certificate d = {0};
    struct rows_query q = {.table = &attachment_table, .column = {"target"}};
    int status = call_read(c, target, 1, &a);

    if (status == 0)
        status = certificate_of_arn(c, a.target, &d);
    q.value[0] = a.target;
    if (status == 0)
        status = call_list(c, CALL_MARKER, "policies", &q, members, 2);
    rows_clear(&attachment_table, &a);
    rows_clear(&certificate_table, &d);
    return status;
}

int call_list_attached_policies(struct call *c)
{
    static const struct shape target[] = {
        {AT(target, SHAPE_TEXT, "target"), .place = SHAPE_PATH, .required = 1},
    };

    return list_policies(c, target);
}

int call_list_principal_policies(struct call *c)
{
    return list_policies(c, by_principal + 1);
}

static int list_targets(struct call *c, const struct shape *name,
                        const char *called)
{
    static const struct shape members[] = {{AT(target, SHAPE_TEXT, "")}};
    struct attachment a = {0};
    struct policy p = {0};
    struct rows_query q = {.table = &attachment_table, .column = {"policy"}};
    int status = call_read(c, name, 1, &a);

    if (status == 0)
        status = call_need(c, &policy_table, &p, a.policy, NULL, "Policy");
    q.value[0] = a.policy;
    if (status == 0)
        status = call_list(c, CALL_MARKER, called, &q, members, 1);
    rows_clear(&attachment_table, &a);
    rows_clear(&policy_table, &p);
    return status;
}

int call_list_targets_for_policy(struct call *c)
{
    return list_targets(c, by_target, "targets");
}

int call_list_policy_principals(struct call *c)
{
    static const struct shape name[] = {
        {AT(policy, SHAPE_TEXT, "x-amzn-iot-policy"), .place = SHAPE_HEADER,
         .required = 1, .min = 1, .max = 128, .set = NAME_SET},
    };

    return list_targets(c, name, "principals");
}
