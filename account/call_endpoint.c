/* DescribeEndpoint, and where endpoints are. The regions are those of the
 * announcement of 2018: all later ones have endpoints under Amazon's own roots
 * only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"

/* Who had endpoints under VeriSign's root, and the policy they were left at. */
static const char policy_2015[] = "IoTSecurityPolicy_TLS12_1_0_2015_01";
static const char policy_2016[] = "IoTSecurityPolicy_TLS12_1_0_2016_01";
static const struct {
    const char *region, *policy;
} legacy[] = {
    {"us-east-2", policy_2016},      {"us-east-1", policy_2015},
    {"us-west-2", policy_2015},      {"ap-southeast-1", policy_2015},
    {"ap-southeast-2", policy_2016}, {"ap-northeast-1", policy_2015},
    {"ap-northeast-2", policy_2016}, {"eu-central-1", policy_2015},
    {"eu-west-1", policy_2015},      {"eu-west-2", policy_2016},
    {"cn-north-1", policy_2016},
};

static int legacy_index(const char *region)
{
    for (size_t i = 0; i < CALL_COUNT(legacy); i++)
        if (strcmp(legacy[i].region, region) == 0)
            return (int)i;
    return -1;
}

int region_is_legacy(const char *region)
{
    return legacy_index(region) >= 0;
}

const char *region_policy(const char *region)
{
    int i = legacy_index(region);

    return i >= 0 ? legacy[i].policy : policy_2016;
}

const char *region_suffix(const char *region)
{
    return strncmp(region, "cn-", 3) == 0 ? "amazonaws.com.cn"
                                          : "amazonaws.com";
}

const char *region_partition(const char *region)
{
    if (strncmp(region, "cn-", 3) == 0)
        return "aws-cn";
    return strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov" : "aws";
}

static const struct type {
    const char *name, *before, *after; /* the prefix stands between */
    int service;
    int retired; /* in 2026 */
} types[] = {
    {"iot:Data", "", ".iot", SERVICE_DATA, 1},
    {"iot:Data-ATS", "", "-ats.iot", SERVICE_DATA, 0},
    {"iot:CredentialProvider", "c", ".credentials.iot",
     SERVICE_CREDENTIAL_PROVIDER, 0},
    {"iot:Jobs", "", ".jobs.iot", SERVICE_JOBS, 1},
};

static const struct type *type_find(struct call *c, const char *name)
{
    const struct account *a = c->account;
    const struct type *t = NULL;

    for (size_t i = 0; i < CALL_COUNT(types); i++)
        if (strcmp(types[i].name, name) == 0)
            t = &types[i];
    if (t == NULL)
        call_fail(c, FAULT_INVALID_REQUEST,
                  "Endpoint type %.60s is not one of iot:Data, iot:Data-ATS, "
                  "iot:CredentialProvider, iot:Jobs",
                  name);
    else if (t->retired && a->era == ACCOUNT_2026)
        call_fail(c, FAULT_INVALID_REQUEST,
                  "Endpoint type %s is retired. Use iot:Data-ATS", name);
    else if (t == types && !region_is_legacy(a->region))
        call_fail(c, FAULT_INVALID_REQUEST,
                  "Endpoint type iot:Data is not supported in region %s. Use "
                  "iot:Data-ATS",
                  a->region);
    else
        return t;
    return NULL;
}

static char *address_of(const struct account *a, const struct type *t)
{
    char *out;

    return asprintf(&out, "%s%s%s.%s.%s", t->before, a->prefix, t->after,
                    a->region, region_suffix(a->region)) < 0
               ? NULL
               : out;
}

/* The row of a new endpoint. In 2018 they came with the region's policy. */
static int endpoint_make(struct call *c, const struct type *t,
                         struct domain *out)
{
    const struct account *a = c->account;

    *out = (struct domain){
        .name = strdup(t->name),
        .arn = call_arn(c, "domainconfiguration/%s", t->name),
        .service = t->service,
        .type = DOMAIN_ENDPOINT,
        .status = SWITCH_ENABLED,
        .changed = c->now,
        .policy = strdup(a->era == ACCOUNT_2018
                             ? region_policy(a->region)
                             : "IoTSecurityPolicy_TLS13_1_2_2022_10"),
        .authentication = AUTHENTICATION_DEFAULT,
        .protocol = PROTOCOL_DEFAULT,
    };
    out->domain_name = address_of(a, t);
    c->changed = 1;
    return out->name && out->arn && out->policy && out->domain_name &&
                   rows_insert(c->rows, &domain_table, out) == 0
               ? 0
               : call_internal(c);
}

int endpoint_address(struct call *c, const char *type, char **out)
{
    const struct type *t = type_find(c, type);
    struct domain d;
    int status;

    if (t == NULL)
        return -1;
    status = rows_get(c->rows, &domain_table, &d, type, NULL);
    if (status == 1)
        status = endpoint_make(c, t, &d);
    else if (status < 0)
        call_internal(c);
    if (status == 0) {
        *out = d.domain_name;
        d.domain_name = NULL;
    }
    rows_clear(&domain_table, &d);
    return status == 0 ? 0 : -1;
}

struct address { /* a question that runs as a call does */
    struct call c;
    const char *type;
    char *out;
};

static int ask_address(struct call *c)
{
    struct address *ask = (struct address *)c;

    return endpoint_address(c, ask->type, &ask->out);
}

char *account_address(struct account *a, const char *type)
{
    struct address ask = {.c = {.account = a}, .type = type};

    if (account_run(&ask.c, ask_address) == 0)
        return ask.out;
    free(ask.out);
    return NULL;
}

struct describe_endpoint {
    char *type, *address;
};

int call_describe_endpoint(struct call *c)
{
    static const struct shape in[] = {
        {MEMBER(describe_endpoint, type, SHAPE_TEXT, "endpointType"),
         .place = SHAPE_QUERY, .max = 128},
    };
    static const struct shape out[] = {
        {MEMBER(describe_endpoint, address, SHAPE_TEXT, "endpointAddress")},
    };
    struct describe_endpoint d = {NULL, NULL};
    int status = call_read(c, in, 1, &d);

    if (status == 0)
        status = endpoint_address(c, d.type ? d.type : "iot:Data", &d.address);
    if (status == 0)
        status = call_write(c, "", out, 1, &d);
    call_clear(in, 1, &d);
    call_clear(out, 1, &d);
    return status;
}
