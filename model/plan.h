/* What a run is about, resolved and const: plan.json as structs. Made by the
 * lab before a run and read back from a finished run's folder, so judge,
 * diagnose and report work on the same thing. Owns everything in it. */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "model/certificate.h"
#include "model/device.h"
#include "model/scenario.h"

enum { CHAIN_RSA, CHAIN_ECDSA, CHAINS };

struct certificates_list { /* borrowed from the plan's table */
    const struct certificate **items;
    size_t count;
};

struct plan_state {
    const struct state *state; /* of the scenario */
    struct endpoint_tls tls;   /* policy merged with the state's own */
    struct certificates_list chains[CHAINS]; /* as served */
    char **left_out; /* what cannot be served here ("chain.pem:1: why"): the
                        state's cells are `unsupported` */
    size_t left_out_count;
};

struct plan_scenario {
    struct scenario *scenario;
    int owned;                 /* 1: plan_clear frees the scenario */
    struct plan_state *states; /* scenario->states_count */
    int built_in;
};

struct plan_device {
    struct device *device; /* id "<device>-<stack build>" */
    int owned;             /* 1: plan_clear frees the device */
    char *type;            /* the id without the stack build */
    int built_in;
    struct certificates_list store;
    char **ignored; /* what a store's file holds and the device does not trust:
                       "ca.h:12: a certificate in a comment, CN=..." */
    size_t ignored_count;
    char **options; /* words of `chainbreak run` that make this device again
                       (quick form); empty: --device FILE or its id */
    size_t options_count;
};

struct plan_stack {       /* one that devices name */
    char *name, *version; /* version NULL: not built */
    int built;
    char *reason; /* why not built; or NULL */
    char *family;
    char **features; /* names of docs/record.md */
    size_t features_count;
    char **emulates;
    size_t emulates_count;
    char **curves; /* that the build has; empty: not told */
    size_t curves_count;
    int64_t max_certificate, in_content, certificates; /* limits; 0: not told */
    int64_t depth;  /* longest path; 0: not told */
    int reassembly; /* joins handshake messages of several records: 1, 0, -1 */
    char **notes;   /* macros taken back, empty headers: shown with verdicts */
    size_t notes_count;
};

/* The stack of a device that is a board on the bench: it connects by itself,
 * and no program stands for it. */
#define BOARD_STACK "bench"
int plan_stack_is_board(const struct plan_stack *s);

struct plan_pair {
    size_t scenario, device; /* indexes */
};

/* A plan that was read back has of struct state all but leaf, rsa and ecdsa:
 * what was served is in plan_state.chains. */
struct plan {
    struct certificate *certificates;
    size_t certificates_count;
    struct plan_scenario *scenarios;
    size_t scenarios_count;
    struct plan_device *devices;
    size_t devices_count;
    struct plan_stack *stacks;
    size_t stacks_count;
    struct plan_pair *pairs; /* what is judged, in the order of the verdicts */
    size_t pairs_count;
    char **reading; /* words of `chainbreak run` that say how files were read
                       ("--skip-damaged"); they belong to every device */
    size_t reading_count;
    char **options; /* words of `chainbreak run` that make the scenarios again
                       (quick form); empty: --scenario */
    size_t options_count;
    char **notes; /* for the summary: "the clock is ...: today" */
    size_t notes_count;
    size_t *index[3]; /* of scenarios, devices, stacks, sorted by name */
};

void plan_clear(struct plan *p);
/* Makes the index of the filled tables, for the lookups below. 0, or -1 if
 * memory is out, reported. */
int plan_index(struct plan *p);
/* Each borrowed, or NULL. By the index; the last one looks along the states. */
const struct plan_scenario *plan_scenario(const struct plan *p, const char *id);
const struct plan_device *plan_device(const struct plan *p, const char *id);
const struct plan_stack *plan_stack(const struct plan *p, const char *name);
/* The pair of a scenario and a device; pairs_count if it is not judged. Pairs
 * are in the order of scenarios, then devices. */
size_t plan_pair(const struct plan *p, const struct plan_scenario *s,
                 const struct plan_device *d);
/* The state whose policy and certificates a client is served in the place of
 * `st`: another one only if it sends no server name. */
const struct plan_state *plan_state_served(const struct plan_scenario *s,
                                           const struct plan_state *st,
                                           int sends_name);
const struct plan_state *plan_state(const struct plan_scenario *s,
                                    const char *name);

#endif
