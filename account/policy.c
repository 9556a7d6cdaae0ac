/* What the statements say. Must not know JSON (policy_codec.c). */
#include "account/policy.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A pattern after its variables were put in. */
enum { TOKEN_ANY = 256, TOKEN_ONE = 257 };
struct pattern {
    uint16_t *tokens; /* bytes, or TOKEN_* */
    size_t size, room;
};

static int put(struct pattern *p, unsigned token)
{
    uint16_t *grown;

    if (p->size == p->room) {
        p->room = p->room ? 2 * p->room : 128;
        grown = realloc(p->tokens, p->room * sizeof *grown);
        if (grown == NULL)
            return -1;
        p->tokens = grown;
    }
    p->tokens[p->size++] = (uint16_t)token;
    return 0;
}

/* The value of what stands between "${" and "}"; NULL: none. */
static const char *variable(const char *name, size_t size,
                            const struct policy_request *r)
{
    static const char *const literals[] = {"*", "?", "$"};
    char text[128];

    for (int i = 0; i < 3; i++)
        if (size == 1 && *name == *literals[i])
            return literals[i];
    if (r == NULL || r->variable == NULL || size >= sizeof text)
        return NULL;
    memcpy(text, name, size);
    text[size] = '\0';
    return r->variable(r->context, text);
}

/* 0, or -1: a variable has no value, or memory is out. */
static int expand(const char *text, const struct policy_request *r,
                  struct pattern *out)
{
    while (*text != '\0') {
        const char *end =
            text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;
        const char *value;

        if (end == NULL) {
            if (put(out, *text == '*'   ? TOKEN_ANY
                         : *text == '?' ? TOKEN_ONE
                                        : (uint8_t)*text) != 0)
                return -1;
            text++;
            continue;
        }
        value = variable(text + 2, (size_t)(end - text) - 2, r);
        if (value == NULL)
            return -1;
        for (; *value != '\0'; value++)
            if (put(out, (uint8_t)*value) != 0)
                return -1;
        text = end + 1;
    }
    return 0;
}

/* Goes back to the last * only, so that no pattern takes exponential time. */
static int match(const struct pattern *p, const char *text)
{
    size_t i = 0, back = SIZE_MAX;
    const char *at = NULL;

    while (*text != '\0') {
        if (i < p->size && p->tokens[i] == TOKEN_ANY) {
            back = i++;
            at = text;
        } else if (i < p->size && (p->tokens[i] == TOKEN_ONE ||
                                   p->tokens[i] == (uint8_t)*text)) {
            i++;
            text++;
        } else if (back != SIZE_MAX) {
            i = back + 1;
            text = ++at;
        } else {
            return 0;
        }
    }
    while (i < p->size && p->tokens[i] == TOKEN_ANY)
        i++;
    return i == p->size;
}

int policy_match(const char *pattern, const char *text,
                 const struct policy_request *r)
{
    struct pattern p = {NULL, 0, 0};
    int yes = expand(pattern, r, &p) == 0 && match(&p, text);

    free(p.tokens);
    return yes;
}

/* 0, or -1: it is longer than any action. */
static int lower(const char *text, char out[static POLICY_ACTION])
{
    size_t size = strlen(text);

    if (size >= POLICY_ACTION)
        return -1;
    for (size_t i = 0; i < size; i++)
        out[i] =
            (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    out[size] = '\0';
    return 0;
}

/* Actions are matched whatever the case, as IAM does. */
static int action_matches(const char *pattern, const char *action)
{
    char a[POLICY_ACTION] = "", b[POLICY_ACTION] = "";

    return lower(pattern, a) == 0 && lower(action, b) == 0 &&
           policy_match(a, b, NULL);
}

/* The wanted value with its variables put in, against what the key has. */
static int value_matches(const struct policy_condition *c, const char *wanted,
                         const char *is, const struct policy_request *r)
{
    struct pattern p = {NULL, 0, 0};
    int yes = 0;

    if (c->op == POLICY_STRING_LIKE)
        return policy_match(wanted, is, r);
    if (expand(wanted, r, &p) == 0) {
        yes = p.size == strlen(is);
        for (size_t i = 0; yes && i < p.size; i++) {
            char w = p.tokens[i] == TOKEN_ANY   ? '*'
                     : p.tokens[i] == TOKEN_ONE ? '?'
                                                : (char)p.tokens[i];

            yes = c->op == POLICY_STRING_EQUALS
                      ? w == is[i]
                      : strncasecmp(&w, is + i, 1) == 0;
        }
    }
    free(p.tokens);
    return yes;
}

static int condition_holds(const struct policy_condition *c,
                           const struct policy_request *r)
{
    const char *is = r->variable ? r->variable(r->context, c->key) : NULL;
    int any = 0;

    /* A key without a value: only what is negated holds, as in IAM. */
    if (is == NULL)
        return c->if_exists || c->negated;
    for (size_t i = 0; c->values[i] != NULL && !any; i++)
        any = value_matches(c, c->values[i], is, r);
    return c->negated ? !any : any;
}

static int statement_matches(const struct policy_statement *s,
                             const struct policy_request *r)
{
    int action = 0, resource = 0;

    for (size_t i = 0; s->actions[i] != NULL && !action; i++)
        action = action_matches(s->actions[i], r->action);
    for (size_t i = 0; s->resources[i] != NULL && action && !resource; i++)
        resource = policy_match(s->resources[i], r->resource, r);
    if (!resource)
        return 0;
    for (size_t i = 0; i < s->conditions_count; i++)
        if (!condition_holds(&s->conditions[i], r))
            return 0;
    return 1;
}

enum policy_effect policy_decide(struct policy_document *const *documents,
                                 size_t count, const struct policy_request *r)
{
    enum policy_effect effect = POLICY_NOTHING;

    for (size_t d = 0; d < count; d++)
        for (size_t i = 0; i < documents[d]->count; i++) {
            const struct policy_statement *s = &documents[d]->statements[i];

            if (!statement_matches(s, r))
                continue;
            if (!s->allow)
                return POLICY_DENY;
            effect = POLICY_ALLOW;
        }
    return effect;
}

static void texts_free(char **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        free(list[i]);
    free(list);
}

void policy_document_free(struct policy_document *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->count; i++) {
        struct policy_statement *s = &d->statements[i];

        texts_free(s->actions);
        texts_free(s->resources);
        for (size_t k = 0; k < s->conditions_count; k++) {
            free(s->conditions[k].key);
            texts_free(s->conditions[k].values);
        }
        free(s->conditions);
    }
    free(d->statements);
    free(d);
}
