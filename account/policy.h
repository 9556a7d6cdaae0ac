/* IoT policies: a document read into statements, and what they say of an
 * action. Const once read; pure after that, so any thread may ask. */
#ifndef ACCOUNT_POLICY_H
#define ACCOUNT_POLICY_H

#include <stddef.h>

enum policy_operator {
    POLICY_STRING_EQUALS,
    POLICY_STRING_EQUALS_IGNORE_CASE,
    POLICY_STRING_LIKE,
    POLICY_BOOL,
};

struct policy_condition {
    enum policy_operator op;
    int negated;   /* StringNotEquals */
    int if_exists; /* ...IfExists: holds where the key has no value */
    char *key;     /* "iot:Connection.Thing.IsAttached" */
    char **values; /* any of them; end with NULL */
};

struct policy_statement {
    int allow;                   /* 0: denies */
    char **actions, **resources; /* end with NULL */
    struct policy_condition *conditions;
    size_t conditions_count;
};

struct policy_document {
    struct policy_statement *statements;
    size_t count;
};

/* POLICY_ACTION: an action is shorter. */
enum { POLICY_WHY = 200, POLICY_ACTION = 64 };

/* Reads a document (JSON). NULL with one sentence in why, which says which
 * statement and member is wrong. What this program cannot judge is refused,
 * never passed over. policy_document_free(NULL) is fine. */
struct policy_document *policy_document_read(const char *text,
                                             char why[static POLICY_WHY]);
void policy_document_free(struct policy_document *d);

/* One thing that a client wants to do. */
struct policy_request {
    const char *action;   /* "iot:Publish" */
    const char *resource; /* "arn:aws:iot:us-east-1:123456789012:topic/a/b" */
    /* The value of a policy variable ("iot:ClientId"), borrowed; NULL: it has
     * none, and then whatever names it does not match. */
    const char *(*variable)(const void *context, const char *name);
    const void *context;
};

enum policy_effect { POLICY_NOTHING, POLICY_ALLOW, POLICY_DENY };

/* Any Deny that matches wins over any Allow. */
enum policy_effect policy_decide(struct policy_document *const *documents,
                                 size_t count, const struct policy_request *r);

/* Does text match a pattern with * and ?, and with variables ("${iot:ClientId}"
 * and the literals ${*}, ${?}, ${$})? A variable's value is taken as it is: a *
 * in it is no wildcard. r NULL: there are no variables. 1 or 0. */
int policy_match(const char *pattern, const char *text,
                 const struct policy_request *r);

#endif
