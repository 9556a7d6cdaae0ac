/* The calls of an account's control plane that a rotation needs. Each 0, or -1
 * reported with what the account answered, unless it says something else. Texts
 * that come back are malloc'd. */
#ifndef ROTATION_CALLS_H
#define ROTATION_CALLS_H

#include <stddef.h>

struct account;

/* What every device needs: a policy for its own topics and client id. */
int calls_policy_make(struct account *a, const char *policy);
int calls_thing_make(struct account *a, const char *thing);
int calls_certificate_register(struct account *a, const char *pem,
                               int is_active, char **id);

/* 1: the account does not take the request (as InvalidRequestException says).
 */
int calls_certificate_issue(struct account *a, const char *csr, int is_active,
                            char **id, char **pem);
/* Of a key that is made for it, which nobody gets. */
int calls_certificate_other(struct account *a, char **pem);
int calls_policy_attach(struct account *a, const char *policy, const char *id);
int calls_thing_attach(struct account *a, const char *thing, const char *id);

/* Ids of certificates that expire within 30 days, or have; ends with NULL,
 * strings_free. */
int calls_audit(struct account *a, char ***ids);
/* The thing of a certificate; *thing NULL: it has none. */
int calls_thing_of(struct account *a, const char *id, char **thing);
/* Names, ends with NULL, strings_free. */
int calls_policies_of(struct account *a, const char *id, char ***policies);
/* Ids of a thing's certificates, ends with NULL, strings_free. */
int calls_certificates_of(struct account *a, const char *thing, char ***ids);
/* "ACTIVE", "INACTIVE", ...; "" for one that the account has not. */
int calls_status(struct account *a, const char *id, char status[24]);

int calls_deactivate(struct account *a, const char *id);
/* Of one that is not active: takes it from its thing and its policies, too. */
int calls_delete(struct account *a, const char *id, const char *thing);

#endif
