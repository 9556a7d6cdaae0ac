/* Policies and their versions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"
#include "account/policy.h"

/* Quotas of the service: characters without blanks, versions of a policy. */
enum { DOCUMENT_ROOM = 404600, DOCUMENT_MAX = 2048, VERSIONS_MAX = 5 };

#define POLICY(field, what, called)  MEMBER(policy, field, what, called)
#define VERSION(field, what, called) MEMBER(policy_version, field, what, called)
#define NAME_SET                     "a-zA-Z0-9_+=,.@-"

static const struct shape key[] = {
    {POLICY(name, SHAPE_TEXT, "policyName"), .place = SHAPE_PATH, .required = 1,
     .min = 1, .max = 128, .set = NAME_SET},
};
static const struct shape key_version[] = {
    {VERSION(version, SHAPE_TEXT, "policyVersionId"), .place = SHAPE_PATH,
     .required = 1, .min = 1, .max = 20, .set = "0-9"},
};
static const struct shape document[] = {
    {VERSION(document, SHAPE_TEXT, "policyDocument"), .required = 1,
     .max = DOCUMENT_ROOM},
};
static const struct shape identity[] = {
    {POLICY(name, SHAPE_TEXT, "policyName")},
    {POLICY(arn, SHAPE_TEXT, "policyArn")},
};
static const struct shape told[] = {
    {VERSION(document, SHAPE_TEXT, "policyDocument")},
    {VERSION(version, SHAPE_TEXT, "policyVersionId")},
};
static const struct shape is_default = {.name = "isDefaultVersion",
                                        .kind = SHAPE_FLAG};

static int check_document(struct call *c, const char *text)
{
    struct policy_document *d;
    char why[POLICY_WHY];
    size_t size = 0;

    for (const char *p = text; *p != '\0'; p++)
        size += strchr(" \t\r\n", *p) == NULL;
    if (size > DOCUMENT_MAX)
        return call_fail(c, FAULT_MALFORMED_POLICY,
                         "The policy document has %zu characters that are no "
                         "blanks: %d are allowed",
                         size, DOCUMENT_MAX);
    d = policy_document_read(text, why);
    policy_document_free(d);
    return d ? 0
             : call_fail(c, FAULT_MALFORMED_POLICY,
                         "The policy document is malformed: %s", why);
}

static int find(struct call *c, struct policy *out)
{
    struct policy given = {0};
    int status = call_read(c, key, 1, &given);

    memset(out, 0, sizeof *out);
    if (status == 0)
        status = call_need(c, &policy_table, out, given.name, NULL, "Policy");
    rows_clear(&policy_table, &given);
    return status;
}

static int find_version(struct call *c, const struct policy *p,
                        struct policy_version *out)
{
    struct policy_version given = {0};
    int status = call_read(c, key_version, 1, &given);

    memset(out, 0, sizeof *out);
    if (status == 0)
        status = call_need(c, &version_table, out, p->name, given.version,
                           "Policy version");
    rows_clear(&version_table, &given);
    return status;
}

/* Makes the next version of what came. */
static int add_version(struct call *c, struct policy *p,
                       struct policy_version *v)
{
    char number[24];

    snprintf(number, sizeof number, "%lld", (long long)++p->last);
    v->name = strdup(p->name);
    v->version = strdup(number);
    v->created = c->now;
    return v->name && v->version && rows_insert(c->rows, &version_table, v) == 0
               ? 0
               : call_internal(c);
}

static int set_current(struct call *c, struct policy *p, const char *version)
{
    char generation[STORE_UUID];

    store_uuid(generation);
    free(p->current);
    free(p->generation);
    p->current = strdup(version);
    p->generation = strdup(generation);
    p->modified = c->now;
    c->changed = 1;
    return p->current && p->generation ? 0 : call_internal(c);
}

int call_create_policy(struct call *c)
{
    struct policy p = {.created = c->now};
    struct policy_version v = {0};
    int added = 0, status = call_read(c, key, 1, &p);

    if (status == 0)
        status = call_read(c, document, 1, &v);
    if (status == 0)
        status = check_document(c, v.document);
    if (status == 0) {
        p.arn = call_arn(c, "policy/%s", p.name);
        status = set_current(c, &p, "1");
    }
    p.last = 1;
    if (status == 0 && (added = rows_insert(c->rows, &policy_table, &p)) == 1)
        status = call_fail(c, FAULT_EXISTS,
                           "Policy cannot be created - name already exists "
                           "(name=%s)",
                           p.name);
    p.last = 0;
    if (status == 0)
        status = added == 0 ? add_version(c, &p, &v) : call_internal(c);
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &p);
    if (status == 0)
        status = call_write(c, "", told, CALL_COUNT(told), &v);
    rows_clear(&policy_table, &p);
    rows_clear(&version_table, &v);
    return status;
}

int call_get_policy(struct call *c)
{
    static const struct shape out[] = {
        {POLICY(current, SHAPE_TEXT, "defaultVersionId")},
        {POLICY(created, SHAPE_TIME, "creationDate")},
        {POLICY(modified, SHAPE_TIME, "lastModifiedDate")},
        {POLICY(generation, SHAPE_TEXT, "generationId")},
    };
    struct policy p;
    struct policy_version v = {0};
    int status = find(c, &p);

    if (status == 0)
        status = call_need(c, &version_table, &v, p.name, p.current,
                           "Policy version");
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &p);
    if (status == 0)
        status = call_write(c, "", told, 1, &v);
    if (status == 0)
        status = call_write(c, "", out, CALL_COUNT(out), &p);
    rows_clear(&policy_table, &p);
    rows_clear(&version_table, &v);
    return status;
}

static struct rows_query versions_of(const struct policy *p)
{
    return (struct rows_query){
        .table = &version_table, .column = {"name"}, .value = {p->name}};
}

int call_delete_policy(struct call *c)
{
    struct policy p;
    int status = find(c, &p);
    struct rows_query versions = versions_of(&p);
    const struct rows_query targets = {
        .table = &attachment_table, .column = {"policy"}, .value = {p.name}};

    if (status == 0 && rows_count(c->rows, &targets) > 0)
        status = call_fail(c, FAULT_DELETE_CONFLICT,
                           "The policy cannot be deleted as the policy is "
                           "attached to one or more principals (name=%s)",
                           p.name);
    else if (status == 0 && rows_count(c->rows, &versions) > 1)
        status = call_fail(c, FAULT_DELETE_CONFLICT,
                           "Cannot delete the policy because it has one or "
                           "more policy versions attached to it (name=%s)",
                           p.name);
    if (status == 0 &&
        (rows_delete(c->rows, &version_table, p.name, p.current) != 0 ||
         rows_delete(c->rows, &policy_table, p.name, NULL) != 0))
        status = call_internal(c);
    rows_clear(&policy_table, &p);
    return status;
}

int call_list_policies(struct call *c)
{
    struct rows_query q = {.table = &policy_table, .descending = 1};

    return call_list(c, CALL_MARKER, "policies", &q, identity,
                     CALL_COUNT(identity));
}

struct version_call {
    int64_t as_default;
};

int call_create_policy_version(struct call *c)
{
    static const struct shape in[] = {
        {MEMBER(version_call, as_default, SHAPE_FLAG, "setAsDefault"),
         .place = SHAPE_QUERY},
    };
    struct version_call g = {0};
    struct policy_version v = {0};
    struct policy p;
    int status = find(c, &p);
    struct rows_query versions = versions_of(&p);

    if (status == 0 &&
        (call_read(c, in, 1, &g) != 0 || call_read(c, document, 1, &v) != 0 ||
         check_document(c, v.document) != 0))
        status = -1;
    if (status == 0 && rows_count(c->rows, &versions) >= VERSIONS_MAX)
        status = call_fail(c, FAULT_VERSIONS_LIMIT,
                           "The policy %s already has the maximum number of "
                           "versions (%d)",
                           p.name, VERSIONS_MAX);
    if (status == 0)
        status = add_version(c, &p, &v);
    if (status == 0 && g.as_default)
        status = set_current(c, &p, v.version);
    if (status == 0 && rows_update(c->rows, &policy_table, &p) != 0)
        status = call_internal(c);
    if (status == 0)
        status = call_write(c, "", identity + 1, 1, &p);
    if (status == 0)
        status = call_write(c, "", told, CALL_COUNT(told), &v);
    if (status == 0)
        status = call_write(c, "", &is_default, 1, &g.as_default);
    rows_clear(&policy_table, &p);
    rows_clear(&version_table, &v);
    return status;
}

int call_get_policy_version(struct call *c)
{
    static const struct shape dates[] = {
        {VERSION(created, SHAPE_TIME, "creationDate")},
        {VERSION(created, SHAPE_TIME, "lastModifiedDate")},
    };
    struct policy p;
    struct policy_version v = {0};
    int status = find(c, &p);
    int64_t current;

    if (status == 0)
        status = find_version(c, &p, &v);
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &p);
    if (status == 0)
        status = call_write(c, "", told, CALL_COUNT(told), &v);
    if (status == 0)
        status = call_write(c, "", dates, CALL_COUNT(dates), &v);
    if (status == 0) {
        current = strcmp(v.version, p.current) == 0;
        status = call_write(c, "", &is_default, 1, &current);
    }
    rows_clear(&policy_table, &p);
    rows_clear(&version_table, &v);
    return status;
}

int call_set_default_policy_version(struct call *c)
{
    struct policy p;
    struct policy_version v = {0};
    int status = find(c, &p);

    if (status == 0)
        status = find_version(c, &p, &v);
    if (status == 0)
        status = set_current(c, &p, v.version);
    if (status == 0 && rows_update(c->rows, &policy_table, &p) != 0)
        status = call_internal(c);
    rows_clear(&policy_table, &p);
    rows_clear(&version_table, &v);
    return status;
}

int call_delete_policy_version(struct call *c)
{
    struct policy p;
    struct policy_version v = {0};
    int status = find(c, &p);

    if (status == 0)
        status = find_version(c, &p, &v);
    if (status == 0 && strcmp(v.version, p.current) == 0)
        status = call_fail(c, FAULT_DELETE_CONFLICT,
                           "Cannot delete the default version of a policy "
                           "(name=%s, version=%s)",
                           p.name, v.version);
    if (status == 0 &&
        rows_delete(c->rows, &version_table, p.name, v.version) != 0)
        status = call_internal(c);
    rows_clear(&policy_table, &p);
    rows_clear(&version_table, &v);
    return status;
}

struct version_told {
    char *version;
    int64_t current, created;
};

static int write_version(struct call *c, const struct policy *p,
                         const struct policy_version *v)
{
    static const struct shape members[] = {
        {MEMBER(version_told, version, SHAPE_TEXT, "versionId")},
        {MEMBER(version_told, current, SHAPE_FLAG, "isDefaultVersion")},
        {MEMBER(version_told, created, SHAPE_TIME, "createDate")},
    };
    const struct version_told t = {
        v->version, strcmp(v->version, p->current) == 0, v->created};

    return call_write_item(c, "policyVersions", members, CALL_COUNT(members),
                           &t);
}

int call_list_policy_versions(struct call *c)
{
    struct policy p;
    struct rows_page page = {0};
    int status = find(c, &p);
    struct rows_query versions = versions_of(&p);

    versions.descending = 1;
    if (status == 0 && rows_list(c->rows, &versions, &page) != 0)
        status = call_internal(c);
    for (size_t i = 0; i < page.count && status == 0; i++)
        status = write_version(c, &p, (struct policy_version *)page.items + i);
    rows_page_clear(&version_table, &page);
    rows_clear(&policy_table, &p);
    return status;
}
