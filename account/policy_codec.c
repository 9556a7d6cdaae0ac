/* The JSON of a policy document into statements. Refuses what it cannot judge.
 */
#include "account/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

struct reading {
    char *why;
    size_t at; /* number of the statement, from 0 */
};

/* Always -1. The first sentence stays. */
__attribute__((format(printf, 2, 3))) static int fail(struct reading *r,
                                                      const char *fmt, ...)
{
    va_list args;
    int used;

    if (r->why[0] != '\0')
        return -1;
    used = snprintf(r->why, POLICY_WHY, "Statement %zu: ", r->at + 1);
    va_start(args, fmt);
    vsnprintf(r->why + used, POLICY_WHY - (size_t)used, fmt, args);
    va_end(args);
    return -1;
}

/* A text, or a list of texts that is not empty. NULL on failure. */
static char **texts(struct reading *r, const char *key, const json_t *value)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    char **list = calloc(count + 1, sizeof *list);

    for (size_t i = 0; list != NULL && i < count; i++) {
        const json_t *item =
            json_is_array(value) ? json_array_get(value, i) : value;
        const char *text = json_is_boolean(item)
                               ? (json_is_true(item) ? "true" : "false")
                               : json_string_value(item);

        list[i] = text ? strdup(text) : NULL;
        if (list[i] != NULL)
            continue;
        for (size_t k = 0; k < i; k++)
            free(list[k]);
        free(list);
        list = NULL;
    }
    if (list != NULL && count > 0)
        return list;
    free(list);
    fail(r, "%s must be a string or a list of strings", key);
    return NULL;
}

/* Operators by their name in a document. Of the numeric, date and address ones
 * no key that a device's connection has would be compared. */
static const struct {
    const char *name;
    enum policy_operator op;
    int negated;
} operators[] = {
    {"StringEquals", POLICY_STRING_EQUALS, 0},
    {"StringNotEquals", POLICY_STRING_EQUALS, 1},
    {"StringEqualsIgnoreCase", POLICY_STRING_EQUALS_IGNORE_CASE, 0},
    {"StringNotEqualsIgnoreCase", POLICY_STRING_EQUALS_IGNORE_CASE, 1},
    {"StringLike", POLICY_STRING_LIKE, 0},
    {"StringNotLike", POLICY_STRING_LIKE, 1},
    {"Bool", POLICY_BOOL, 0},
};

/* Every key here has one value at most, so that both sets mean the same but for
 * a key without a value: ForAllValues holds there. */
static int read_operator(struct reading *r, const char *name,
                         struct policy_condition *out)
{
    static const char all[] = "ForAllValues:", any[] = "ForAnyValue:";
    static const char exists[] = "IfExists";
    const char *base = name;
    size_t size;

    if (strncmp(base, all, sizeof all - 1) == 0) {
        base += sizeof all - 1;
        out->if_exists = 1;
    } else if (strncmp(base, any, sizeof any - 1) == 0) {
        base += sizeof any - 1;
    }
    size = strlen(base);
    if (size > sizeof exists - 1 &&
        strcmp(base + size - (sizeof exists - 1), exists) == 0) {
        size -= sizeof exists - 1;
        out->if_exists = 1;
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strlen(operators[i].name) == size &&
            strncmp(operators[i].name, base, size) == 0) {
            out->op = operators[i].op;
            out->negated = operators[i].negated;
            return 0;
        }
    return fail(r, "the condition operator %.60s is none that is judged here",
                name);
}

/* One key of one operator. */
static int read_condition(struct reading *r, struct policy_statement *s,
                          const char *name, const char *key,
                          const json_t *value)
{
    struct policy_condition c = {.key = strdup(key)};
    struct policy_condition *grown;

    if (read_operator(r, name, &c) == 0)
        c.values = texts(r, key, value);
    grown = realloc(s->conditions,
                    (s->conditions_count + 1) * sizeof *s->conditions);
    if (grown != NULL)
        s->conditions = grown;
    if (grown == NULL || c.key == NULL) {
        free(c.key);
        free(c.values);
        return fail(r, "out of memory");
    }
    s->conditions[s->conditions_count++] = c;
    return c.values ? 0 : -1;
}

static int read_conditions(struct reading *r, struct policy_statement *s,
                           json_t *object)
{
    const char *name, *key;
    json_t *keys, *value;

    if (object != NULL && !json_is_object(object))
        return fail(r, "Condition must be an object");
    json_object_foreach(object, name, keys)
    {
        if (!json_is_object(keys))
            return fail(r, "Condition.%.60s must be an object", name);
        json_object_foreach(keys, key, value)
        {
            if (read_condition(r, s, name, key, value) != 0)
                return -1;
        }
    }
    return 0;
}

static int check_keys(struct reading *r, json_t *object)
{
    static const char *const known[] = {"Sid",      "Effect",    "Action",
                                        "Resource", "Condition", NULL};
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t i = 0;

        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] == NULL)
            return fail(r, "%.60s is no member of a statement", key);
    }
    return 0;
}

static int read_statement(struct reading *r, json_t *object,
                          struct policy_statement *out)
{
    const char *effect = json_string_value(json_object_get(object, "Effect"));

    if (!json_is_object(object))
        return fail(r, "it is no object");
    if (check_keys(r, object) != 0)
        return -1;
    if (effect == NULL ||
        (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
        return fail(r, "Effect must be Allow or Deny");
    out->allow = strcmp(effect, "Allow") == 0;
    out->actions = texts(r, "Action", json_object_get(object, "Action"));
    out->resources = texts(r, "Resource", json_object_get(object, "Resource"));
    if (out->actions == NULL || out->resources == NULL)
        return -1;
    for (size_t i = 0; out->actions[i] != NULL; i++)
        if ((strcmp(out->actions[i], "*") != 0 &&
             strncmp(out->actions[i], "iot:", 4) != 0) ||
            strlen(out->actions[i]) >= POLICY_ACTION)
            return fail(r, "the action %.60s is none of iot:", out->actions[i]);
    return read_conditions(r, out, json_object_get(object, "Condition"));
}

static int read_document(struct reading *r, json_t *object,
                         struct policy_document *out)
{
    json_t *list = json_object_get(object, "Statement");
    const char *version = json_string_value(json_object_get(object, "Version"));
    size_t count = json_is_array(list) ? json_array_size(list) : 1;

    if (version == NULL || (strcmp(version, "2012-10-17") != 0 &&
                            strcmp(version, "2008-10-17") != 0)) {
        snprintf(r->why, POLICY_WHY, "Version must be \"2012-10-17\"");
        return -1;
    }
    if (list == NULL || count == 0) {
        snprintf(r->why, POLICY_WHY, "there is no Statement");
        return -1;
    }
    out->statements = calloc(count, sizeof *out->statements);
    out->count = out->statements ? count : 0;
    for (r->at = 0; r->at < out->count; r->at++)
        if (read_statement(
                r, json_is_array(list) ? json_array_get(list, r->at) : list,
                &out->statements[r->at]) != 0)
            return -1;
    return out->count > 0 ? 0 : fail(r, "out of memory");
}

struct policy_document *policy_document_read(const char *text,
                                             char why[static POLICY_WHY])
{
    struct policy_document *d = calloc(1, sizeof *d);
    struct reading r = {why, 0};
    json_error_t error;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    int bad = 1;

    why[0] = '\0';
    if (!json_is_object(object))
        snprintf(why, POLICY_WHY, "it is no JSON object%s%s",
                 object ? "" : ": ", object ? "" : error.text);
    else if (d == NULL)
        snprintf(why, POLICY_WHY, "out of memory");
    else
        bad = read_document(&r, object, d) != 0;
    json_decref(object);
    if (!bad)
        return d;
    policy_document_free(d);
    return NULL;
}
