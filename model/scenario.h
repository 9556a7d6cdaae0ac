/* A scenario: an ordered list of endpoint states and what must come out for the
 * built-in devices (docs/adding-a-scenario.md). Read with libcyaml's schema;
 * values are checked here. Const once loaded. */
#ifndef MODEL_SCENARIO_H
#define MODEL_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "model/ocsp.h"
#include "model/reason.h"
#include "model/verdict.h"

enum scenario_kind { SCENARIO_CHANGE, SCENARIO_ATTACK };

struct leaf_spec {       /* YAML `leaf:` of a state; each field optional */
    char *template_name; /* pki/templates/<name>.yaml; default "iot-data-ats" */
    char *issuer; /* catalog name; "self"; default: the certificate that follows
                     in the chain */
    char *key; /* "rsa-2048", "rsa-4096", "ec-p256", "ec-p384"; default by the
                  chain's key type */
    char **names; /* dNSNames; default from the template */
    size_t names_count;
    int64_t names_total; /* that many dNSNames, filled up with n1.example,
                            n2.example ...; 0: as listed */
    char *serial; /* a decimal number (RFC 5280 section 4.1.2.2); default: one
                     that follows from the content */
    char *not_before; /* a time, or a duration relative to the state's clock;
                         default from the template */
    char *not_after;
    int64_t pad_to;            /* exact DER size in bytes; 0: none */
    int64_t pad_percent;       /* 20: a fifth larger than without; 0: none */
    char **extended_key_usage; /* "serverAuth", "clientAuth"; default from the
                                  template */
    size_t extended_key_usage_count;
};

struct chain {
    char **certificates; /* as served, leaf first: "leaf", catalog names, or
                            files */
    size_t count;        /* 0: no chain of this key type */
};

enum close_how { CLOSE_NEVER, CLOSE_FIN, CLOSE_RST }; /* "fin", "rst" */

struct endpoint_close { /* a box before the endpoint that ends what it minds in
                           a ClientHello, without an alert */
    enum close_how how;
    int offers; /* minds who offers this version: 0x0301 to 0x0304; 0: nobody */
    int without_name;   /* minds who sends no server name */
    int64_t hello_over; /* minds a longer ClientHello, bytes; 0: none */
};

struct endpoint_tls { /* free policy, or changes to the named one; NULL and 0:
                         as named */
    char *min, *max;
    char **suites;
    size_t suites_count;
    char **groups;
    size_t groups_count;
    char **signature_algorithms;
    size_t signature_algorithms_count;
    char **alpn;
    size_t alpn_count;
    int alpn_required; /* a client that offers no ALPN is refused too */
    int ignore_max_fragment_length; /* as a server that does not know it (RFC
                                       6066 section 4) */
    struct endpoint_close close;
    int64_t tickets;        /* session tickets that the endpoint sends; 0 */
    int64_t ticket_padding; /* bytes that each has beside the session */
    enum staple staple; /* the OCSP response with the leaf, for who asks */
    int64_t max_record; /* largest plaintext record the endpoint sends, bytes,
                           0: 16384 */
};

struct state {
    char *name;
    int64_t now;    /* the state's clock, UTC seconds */
    char *policy;   /* name in server/policies; never NULL after loading
                       (inherited from the state before) */
    char *endpoint; /* the host name that devices ask for and that the leaf
                       carries by default */
    struct endpoint_tls tls;
    struct leaf_spec leaf;
    struct chain rsa,
        ecdsa;         /* inherited from the state before if neither is given */
    char *client_auth; /* "none", "request", "require" */
    char *without_name; /* who sends no server name (RFC 6066 section 3) is
                           served as in this earlier state; NULL: as all are */
};

struct expectation {
    char **devices; /* shell globs over "<device>-<stack>" ids; with `stack:`
                       also over the device alone */
    size_t devices_count;
    char **stacks; /* shell globs over stack builds; count 0: any */
    size_t stacks_count;
    enum verdict verdict;
    enum reason reason; /* REASON_NONE: none expected */
    char *because;
    char *reference; /* may be NULL */
};

struct scenario {
    char *id;
    char *title;
    char *story;
    char *source;
    char *file;
    enum scenario_kind kind; /* YAML `kind: change|attack`, default change.
                                Attack: state 0 is genuine, the rest attack */
    char **concerns; /* YAML `concerns:`: "trust-store", "pins", "tls", "size",
                        "time", "attack" */
    size_t concerns_count;
    struct state *states;
    size_t states_count;
    struct expectation *expect;
    size_t expect_count;
};

struct scenario *scenario_load(const char *path);
struct scenario *scenario_parse(const char *name, const uint8_t *data,
                                size_t size);
void scenario_free(struct scenario *s);
void endpoint_tls_clear(struct endpoint_tls *tls);
/* First rule that matches the device's id and its stack build, or NULL. */
const struct expectation *scenario_expectation(const struct scenario *s,
                                               const char *device_id,
                                               const char *stack);
/* Does a rule's glob match the device? by_stack: the rule also has globs over
 * stack builds, so that the glob may name the device without one. */
int scenario_glob_matches(const char *glob, const char *device_id,
                          const char *stack, int by_stack);

#endif
