/* The account as its own parts see it. Private to account/. */
#ifndef ACCOUNT_INSIDE_H
#define ACCOUNT_INSIDE_H

#include <pthread.h>

#include "account/account.h"
#include "account/call.h"
#include "account/store.h"

struct account {
    struct rows *rows;
    pthread_mutex_t lock; /* around rows, and watch */
    char id[16], region[32], prefix[16];
    int era; /* enum account_era */
    struct account_options options;
    void (*changed)(void *context);
    void *changed_context;
};

/* Runs one call's function in a transaction, under the lock, and tells of the
 * change. 0, or -1 with c's fault set. c->account is set. */
int account_run(struct call *c, int (*function)(struct call *c));
int64_t account_now(const struct account *a);

/* The end of addresses and the partition of ARNs: "amazonaws.com.cn",
 * "aws-cn". */
const char *region_suffix(const char *region);
const char *region_partition(const char *region);
/* Did the region have endpoints under VeriSign's root (announcement of 2018)?
 */
int region_is_legacy(const char *region);
/* The security policy that its endpoints had before they could be configured.
 */
const char *region_policy(const char *region);

/* What an address for an endpoint type is, made at the first call
 * (call_endpoint.c). 0, or -1 with the fault set. */
int endpoint_address(struct call *c, const char *type, char **out);
int policy_is_known(const char *name); /* a security policy */
/* What the ARN of a server certificate ends with (call_domain.c); NULL: there
 * is none. */
const char *certificate_chain(const char *arn);

/* Registers what a certificate is (call_certificate.c). ca: id or NULL. */
struct inspected;
int certificate_add(struct call *c, const struct inspected *i, const char *pem,
                    const char *ca, enum status status, int mode,
                    struct device_certificate *out);
/* The certificate of an ARN (call_attachment.c), which the caller clears. 0, or
 * -1 with the fault set. */
int certificate_of_arn(struct call *c, const char *arn,
                       struct device_certificate *out);
/* Finds the registered CA that signed it, whatever its state. 1: none; 0 and
 * *out, which the caller clears; -1 with the fault set. *several: how many CAs
 * with that name and key. */
int ca_find(struct call *c, const struct inspected *i,
            struct ca_certificate *out, int *several);

/* The calls, one file for each group. */
#define CALL(name, method, path) int call_##name(struct call *c);
#include "account/calls.def"
#undef CALL

#endif
