/* One cell, resolved: everything that the two processes are given. Edit a copy
 * and run it: that is an experiment. Certificates are the pki's; strings and
 * lists that a trial owns are made with trial_*; a copy shares what it does not
 * change. */
#ifndef LAB_TRIAL_H
#define LAB_TRIAL_H

#include <stddef.h>
#include <stdint.h>

#include "model/device.h"
#include "model/plan.h"
#include "model/scenario.h"
#include "pki/pki.h"

struct stack;

struct trial_list { /* certificates in order; the array is the trial's own */
    struct pki_cert **items;
    size_t count;
};

struct trial_pin { /* resolved: hash of the minted certificate or key */
    enum pin_place what;
    enum pin_match match;
    char hash[65];
};

struct trial_settings { /* of an anchor: OpenSSL's trust settings */
    struct pki_cert *cert;
    enum pki_trust trust;
};

struct trial {
    char *id; /* of the record: scenario/state/device, or that + "#change" */
    const struct stack *stack;

    /* the device's side */
    const struct device *device; /* offers, checks, limits: what is not below */
    struct device_tls tls;       /* shallow: lists borrowed */
    struct device_verify verify;
    struct device_mqtt mqtt; /* shallow, of an application that is "mqtt" */
    int64_t clock;           /* what the device believes, UTC seconds */
    int64_t heap, max_depth, max_certificate; /* 0: none, or the default */
    int security_level;                       /* -1: the library's own */
    const char *name;                         /* the host that it asks for */
    struct trial_list anchors;
    struct trial_settings *settings; /* of anchors; each once at most */
    size_t settings_count;
    struct trial_pin *pins;
    size_t pins_count;
    struct trial_list distrusted; /* anchors whose later leaves are refused */
    int64_t distrusted_after;     /* UTC seconds */
    struct pki_cert *identity;    /* client certificate, or NULL */
    const char *require; /* a feature that the shim must have, or NULL */

    /* the endpoint's side */
    int64_t now;
    struct endpoint_tls policy; /* merged; shallow: lists borrowed */
    struct trial_list chains[CHAINS];
    const char *client_auth; /* "none", "request", "require" */
    const char *engine; /* the one TLS library that serves it; NULL: which can
                         */
    struct pki_cert *identity_ca; /* or NULL */
    struct trial *other; /* policy and chains of who does not as this device:
                            sends a server name, or none. NULL: the same */
    char *left_out; /* what cannot be served of its chains, and why: the trial
                       is `unsupported` and nothing is run; NULL: all can */
};

/* What is spoken inside TLS: "byte", or what the device speaks. */
const char *trial_application(const struct trial *t);
/* A copy with `id_suffix` behind its id. NULL if memory is out, reported. */
struct trial *trial_copy(const struct trial *t, const char *id_suffix);
void trial_free(struct trial *t);
/* The device is served what the others were, and they what it was. */
void trial_swap_sides(struct trial *t);
/* 0, or -1 if memory is out (reported). at == count appends. */
int trial_list_insert(struct trial_list *l, size_t at, struct pki_cert *c);
void trial_list_remove(struct trial_list *l, size_t at);

#endif
