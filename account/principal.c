/* A client certificate as the account sees it, taken out of the store at one
 * moment; and what its policies permit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"
#include "account/policy.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/pem.h"
#include "pki/inspect.h"

struct own_thing {
    struct thing thing;
    int exclusive;
    struct call_parameter *attributes;
    size_t attributes_count;
};

struct account_principal {
    enum account_certificate state;
    char account[16], region[32];
    struct inspected certificate;
    struct policy_document **documents;
    size_t documents_count;
    struct own_thing *things;
    size_t things_count;
};

struct asking { /* a question that runs as a call does */
    struct call c;
    const uint8_t *der;
    size_t size;
    const char *id;
    struct account_principal *out;
};

void account_principal_free(struct account_principal *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->documents_count; i++)
        policy_document_free(p->documents[i]);
    for (size_t i = 0; i < p->things_count; i++) {
        rows_clear(&thing_table, &p->things[i].thing);
        call_map_free(p->things[i].attributes, p->things[i].attributes_count);
    }
    free(p->documents);
    free(p->things);
    inspect_clear(&p->certificate);
    free(p);
}

/* The default version of one policy. */
static int read_policy(struct call *c, const char *name,
                       struct policy_document **out)
{
    struct policy p;
    struct policy_version v = {0};
    char why[POLICY_WHY] = "";
    int status = rows_get(c->rows, &policy_table, &p, name, NULL);

    if (status == 0)
        status = rows_get(c->rows, &version_table, &v, name, p.current);
    if (status == 0)
        *out = policy_document_read(v.document, why);
    if (status == 0 && *out == NULL)
        diag("policy %s: %s", name, why);
    rows_clear(&policy_table, &p);
    rows_clear(&version_table, &v);
    return *out ? 0 : -1;
}

static int read_policies(struct call *c, const char *arn,
                         struct account_principal *p)
{
    const struct rows_query q = {
        .table = &attachment_table, .column = {"target"}, .value = {arn}};
    struct rows_page page;
    int status = rows_list(c->rows, &q, &page);

    p->documents = calloc(page.count + 1, sizeof(struct policy_document *));
    if (p->documents == NULL)
        status = -1;
    for (size_t i = 0; i < page.count && status == 0; i++) {
        const struct attachment *a = (struct attachment *)page.items + i;

        status = read_policy(c, a->policy, &p->documents[i]);
        p->documents_count += status == 0;
    }
    rows_page_clear(&attachment_table, &page);
    return status;
}

static int read_things(struct call *c, const char *arn,
                       struct account_principal *p)
{
    const struct rows_query q = {
        .table = &principal_table, .column = {"principal"}, .value = {arn}};
    struct rows_page page;
    int status = rows_list(c->rows, &q, &page);

    p->things = calloc(page.count + 1, sizeof *p->things);
    if (p->things == NULL)
        status = -1;
    for (size_t i = 0; i < page.count && status == 0; i++) {
        const struct thing_principal *t =
            (struct thing_principal *)page.items + i;
        struct own_thing *own = &p->things[i];

        status = rows_get(c->rows, &thing_table, &own->thing, t->thing, NULL);
        if (status != 0)
            break;
        own->exclusive = t->exclusive != 0;
        own->attributes =
            call_map_read(own->thing.attributes, &own->attributes_count);
        p->things_count++;
    }
    rows_page_clear(&principal_table, &page);
    return status == 0 ? 0 : -1;
}

/* What the account thinks of a certificate that it has not. */
static int state_by_ca(struct call *c, struct account_principal *p)
{
    struct ca_certificate ca;
    int several, status = ca_find(c, &p->certificate, &ca, &several);

    p->state = status == 0 && ca.status == STATUS_ACTIVE &&
                       ca.automatic == SWITCH_ENABLED
                   ? ACCOUNT_UNKNOWN_OF_CA
                   : ACCOUNT_UNKNOWN;
    rows_clear(&ca_table, &ca);
    return status < 0 ? -1 : 0;
}

static int ask_principal(struct call *c)
{
    /* account.h's states in the store's order. */
    static const enum account_certificate states[] = {
        ACCOUNT_ACTIVE,
        ACCOUNT_INACTIVE,
        ACCOUNT_REVOKED,
        ACCOUNT_PENDING_TRANSFER,
        ACCOUNT_REGISTER_INACTIVE,
        ACCOUNT_PENDING_ACTIVATION};
    struct account_principal *p = ((struct asking *)c)->out;
    struct device_certificate d;
    int status =
        rows_get(c->rows, &certificate_table, &d, p->certificate.sha256, NULL);

    if (status == 1)
        return state_by_ca(c, p);
    if (status == 0) {
        p->state = states[d.status];
        if (p->state == ACCOUNT_ACTIVE && d.not_after < c->now &&
            c->account->options.refuses_expired)
            p->state = ACCOUNT_EXPIRED;
        status = read_policies(c, d.arn, p);
    }
    if (status == 0)
        status = read_things(c, d.arn, p);
    rows_clear(&certificate_table, &d);
    return status;
}

static struct account_principal *principal_new(const struct account *a)
{
    struct account_principal *p = calloc(1, sizeof *p);

    if (p == NULL) {
        diag("out of memory");
        return NULL;
    }
    snprintf(p->account, sizeof p->account, "%s", a->id);
    snprintf(p->region, sizeof p->region, "%s", a->region);
    p->state = ACCOUNT_UNKNOWN;
    return p;
}

struct account_principal *account_principal(struct account *a,
                                            const uint8_t *der, size_t size)
{
    struct account_principal *p = principal_new(a);
    struct asking ask = {.c = {.account = a}, .out = p};
    char why[INSPECT_WHY];

    /* What is no certificate is one that nobody knows. */
    if (p == NULL || inspect_der(der, size, &p->certificate, why) != 0)
        return p;
    if (account_run(&ask.c, ask_principal) == 0)
        return p;
    account_principal_free(p);
    return NULL;
}

static int ask_by_id(struct call *c)
{
    struct asking *ask = (struct asking *)c;
    struct device_certificate d;
    char why[INSPECT_WHY];
    int status = rows_get(c->rows, &certificate_table, &d, ask->id, NULL);

    if (status == 0)
        status = inspect_pem(d.pem, &ask->out->certificate, why);
    rows_clear(&certificate_table, &d);
    return status == 0 ? ask_principal(c) : status < 0 ? -1 : 0;
}

struct account_principal *account_principal_of_id(struct account *a,
                                                  const char *id)
{
    struct account_principal *p = principal_new(a);
    struct asking ask = {.c = {.account = a}, .id = id, .out = p};

    if (p == NULL || account_run(&ask.c, ask_by_id) == 0)
        return p;
    account_principal_free(p);
    return NULL;
}

enum account_certificate account_state(const struct account_principal *p)
{
    return p->state;
}

const char *account_certificate_id(const struct account_principal *p)
{
    return p->certificate.sha256;
}

static int ask_register(struct call *c)
{
    struct asking *ask = (struct asking *)c;
    struct account_principal *p = ask->out;
    struct device_certificate made = {0};
    struct ca_certificate ca = {0};
    char *pem = NULL;
    int several = 0, status = ask_principal(c);

    if (status != 0 || p->state != ACCOUNT_UNKNOWN_OF_CA)
        return status;
    status = ca_find(c, &p->certificate, &ca, &several);
    pem = pem_certificate(ask->der, ask->size);
    if (status == 0)
        status = pem ? certificate_add(c, &p->certificate, pem, ca.id,
                                       STATUS_PENDING_ACTIVATION, (int)ca.mode,
                                       &made)
                     : call_internal(c);
    free(pem);
    rows_clear(&ca_table, &ca);
    rows_clear(&certificate_table, &made);
    return status;
}

int account_register(struct account *a, const uint8_t *der, size_t size)
{
    struct account_principal *p = calloc(1, sizeof *p);
    struct asking ask = {
        .c = {.account = a}, .der = der, .size = size, .out = p};
    char why[INSPECT_WHY];
    int status = 0;

    if (p == NULL) {
        diag("out of memory");
        return -1;
    }
    if (inspect_der(der, size, &p->certificate, why) == 0)
        status = account_run(&ask.c, ask_register);
    account_principal_free(p);
    return status;
}

/* --- what it permits --- */

static const struct own_thing *thing_of(const struct account_principal *p,
                                        const char *client_id)
{
    const struct own_thing *exclusive = NULL;

    for (size_t i = 0; i < p->things_count; i++) {
        if (client_id != NULL &&
            strcmp(p->things[i].thing.name, client_id) == 0)
            return &p->things[i];
        if (p->things[i].exclusive)
            exclusive = &p->things[i];
    }
    return exclusive;
}

const char *account_thing(const struct account_principal *p,
                          const char *client_id)
{
    const struct own_thing *t = thing_of(p, client_id);

    return t ? t->thing.name : NULL;
}

struct subject { /* whose variables are asked for */
    const struct account_principal *p;
    const struct account_connection *connection;
    const struct own_thing *thing;
};

static const char *attribute(const struct own_thing *t, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < t->attributes_count && size > 0; i++)
        if (strlen(t->attributes[i].name) == size - 1 &&
            name[size - 1] == ']' &&
            strncmp(t->attributes[i].name, name, size - 1) == 0)
            return t->attributes[i].value;
    return NULL;
}

/* `name` is what stands behind "iot:Connection.Thing.". */
static const char *thing_variable(const struct own_thing *t, const char *name)
{
    static const char attributes[] = "Attributes[";

    if (strcmp(name, "IsAttached") == 0)
        return t ? "true" : "false";
    if (t == NULL)
        return NULL;
    if (strcmp(name, "ThingName") == 0)
        return t->thing.name;
    if (strcmp(name, "ThingTypeName") == 0)
        return t->thing.type;
    if (strncmp(name, attributes, sizeof attributes - 1) == 0)
        return attribute(t, name + sizeof attributes - 1);
    return NULL;
}

static const char *variable(const void *context, const char *name)
{
    static const char thing[] = "iot:Connection.Thing.";
    const struct subject *s = context;
    const struct {
        const char *name, *value;
    } known[] = {
        {"iot:ClientId", s->connection->client_id},
        {"iot:DomainName", s->connection->domain_name},
        {"aws:SourceIp", s->connection->source},
        {"iot:CertificateId", s->p->certificate.sha256},
        {"iot:Certificate.Subject.CommonName", s->p->certificate.common_name},
        {"iot:Certificate.SerialNumber", s->p->certificate.serial},
    };

    for (size_t i = 0; i < CALL_COUNT(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].value;
    if (strncmp(name, thing, sizeof thing - 1) == 0)
        return thing_variable(s->thing, name + sizeof thing - 1);
    return NULL;
}

int account_permits(const struct account_principal *p,
                    const struct account_connection *connection,
                    enum account_action action, const char *name)
{
    static const struct {
        const char *action, *kind;
    } actions[] = {{"iot:Connect", "client"},
                   {"iot:Publish", "topic"},
                   {"iot:RetainPublish", "topic"},
                   {"iot:Subscribe", "topicfilter"},
                   {"iot:Receive", "topic"}};
    const struct subject s = {p, connection,
                              thing_of(p, connection->client_id)};
    char *arn;
    struct policy_request r = {actions[action].action, NULL, variable, &s};
    int yes;

    if (p->state != ACCOUNT_ACTIVE)
        return 0;
    arn = format("arn:%s:iot:%s:%s:%s/%s", region_partition(p->region),
                 p->region, p->account, actions[action].kind, name);
    r.resource = arn;
    yes = arn != NULL &&
          policy_decide(p->documents, p->documents_count, &r) == POLICY_ALLOW;
    free(arn);
    return yes;
}
