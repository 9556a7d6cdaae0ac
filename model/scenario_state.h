/* The endpoint states of a scenario file: their schema and their values. Part
 * of model/scenario.c. */
#ifndef MODEL_SCENARIO_STATE_H
#define MODEL_SCENARIO_STATE_H

#include "base/convert.h"
#include "model/scenario.h"

/* As libcyaml reads it. */
struct state_close_text {
    char *how, *offers, *without_name, *hello_over;
};

struct state_tls_text {
    char *min, *max;
    char **suites, **groups, **signature_algorithms, **alpn;
    unsigned suites_count, groups_count, signature_algorithms_count;
    unsigned alpn_count;
    char *alpn_required, *ignore_max_fragment_length, *max_record;
    struct state_close_text *close;
    char *tickets, *ticket_padding, *staple;
};

struct state_leaf_text {
    char *template_name, *issuer, *key, *not_before, *not_after;
    char **names, **extended_key_usage;
    unsigned names_count, extended_key_usage_count;
    char *pad_to, *pad_percent, *serial, *names_total;
};

struct state_chains_text {
    char **rsa, **ecdsa;
    unsigned rsa_count, ecdsa_count;
};

struct state_text {
    char *name, *now, *policy, *endpoint, *client_auth, *without_name;
    struct state_tls_text *tls;
    struct state_leaf_text *leaf;
    struct state_chains_text *chains;
};

extern const cyaml_schema_value_t state_schema;

/* Converts all states; what a state leaves out comes from the state before. 0,
 * or -1 reported. out[0..count) is zeroed by the caller and cleared by it with
 * state_clear in both cases. */
int states_convert(const struct source *s, const struct state_text *texts,
                   size_t count, struct state *out);
void state_clear(struct state *state);

#endif
