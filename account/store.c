/* The tables, one line for each column: a column's name and the words of its
 * values are the file's format. */
#include "account/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/diag.h"
#include "base/file.h"

const char *const switch_words[] = {"DISABLED", "ENABLED", NULL};
const char *const service_words[] = {"DATA", "CREDENTIAL_PROVIDER", "JOBS",
                                     NULL};
const char *const domain_words[] = {"ENDPOINT", "AWS_MANAGED",
                                    "CUSTOMER_MANAGED", NULL};
const char *const authentication_words[] = {"CUSTOM_AUTH_X509", "CUSTOM_AUTH",
                                            "AWS_X509",         "AWS_SIGV4",
                                            "DEFAULT",          NULL};
const char *const protocol_words[] = {"SECURE_MQTT", "MQTT_WSS", "HTTPS",
                                      "DEFAULT", NULL};
const char *const status_words[] = {"ACTIVE",
                                    "INACTIVE",
                                    "REVOKED",
                                    "PENDING_TRANSFER",
                                    "REGISTER_INACTIVE",
                                    "PENDING_ACTIVATION",
                                    NULL};
const char *const mode_words[] = {"DEFAULT", "SNI_ONLY", NULL};

#define TEXT(s, member)                                                        \
    {                                                                          \
#member, COLUMN_TEXT, offsetof(struct s, member), NULL                 \
    }
#define NUMBER(s, member)                                                      \
    {                                                                          \
#member, COLUMN_NUMBER, offsetof(struct s, member), NULL               \
    }
#define WORD(s, member, words)                                                 \
    {                                                                          \
#member, COLUMN_WORD, offsetof(struct s, member), words                \
    }
#define TABLE(s, columns, keys, index)                                         \
    {                                                                          \
#s, sizeof(struct s), columns, sizeof columns / sizeof *columns, keys, \
            index                                                              \
    }

static const struct column settings[] = {
    TEXT(setting, name),
    TEXT(setting, value),
};
const struct table setting_table = TABLE(setting, settings, 1, NULL);

static const struct column domains[] = {
    TEXT(domain, name),
    TEXT(domain, arn),
    TEXT(domain, domain_name),
    TEXT(domain, certificate_arn),
    TEXT(domain, validation_arn),
    TEXT(domain, authorizer),
    NUMBER(domain, authorizer_override),
    WORD(domain, service, service_words),
    WORD(domain, type, domain_words),
    WORD(domain, status, switch_words),
    NUMBER(domain, changed),
    TEXT(domain, policy),
    NUMBER(domain, ocsp),
    TEXT(domain, ocsp_lambda),
    TEXT(domain, ocsp_responder),
    WORD(domain, authentication, authentication_words),
    WORD(domain, protocol, protocol_words),
    TEXT(domain, callback),
};
const struct table domain_table = TABLE(domain, domains, 1, "domain_name");

static const struct column chains[] = {
    TEXT(domain_chain, name),
    TEXT(domain_chain, chain),
};
const struct table chain_table = TABLE(domain_chain, chains, 1, NULL);

static const struct column certificates[] = {
    TEXT(device_certificate, id),
    TEXT(device_certificate, arn),
    TEXT(device_certificate, pem),
    TEXT(device_certificate, ca),
    WORD(device_certificate, status, status_words),
    WORD(device_certificate, mode, mode_words),
    NUMBER(device_certificate, created),
    NUMBER(device_certificate, modified),
    NUMBER(device_certificate, version),
    NUMBER(device_certificate, not_before),
    NUMBER(device_certificate, not_after),
    TEXT(device_certificate, generation),
};
const struct table certificate_table =
    TABLE(device_certificate, certificates, 1, "ca");

static const struct column cas[] = {
    TEXT(ca_certificate, id),
    TEXT(ca_certificate, arn),
    TEXT(ca_certificate, pem),
    TEXT(ca_certificate, subject_sha256),
    WORD(ca_certificate, status, status_words),
    WORD(ca_certificate, automatic, switch_words),
    WORD(ca_certificate, mode, mode_words),
    NUMBER(ca_certificate, created),
    NUMBER(ca_certificate, modified),
    NUMBER(ca_certificate, version),
    NUMBER(ca_certificate, not_before),
    NUMBER(ca_certificate, not_after),
    TEXT(ca_certificate, generation),
    TEXT(ca_certificate, template_body),
    TEXT(ca_certificate, role_arn),
    TEXT(ca_certificate, template_name),
};
const struct table ca_table = TABLE(ca_certificate, cas, 1, "subject_sha256");

static const struct column policies[] = {
    TEXT(policy, name),       TEXT(policy, arn),        TEXT(policy, current),
    NUMBER(policy, created),  NUMBER(policy, modified), NUMBER(policy, last),
    TEXT(policy, generation),
};
const struct table policy_table = TABLE(policy, policies, 1, NULL);

static const struct column versions[] = {
    TEXT(policy_version, name),
    TEXT(policy_version, version),
    TEXT(policy_version, document),
    NUMBER(policy_version, created),
};
const struct table version_table = TABLE(policy_version, versions, 2, NULL);

static const struct column attachments[] = {
    TEXT(attachment, policy),
    TEXT(attachment, target),
    TEXT(attachment, arn),
};
const struct table attachment_table =
    TABLE(attachment, attachments, 2, "target");

static const struct column things[] = {
    TEXT(thing, name),      TEXT(thing, arn),           TEXT(thing, id),
    TEXT(thing, type),      TEXT(thing, billing_group), TEXT(thing, attributes),
    NUMBER(thing, version),
};
const struct table thing_table = TABLE(thing, things, 1, NULL);

static const struct column principals[] = {
    TEXT(thing_principal, thing),
    TEXT(thing_principal, principal),
    NUMBER(thing_principal, exclusive),
};
const struct table principal_table =
    TABLE(thing_principal, principals, 2, "principal");

static const struct column tasks[] = {
    TEXT(audit_task, id),        TEXT(audit_task, checks),
    NUMBER(audit_task, started), NUMBER(audit_task, devices),
    NUMBER(audit_task, cas),
};
const struct table task_table = TABLE(audit_task, tasks, 1, NULL);

/* "check" is a word of SQL. */
static const struct column findings[] = {
    TEXT(audit_finding, id),
    TEXT(audit_finding, task),
    {"check_name", COLUMN_TEXT, offsetof(struct audit_finding, check), NULL},
    TEXT(audit_finding, severity),
    TEXT(audit_finding, type),
    TEXT(audit_finding, device),
    TEXT(audit_finding, ca),
    TEXT(audit_finding, reason),
    TEXT(audit_finding, code),
    TEXT(audit_finding, expiration),
    NUMBER(audit_finding, started),
    NUMBER(audit_finding, found),
    NUMBER(audit_finding, suppressed),
};
const struct table finding_table = TABLE(audit_finding, findings, 1, "task");

static const struct table *const tables[] = {
    &setting_table,   &domain_table,  &chain_table, &certificate_table, &ca_table,
    &policy_table,    &version_table, &attachment_table,  &thing_table,
    &principal_table, &task_table,    &finding_table,
};

struct rows *store_open(const char *dir)
{
    char *path = format("%s/account.db", dir);
    struct rows *r = NULL;

    if (path == NULL)
        diag("%s: out of memory", dir);
    else
        r = rows_open(path, tables, sizeof tables / sizeof(struct table *));
    free(path);
    return r;
}

int store_setting(struct rows *r, const char *name, const char *given,
                  char *out, size_t room)
{
    struct setting s, made = {strdup(name), strdup(given)};
    int status = rows_get(r, &setting_table, &s, name, NULL);

    if (status == 1) {
        status = made.name && made.value ? rows_insert(r, &setting_table, &made)
                                         : -1;
        snprintf(out, room, "%s", given);
    } else if (status == 0) {
        snprintf(out, room, "%s", s.value ? s.value : "");
    }
    rows_clear(&setting_table, &s);
    rows_clear(&setting_table, &made);
    return status;
}

static void random_bytes(uint8_t *out, size_t size)
{
    /* Up to 256 bytes come whole and cannot be interrupted (getrandom(2)). */
    while (getrandom(out, size, 0) != (ssize_t)size)
        ;
}

void store_uuid(char out[static STORE_UUID])
{
    uint8_t b[16];
    char *at = out;

    random_bytes(b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* RFC 4122 section 4.4 */
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    for (int i = 0; i < 16; i++)
        at += sprintf(at, "%s%02x",
                      i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
}

void store_random(char *out, size_t n)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint8_t b[64];

    n = n < sizeof b ? n : sizeof b;
    random_bytes(b, n);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[b[i] % (i == 0 ? 26 : 36)];
    out[n] = '\0';
}
