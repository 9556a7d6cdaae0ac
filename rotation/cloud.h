/* The cloud's side of a rotation: what the account's functions do about
 * certificates that expire, as a client of the broker. On the caller's event
 * loop; the rule is management/topic/+/csr_res. */
#ifndef ROTATION_CLOUD_H
#define ROTATION_CLOUD_H

#include "rotation/fault.h"

struct account;
struct cloud;
struct event_base;

struct cloud_hooks {
    /* Before a step of its own for a device (AUDIT, CSR_REQ, CSR_RES, ISSUE,
     * CRT, CRT_ACK, RETIRE): what goes wrong there. */
    enum rotation_fault (*at)(void *arg, const char *id,
                              enum rotation_step step);
    /* Signs a request with a CA of the customer's own: PEM, malloc'd; NULL
     * reported. NULL: the account signs. */
    char *(*sign)(void *arg, const char *csr);
    /* It was told that the device could not. */
    void (*failed)(void *arg, const char *id, const char *error);
    void *arg;
};

/* `address`: as lab/broker.h gives it. NULL reported. */
struct cloud *cloud_new(struct event_base *base, struct account *a,
                        const char *address, const struct cloud_hooks *hooks);
void cloud_free(struct cloud *c); /* NULL is fine */

/* The daily audit: every device whose certificate it finds is sent csr_req. 0,
 * or -1 reported. */
int cloud_audit(struct cloud *c);
/* Someone deletes the certificates that the last audit found of this device. */
int cloud_delete_old(struct cloud *c, const char *id);
/* The broker was restarted; its subscriptions stand when this returns. 0, or -1
 * reported. */
int cloud_reconnect(struct cloud *c);
/* Behind this cloud_is_quiet tells whether everything that was said to it
 * before is done, and what it says is the broker's. */
void cloud_settle(struct cloud *c);
int cloud_is_quiet(const struct cloud *c);
/* 1: a call or the broker failed, which was reported. */
int cloud_has_failed(const struct cloud *c);

#endif
