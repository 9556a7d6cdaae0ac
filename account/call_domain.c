/* Domain configurations: the account's own endpoints, and custom domains with
 * their own server certificate and TLS policy. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"

enum { DOMAINS_MAX = 10 }; /* of a customer, in a region */

#define CONFIG(field, what, called) MEMBER(domain, field, what, called)
#define ACM                         "a-zA-Z0-9:/-"

static const struct shape key_new[] = {
    {CONFIG(name, SHAPE_TEXT, "domainConfigurationName"), .place = SHAPE_PATH,
     .required = 1, .min = 1, .max = 128, .set = "a-zA-Z0-9_.-"},
};
static const struct shape key_any[] = {
    {CONFIG(name, SHAPE_TEXT, "domainConfigurationName"), .place = SHAPE_PATH,
     .required = 1, .min = 1, .max = 128, .set = "a-zA-Z0-9_.:-"},
};
/* What only a new one is given. */
static const struct shape made_with[] = {
    {CONFIG(domain_name, SHAPE_TEXT, "domainName"), .min = 1, .max = 253,
     .set = "a-zA-Z0-9.-"},
    {CONFIG(certificate_arn, SHAPE_ONE, "serverCertificateArns"), .min = 1,
     .max = 2048, .set = ACM},
    {CONFIG(validation_arn, SHAPE_TEXT, "validationCertificateArn"), .min = 1,
     .max = 2048, .set = ACM},
    {CONFIG(service, SHAPE_WORD, "serviceType"), .words = service_words},
};
/* What both can be given; also what is told. */
static const struct shape config[] = {
    {CONFIG(authorizer, SHAPE_TEXT, "authorizerConfig.defaultAuthorizerName"),
     .min = 1, .max = 128, .set = "a-zA-Z0-9_=,@-"},
    {CONFIG(policy, SHAPE_TEXT, "tlsConfig.securityPolicy"), .max = 128},
    {CONFIG(ocsp, SHAPE_FLAG, "serverCertificateConfig.enableOCSPCheck")},
    {CONFIG(ocsp_lambda, SHAPE_TEXT, "serverCertificateConfig.ocspLambdaArn"),
     .max = 140},
    {CONFIG(ocsp_responder, SHAPE_TEXT,
            "serverCertificateConfig.ocspAuthorizedResponderArn"),
     .min = 1, .max = 2048, .set = ACM},
    {CONFIG(authentication, SHAPE_WORD, "authenticationType"),
     .words = authentication_words},
    {CONFIG(protocol, SHAPE_WORD, "applicationProtocol"),
     .words = protocol_words},
    {CONFIG(callback, SHAPE_TEXT,
            "clientCertificateConfig.clientCertificateCallbackArn"),
     .max = 2048},
};
static const struct shape override[] = {
    {CONFIG(authorizer_override, SHAPE_FLAG,
            "authorizerConfig.allowAuthorizerOverride")},
};
static const struct shape identity[] = {
    {CONFIG(name, SHAPE_TEXT, "domainConfigurationName")},
    {CONFIG(arn, SHAPE_TEXT, "domainConfigurationArn")},
};
static const struct shape told[] = {
    {CONFIG(domain_name, SHAPE_TEXT, "domainName")},
    {CONFIG(status, SHAPE_WORD, "domainConfigurationStatus"),
     .words = switch_words},
    {CONFIG(service, SHAPE_WORD, "serviceType"), .words = service_words},
    {CONFIG(type, SHAPE_WORD, "domainType"), .words = domain_words},
    {CONFIG(changed, SHAPE_TIME, "lastStatusChangeDate")},
};

int policy_is_known(const char *name)
{
    static const char *const names[] = {
        "IoTSecurityPolicy_TLS13_1_3_2022_10",
        "IoTSecurityPolicy_TLS13_1_2_2022_10",
        "IoTSecurityPolicy_TLS12_1_2_2022_10",
        "IoTSecurityPolicy_TLS12_1_0_2016_01",
        "IoTSecurityPolicy_TLS12_1_0_2015_01",
    };

    for (size_t i = 0; i < CALL_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return 1;
    return 0;
}

static int check(struct call *c, const struct domain *d)
{
    if (!policy_is_known(d->policy))
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "Security policy %.60s does not exist", d->policy);
    return 0;
}

/* Names are the same whatever their case. */
static void lower(char *name)
{
    for (; name != NULL && *name != '\0'; name++)
        *name = (char)tolower((unsigned char)*name);
}

const char *certificate_chain(const char *arn)
{
    static const char before[] = ":certificate/";
    const char *at = arn == NULL ? NULL : strstr(arn, before);

    return at == NULL || at[sizeof before - 1] == '\0' ? NULL
                                                       : at + sizeof before - 1;
}

/* Who serves it can tell whether that can be done. */
static int check_chain(struct call *c, const struct domain *d)
{
    const struct account_chains *chains = &c->account->options.chains;
    char why[ACCOUNT_WHY];

    if (chains->check == NULL ||
        chains->check(chains->context, certificate_chain(d->certificate_arn),
                      d->domain_name, why) >= 0)
        return 0;
    return call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                     "Domain name %s cannot be served with this certificate: "
                     "%s",
                     d->domain_name, why);
}

/* A customer's name needs a certificate for it, the service's own has one. */
static int check_new(struct call *c, const struct domain *d)
{
    const struct rows_query own = {.table = &domain_table,
                                   .column = {"type"},
                                   .value = {domain_words[DOMAIN_ENDPOINT]}};
    const struct rows_query all = {.table = &domain_table};
    const struct rows_query name = {.table = &domain_table,
                                    .column = {"domain_name"},
                                    .value = {d->domain_name}};

    if (d->domain_name != NULL && d->certificate_arn == NULL)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "serverCertificateArns is needed for domain name %s",
                         d->domain_name);
    if (d->domain_name == NULL && d->certificate_arn != NULL)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "serverCertificateArns is for a domainName only");
    if (d->domain_name != NULL && rows_count(c->rows, &name) > 0)
        return call_fail(c, FAULT_EXISTS,
                         "Another domain configuration has domain name %s",
                         d->domain_name);
    if (rows_count(c->rows, &all) - rows_count(c->rows, &own) >= DOMAINS_MAX)
        return call_fail(c, FAULT_LIMIT_EXCEEDED,
                         "There are %d domain configurations already",
                         DOMAINS_MAX);
    return check(c, d);
}

/* What the caller does not say of a new one. */
static int complete(struct call *c, struct domain *d)
{
    struct account *a = c->account;
    char random[16];

    store_random(random, 5);
    d->arn = call_arn(c, "domainconfiguration/%s/%s", d->name, random);
    d->type = d->domain_name ? DOMAIN_CUSTOMER_MANAGED : DOMAIN_AWS_MANAGED;
    d->changed = c->now;
    if (d->domain_name == NULL) {
        store_random(random, 14);
        if (asprintf(&d->domain_name, "%s-ats.iot.%s.%s", random, a->region,
                     region_suffix(a->region)) < 0)
            d->domain_name = NULL;
    }
    return d->arn && d->domain_name ? 0 : call_internal(c);
}

int call_create_domain(struct call *c)
{
    struct domain d = {.service = SERVICE_DATA,
                       .status = SWITCH_ENABLED,
                       .policy = strdup("IoTSecurityPolicy_TLS13_1_2_2022_10"),
                       .authentication = AUTHENTICATION_DEFAULT,
                       .protocol = PROTOCOL_DEFAULT};
    int status = d.policy ? 0 : call_internal(c);

    if (status == 0 &&
        (call_read(c, key_new, 1, &d) != 0 ||
         call_read(c, made_with, CALL_COUNT(made_with), &d) != 0 ||
         call_read(c, config, CALL_COUNT(config), &d) != 0 ||
         call_read(c, override, 1, &d) != 0))
        status = -1;
    lower(d.domain_name);
    if (status == 0 && (check_new(c, &d) != 0 || complete(c, &d) != 0 ||
                        check_chain(c, &d) != 0))
        status = -1;
    if (status == 0) {
        status = rows_insert(c->rows, &domain_table, &d);
        if (status == 1)
            call_fail(c, FAULT_EXISTS, "Domain configuration %s exists already",
                      d.name);
        else if (status < 0)
            call_internal(c);
        c->changed = 1;
    }
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &d);
    rows_clear(&domain_table, &d);
    return status == 0 ? 0 : -1;
}

/* The configuration that the path names. An endpoint of the account's own is
 * there from when it is first named. */
static int find(struct call *c, struct domain *out)
{
    struct domain key = {0};
    char *address = NULL;
    int status = call_read(c, key_any, 1, &key);

    memset(out, 0, sizeof *out);
    if (status == 0 && strncmp(key.name, "iot:", 4) == 0 &&
        endpoint_address(c, key.name, &address) != 0)
        status = call_fail(c, FAULT_NOT_FOUND,
                           "Domain configuration not found: %s", key.name);
    if (status == 0)
        status = call_need(c, &domain_table, out, key.name, NULL,
                           "Domain configuration");
    free(address);
    rows_clear(&domain_table, &key);
    return status;
}

struct server_certificate {
    char *arn;
    int64_t valid;
};

static int write_certificate(struct call *c, const struct domain *d)
{
    static const char *const words[] = {"INVALID", "VALID", NULL};
    static const struct shape members[] = {
        {MEMBER(server_certificate, arn, SHAPE_TEXT, "serverCertificateArn")},
        {MEMBER(server_certificate, valid, SHAPE_WORD,
                "serverCertificateStatus"),
         .words = words},
    };
    const struct server_certificate s = {d->certificate_arn, 1};

    if (call_write_list(c, "serverCertificates") != 0)
        return -1;
    return s.arn ? call_write_item(c, "serverCertificates", members, 2, &s) : 0;
}

int call_describe_domain(struct call *c)
{
    struct domain d;
    int status = find(c, &d);

    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &d);
    if (status == 0)
        status = call_write(c, "", told, CALL_COUNT(told), &d);
    if (status == 0)
        status = call_write(c, "", config, CALL_COUNT(config), &d);
    if (status == 0 && d.authorizer != NULL)
        status = call_write(c, "", override, 1, &d);
    if (status == 0)
        status = write_certificate(c, &d);
    rows_clear(&domain_table, &d);
    return status;
}

struct update_domain {
    int64_t status, remove_authorizer;
};

static int change(struct call *c, struct domain *d)
{
    static const struct shape members[] = {
        {MEMBER(update_domain, status, SHAPE_WORD, "domainConfigurationStatus"),
         .words = switch_words},
        {MEMBER(update_domain, remove_authorizer, SHAPE_FLAG,
                "removeAuthorizerConfig")},
    };
    struct update_domain u = {d->status, 0};

    if (d->type == DOMAIN_ENDPOINT && c->account->options.fixed_defaults)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "Default endpoints cannot be updated: %s", d->name);
    if (call_read(c, members, CALL_COUNT(members), &u) != 0)
        return -1;
    if (u.remove_authorizer) {
        free(d->authorizer);
        d->authorizer = NULL;
        d->authorizer_override = 0;
    }
    if (call_read(c, config, CALL_COUNT(config), d) != 0 ||
        call_read(c, override, 1, d) != 0)
        return -1;
    if (u.status != d->status)
        d->changed = c->now;
    d->status = u.status;
    return check(c, d);
}

int call_update_domain(struct call *c)
{
    struct domain d;
    int status = find(c, &d);

    if (status == 0)
        status = change(c, &d);
    if (status == 0 && rows_update(c->rows, &domain_table, &d) != 0)
        status = call_internal(c);
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &d);
    rows_clear(&domain_table, &d);
    c->changed = 1;
    return status;
}

struct update_chain {
    char *chain; /* "default": the certificate's own */
};

static int chain_write(struct call *c, const struct domain *d, char *chain)
{
    const struct account_chains *chains = &c->account->options.chains;
    const int is_default = strcmp(chain, "default") == 0;
    struct domain_chain row = {d->name, chain};
    char why[ACCOUNT_WHY] = "";
    int status = is_default || chains->check == NULL
                     ? 0
                     : chains->check(chains->context, chain, d->domain_name,
                                     why);

    if (status != 0)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "Chain %.60s cannot be served%s%s", chain,
                         status > 0 ? ": there is none of that name" : ": ",
                         status > 0 ? "" : why);
    if (rows_delete(c->rows, &chain_table, d->name, NULL) < 0 ||
        (!is_default && rows_insert(c->rows, &chain_table, &row) != 0))
        return call_internal(c);
    return 0;
}

int call_update_chain(struct call *c)
{
    static const struct shape members[] = {
        {MEMBER(update_chain, chain, SHAPE_TEXT, "chain"), .required = 1,
         .min = 1, .max = 200, .set = "a-zA-Z0-9_./-"},
    };
    struct update_chain u = {NULL};
    struct domain d;
    int status = find(c, &d);

    if (status == 0)
        status = call_read(c, members, 1, &u);
    if (status == 0)
        status = chain_write(c, &d, u.chain);
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &d);
    call_clear(members, 1, &u);
    rows_clear(&domain_table, &d);
    c->changed = 1;
    return status;
}

int call_delete_domain(struct call *c)
{
    struct domain d;
    int status = find(c, &d);

    if (status == 0 && d.type == DOMAIN_ENDPOINT)
        status = call_fail(c, FAULT_INVALID_REQUEST,
                           "Default endpoints cannot be deleted: %s", d.name);
    else if (status == 0 && d.status == SWITCH_ENABLED)
        status = call_fail(c, FAULT_INVALID_REQUEST,
                           "Domain configuration %s is enabled: disable it "
                           "before it is deleted",
                           d.name);
    if (status == 0 &&
        (rows_delete(c->rows, &chain_table, d.name, NULL) < 0 ||
         rows_delete(c->rows, &domain_table, d.name, NULL) != 0))
        status = call_internal(c);
    rows_clear(&domain_table, &d);
    c->changed = 1;
    return status;
}

int call_list_domains(struct call *c)
{
    static const struct shape wanted[] = {
        {CONFIG(service, SHAPE_WORD, "serviceType"), .place = SHAPE_QUERY,
         .words = service_words},
    };
    static const struct shape members[] = {
        {CONFIG(name, SHAPE_TEXT, "domainConfigurationName")},
        {CONFIG(arn, SHAPE_TEXT, "domainConfigurationArn")},
        {CONFIG(service, SHAPE_WORD, "serviceType"), .words = service_words},
    };
    struct rows_query q = {.table = &domain_table, .order = "name"};
    struct domain filter = {.service = -1};

    if (call_read(c, wanted, 1, &filter) != 0)
        return -1;
    if (filter.service >= 0) {
        q.column[0] = "service";
        q.value[0] = service_words[filter.service];
    }
    return call_list(c, CALL_MARKER, "domainConfigurations", &q, members,
                     CALL_COUNT(members));
}
