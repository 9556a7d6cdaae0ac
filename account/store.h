/* What an account holds, as structs, each with its table. Texts are malloc'd
 * (rows_clear frees them), times UTC seconds. Knows no JSON and no rules: those
 * are the calls'. */
#ifndef ACCOUNT_STORE_H
#define ACCOUNT_STORE_H

#include "account/rows.h"

struct setting { /* what the account was made with */
    char *name, *value;
};

enum { SWITCH_DISABLED, SWITCH_ENABLED };
enum { SERVICE_DATA, SERVICE_CREDENTIAL_PROVIDER, SERVICE_JOBS };
enum { DOMAIN_ENDPOINT, DOMAIN_AWS_MANAGED, DOMAIN_CUSTOMER_MANAGED };
enum {
    AUTHENTICATION_CUSTOM_AUTH_X509,
    AUTHENTICATION_CUSTOM_AUTH,
    AUTHENTICATION_AWS_X509,
    AUTHENTICATION_AWS_SIGV4,
    AUTHENTICATION_DEFAULT
};
enum {
    PROTOCOL_SECURE_MQTT,
    PROTOCOL_MQTT_WSS,
    PROTOCOL_HTTPS,
    PROTOCOL_DEFAULT
};
extern const char *const switch_words[], *const service_words[],
                                             *const domain_words[],
                                                 *const authentication_words[],
                                                     *const protocol_words[];

/* A domain configuration. Those of type ENDPOINT are the account's own, named
 * by their endpoint type. */
struct domain {
    char *name, *arn;
    char *domain_name; /* in lower case */
    char *certificate_arn, *validation_arn;
    char *authorizer; /* NULL: none */
    int64_t authorizer_override;
    int64_t service, type, status, changed;
    char *policy; /* security policy */
    int64_t ocsp;
    char *ocsp_lambda, *ocsp_responder;
    int64_t authentication, protocol;
    char *callback;
};

/* What a domain is served with in the place of its certificate. */
struct domain_chain {
    char *name; /* the domain configuration's */
    char *chain;
};

enum status {
    STATUS_ACTIVE,
    STATUS_INACTIVE,
    STATUS_REVOKED,
    STATUS_PENDING_TRANSFER,
    STATUS_REGISTER_INACTIVE,
    STATUS_PENDING_ACTIVATION
};
enum { MODE_DEFAULT, MODE_SNI_ONLY };
extern const char *const status_words[], *const mode_words[];

struct device_certificate {
    char *id, *arn, *pem;
    char *ca; /* id of the registered CA; NULL: none */
    int64_t status, mode, created, modified, version, not_before, not_after;
    char *generation;
};

struct ca_certificate {
    char *id, *arn, *pem;
    char *subject_sha256; /* of its DER name */
    int64_t status;       /* STATUS_ACTIVE or STATUS_INACTIVE */
    int64_t automatic;    /* SWITCH_*: unknown certificates register */
    int64_t mode, created, modified, version, not_before, not_after;
    char *generation;
    char *template_body, *role_arn, *template_name; /* or NULL */
};

struct policy {
    char *name, *arn, *current;      /* the default version */
    int64_t created, modified, last; /* number of the newest version ever */
    char *generation;
};

struct policy_version {
    char *name, *version, *document;
    int64_t created;
};

struct attachment { /* of a policy to a certificate's ARN */
    char *policy, *target;
    char *arn; /* the policy's */
};

struct thing {
    char *name, *arn, *id, *type, *billing_group;
    char *attributes; /* JSON object of texts */
    int64_t version;
};

struct thing_principal {
    char *thing, *principal;
    int64_t exclusive; /* EXCLUSIVE_THING */
};

struct audit_task {
    char *id, *checks;             /* names with a blank behind each */
    int64_t started, devices, cas; /* how many there were then */
};

struct audit_finding {
    char *id, *task, *check, *severity;
    char *type;        /* "DEVICE_CERTIFICATE" */
    char *device, *ca; /* the id of one, the other NULL */
    char *reason, *code;
    char *expiration; /* milliseconds since 1970 */
    int64_t started, found, suppressed;
};

extern const struct table setting_table, domain_table, chain_table,
    certificate_table,
    ca_table, policy_table, version_table, attachment_table, thing_table,
    principal_table, task_table, finding_table;

/* The file "account.db" in a folder that exists. NULL on failure, reported. */
struct rows *store_open(const char *dir);

/* A setting's value into out; given: what it is from now on if it has none. 0,
 * or -1 reported. */
int store_setting(struct rows *r, const char *name, const char *given,
                  char *out, size_t room);

/* 16 random bytes as "8-4-4-4-12" hex digits. */
enum { STORE_UUID = 37 };
void store_uuid(char out[static STORE_UUID]);
/* n random letters and digits in lower case, the first a letter, with a NUL. */
void store_random(char *out, size_t n);

#endif
