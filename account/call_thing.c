/* Things, and which certificates are theirs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"

#define THING(field, what, called) MEMBER(thing, field, what, called)
#define NAME_SET                   "a-zA-Z0-9:_-"
#define ATTRIBUTE_SET              "a-zA-Z0-9_.,@/:#=[]-"
enum { VALUE_MAX = 800 };

static const struct shape key[] = {
    {THING(name, SHAPE_TEXT, "thingName"), .place = SHAPE_PATH, .required = 1,
     .min = 1, .max = 128, .set = NAME_SET},
};
static const struct shape content[] = {
    {THING(type, SHAPE_TEXT, "thingTypeName"), .min = 1, .max = 128,
     .set = NAME_SET},
    {THING(attributes, SHAPE_MAP, "attributePayload.attributes"),
     .max = VALUE_MAX, .set = ATTRIBUTE_SET},
    {THING(billing_group, SHAPE_TEXT, "billingGroupName"), .min = 1, .max = 128,
     .set = NAME_SET},
};
static const struct shape identity[] = {
    {THING(name, SHAPE_TEXT, "thingName")},
    {THING(arn, SHAPE_TEXT, "thingArn")},
    {THING(id, SHAPE_TEXT, "thingId")},
};
static const struct shape told[] = {
    {THING(name, SHAPE_TEXT, "thingName")},
    {THING(arn, SHAPE_TEXT, "thingArn")},
    {THING(type, SHAPE_TEXT, "thingTypeName")},
    {THING(attributes, SHAPE_MAP, "attributes")},
    {THING(version, SHAPE_NUMBER, "version")},
    {THING(id, SHAPE_TEXT, "thingId")},
    {THING(name, SHAPE_TEXT, "defaultClientId")},
    {THING(billing_group, SHAPE_TEXT, "billingGroupName")},
};
enum { TOLD_IN_LISTS = 5 };

static int same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* One that is there already is no fault if it is the same. */
static int meet(struct call *c, struct thing *t)
{
    struct thing old;
    int status = call_need(c, &thing_table, &old, t->name, NULL, "Thing");

    if (status != 0)
        return -1;
    if (!same_text(t->type, old.type) ||
        !same_text(t->attributes, old.attributes) ||
        !same_text(t->billing_group, old.billing_group)) {
        snprintf(c->resource_id, sizeof c->resource_id, "%s", old.name);
        snprintf(c->resource_arn, sizeof c->resource_arn, "%s", old.arn);
        status = call_fail(c, FAULT_EXISTS,
                           "Thing %s already exists in account with different "
                           "attributes",
                           t->name);
    }
    rows_clear(&thing_table, t);
    *t = old;
    return status;
}

int call_create_thing(struct call *c)
{
    struct thing t = {.version = 1};
    char id[STORE_UUID];
    int status = call_read(c, key, 1, &t);

    if (status == 0)
        status = call_read(c, content, CALL_COUNT(content), &t);
    if (status == 0) {
        store_uuid(id);
        t.id = strdup(id);
        t.arn = call_arn(c, "thing/%s", t.name);
        if (t.attributes == NULL)
            t.attributes = strdup("{}");
        status = t.id && t.arn && t.attributes
                     ? rows_insert(c->rows, &thing_table, &t)
                     : -1;
        if (status < 0)
            call_internal(c);
    }
    if (status == 1)
        status = meet(c, &t);
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &t);
    rows_clear(&thing_table, &t);
    return status;
}

static int find(struct call *c, struct thing *out)
{
    struct thing given = {0};
    int status = call_read(c, key, 1, &given);

    memset(out, 0, sizeof *out);
    if (status == 0)
        status = call_need(c, &thing_table, out, given.name, NULL, "Thing");
    rows_clear(&thing_table, &given);
    return status;
}

int call_describe_thing(struct call *c)
{
    struct thing t;
    int status = find(c, &t);

    if (status == 0)
        status = call_write(c, "", told, CALL_COUNT(told), &t);
    rows_clear(&thing_table, &t);
    return status;
}

struct thing_call {
    int64_t expected, remove_type, merge;
};
#define GIVEN(field, what, called) MEMBER(thing_call, field, what, called)

static int check_version(struct call *c, const struct thing *t,
                         int64_t expected)
{
    if (expected < 0 || expected == t->version)
        return 0;
    return call_fail(c, FAULT_VERSION_CONFLICT,
                     "Thing %s has version %lld, not %lld", t->name,
                     (long long)t->version, (long long)expected);
}

int call_update_thing(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(expected, SHAPE_NUMBER, "expectedVersion")},
        {GIVEN(remove_type, SHAPE_FLAG, "removeThingType")},
        {GIVEN(merge, SHAPE_FLAG, "attributePayload.merge")},
    };
    struct thing_call g = {.expected = -1};
    struct thing t;
    char *before;
    int status = find(c, &t);

    if (status == 0)
        status = call_read(c, in, CALL_COUNT(in), &g);
    if (status == 0)
        status = check_version(c, &t, g.expected);
    if (status == 0) {
        before = strdup(t.attributes);
        status = before ? call_read(c, content, CALL_COUNT(content), &t)
                        : call_internal(c);
        if (status == 0 && g.merge)
            status = call_merge(c, before, &t.attributes);
        free(before);
    }
    if (status == 0 && g.remove_type) {
        free(t.type);
        t.type = NULL;
    }
    t.version++;
    if (status == 0 && rows_update(c->rows, &thing_table, &t) != 0)
        status = call_internal(c);
    rows_clear(&thing_table, &t);
    c->changed = 1;
    return status;
}

/* A thing that is not there is deleted already. */
int call_delete_thing(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(expected, SHAPE_NUMBER, "expectedVersion"),
         .place = SHAPE_QUERY},
    };
    struct thing_call g = {.expected = -1};
    struct thing t;
    int status = find(c, &t);
    const struct rows_query q = {
        .table = &principal_table, .column = {"thing"}, .value = {t.name}};

    if (status != 0)
        return c->fault == FAULT_NOT_FOUND ? 0 : -1;
    status = call_read(c, in, 1, &g);
    if (status == 0)
        status = check_version(c, &t, g.expected);
    if (status == 0 && rows_count(c->rows, &q) > 0)
        status = call_fail(c, FAULT_INVALID_REQUEST,
                           "Cannot delete. Thing %s is still attached to one "
                           "or more principals",
                           t.name);
    if (status == 0 && rows_delete(c->rows, &thing_table, t.name, NULL) != 0)
        status = call_internal(c);
    rows_clear(&thing_table, &t);
    return status;
}

int call_list_things(struct call *c)
{
    static const struct shape in[] = {
        {THING(type, SHAPE_TEXT, "thingTypeName"), .place = SHAPE_QUERY,
         .min = 1, .max = 128, .set = NAME_SET},
        {THING(attributes, SHAPE_TEXT, "attributeName"), .place = SHAPE_QUERY},
    };
    struct rows_query q = {.table = &thing_table};
    struct thing filter = {0};
    int status = call_read(c, in, CALL_COUNT(in), &filter);

    if (status == 0 && filter.attributes != NULL)
        status = call_fail(c, FAULT_INVALID_REQUEST,
                           "Things are not searched by attribute here");
    if (filter.type != NULL) {
        q.column[0] = "type";
        q.value[0] = filter.type;
    }
    if (status == 0)
        status = call_list(c, CALL_TOKEN, "things", &q, told, TOLD_IN_LISTS);
    rows_clear(&thing_table, &filter);
    return status;
}

#define PRINCIPAL(field, what, called)                                         \
    MEMBER(thing_principal, field, what, called)
static const char *const exclusive_words[] = {"NON_EXCLUSIVE_THING",
                                              "EXCLUSIVE_THING", NULL};
static const struct shape pair[] = {
    {PRINCIPAL(thing, SHAPE_TEXT, "thingName"), .place = SHAPE_PATH,
     .required = 1, .min = 1, .max = 128, .set = NAME_SET},
    {PRINCIPAL(principal, SHAPE_TEXT, "x-amzn-principal"),
     .place = SHAPE_HEADER, .required = 1},
    {PRINCIPAL(exclusive, SHAPE_WORD, "thingPrincipalType"),
     .place = SHAPE_QUERY, .words = exclusive_words},
};

static int find_pair(struct call *c, struct thing_principal *out)
{
    struct device_certificate d = {0};
    struct thing t = {0};
    int status = call_read(c, pair, CALL_COUNT(pair), out);

    if (status == 0 &&
        (call_need(c, &thing_table, &t, out->thing, NULL, "Thing") != 0 ||
         certificate_of_arn(c, out->principal, &d) != 0))
        status = -1;
    rows_clear(&thing_table, &t);
    rows_clear(&certificate_table, &d);
    return status;
}

/* An exclusive certificate has one thing. */
static int check_exclusive(struct call *c, const struct thing_principal *p)
{
    const struct rows_query q = {.table = &principal_table,
                                 .column = {"principal"},
                                 .value = {p->principal}};
    struct rows_page page;
    int status = rows_list(c->rows, &q, &page) == 0 ? 0 : call_internal(c);

    for (size_t i = 0; i < page.count && status == 0; i++) {
        const struct thing_principal *other =
            (struct thing_principal *)page.items + i;

        if (strcmp(other->thing, p->thing) != 0 &&
            (other->exclusive || p->exclusive))
            status = call_fail(c, FAULT_INVALID_REQUEST,
                               "%s is attached to thing %s, and one of both is "
                               "exclusive",
                               p->principal, other->thing);
    }
    rows_page_clear(&principal_table, &page);
    return status;
}

int call_attach_thing_principal(struct call *c)
{
    struct thing_principal p = {0};
    int status = find_pair(c, &p);

    if (status == 0)
        status = check_exclusive(c, &p);
    if (status == 0 && rows_insert(c->rows, &principal_table, &p) < 0)
        status = call_internal(c);
    rows_clear(&principal_table, &p);
    c->changed = 1;
    return status;
}

int call_detach_thing_principal(struct call *c)
{
    struct thing_principal p = {0};
    int status = find_pair(c, &p);

    if (status == 0 &&
        rows_delete(c->rows, &principal_table, p.thing, p.principal) < 0)
        status = call_internal(c);
    rows_clear(&principal_table, &p);
    c->changed = 1;
    return status;
}

int call_list_thing_principals(struct call *c)
{
    static const struct shape members[] = {
        {PRINCIPAL(principal, SHAPE_TEXT, "")},
    };
    struct rows_query q = {.table = &principal_table, .column = {"thing"}};
    struct thing t;
    int status = find(c, &t);

    q.value[0] = t.name;
    if (status == 0)
        status = call_list(c, CALL_TOKEN, "principals", &q, members, 1);
    rows_clear(&thing_table, &t);
    return status;
}

int call_list_principal_things(struct call *c)
{
    static const struct shape members[] = {{PRINCIPAL(thing, SHAPE_TEXT, "")}};
    struct rows_query q = {.table = &principal_table, .column = {"principal"}};
    struct device_certificate d = {0};
    struct thing_principal p = {0};
    int status = call_read(c, pair + 1, 1, &p);

    if (status == 0)
        status = certificate_of_arn(c, p.principal, &d);
    q.value[0] = p.principal;
    if (status == 0)
        status = call_list(c, CALL_TOKEN, "things", &q, members, 1);
    rows_clear(&principal_table, &p);
    rows_clear(&certificate_table, &d);
    return status;
}
