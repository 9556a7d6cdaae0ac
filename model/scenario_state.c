/* Endpoint states: what a later state does not say, it takes from the one
 * before it. */
#include "model/scenario_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "base/tls_names.h"
#include "model/host.h"

static const cyaml_schema_field_t close_fields[] = {
    YAML_TEXT(state_close_text, how),
    YAML_TEXT(state_close_text, offers),
    YAML_TEXT(state_close_text, without_name),
    YAML_TEXT(state_close_text, hello_over),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t tls_fields[] = {
    YAML_TEXT(state_tls_text, min),
    YAML_TEXT(state_tls_text, max),
    YAML_TEXTS(state_tls_text, suites),
    YAML_TEXTS(state_tls_text, groups),
    YAML_TEXTS(state_tls_text, signature_algorithms),
    YAML_TEXTS(state_tls_text, alpn),
    YAML_TEXT(state_tls_text, alpn_required),
    YAML_TEXT(state_tls_text, ignore_max_fragment_length),
    YAML_TEXT(state_tls_text, max_record),
    YAML_TEXT(state_tls_text, tickets),
    YAML_TEXT(state_tls_text, ticket_padding),
    YAML_TEXT(state_tls_text, staple),
    CYAML_FIELD_MAPPING_PTR("close", YAML_OPTIONAL, struct state_tls_text,
                            close, close_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t leaf_fields[] = {
    CYAML_FIELD_STRING_PTR("template", YAML_OPTIONAL, struct state_leaf_text,
                           template_name, 1, CYAML_UNLIMITED),
    YAML_TEXT(state_leaf_text, issuer),
    YAML_TEXT(state_leaf_text, key),
    YAML_TEXT(state_leaf_text, not_before),
    YAML_TEXT(state_leaf_text, not_after),
    YAML_TEXTS(state_leaf_text, names),
    YAML_TEXTS(state_leaf_text, extended_key_usage),
    YAML_TEXT(state_leaf_text, pad_to),
    YAML_TEXT(state_leaf_text, pad_percent),
    YAML_TEXT(state_leaf_text, serial),
    YAML_TEXT(state_leaf_text, names_total),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t chains_fields[] = {
    YAML_TEXTS(state_chains_text, rsa),
    YAML_TEXTS(state_chains_text, ecdsa),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t state_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct state_text, name,
                           1, 100),
    YAML_TEXT(state_text, now),
    YAML_TEXT(state_text, policy),
    YAML_TEXT(state_text, endpoint),
    YAML_TEXT(state_text, client_auth),
    YAML_TEXT(state_text, without_name),
    CYAML_FIELD_MAPPING_PTR("tls", YAML_OPTIONAL, struct state_text, tls,
                            tls_fields),
    CYAML_FIELD_MAPPING_PTR("leaf", YAML_OPTIONAL, struct state_text, leaf,
                            leaf_fields),
    CYAML_FIELD_MAPPING_PTR("chains", YAML_OPTIONAL, struct state_text, chains,
                            chains_fields),
    CYAML_FIELD_END,
};
const cyaml_schema_value_t state_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct state_text, state_fields)};

/* The text of a state and the nearest earlier state that gives each part. */
struct merged {
    const struct state_text *here;
    const char *now, *policy, *endpoint, *client_auth;
    const struct state_tls_text *tls;
    const struct state_leaf_text *leaf;
    const struct state_chains_text *chains;
};

static void merge(struct merged *m, const struct state_text *t)
{
    m->here = t;
    m->now = t->now ? t->now : m->now;
    m->policy = t->policy ? t->policy : m->policy;
    m->endpoint = t->endpoint ? t->endpoint : m->endpoint;
    m->client_auth = t->client_auth ? t->client_auth : m->client_auth;
    m->tls = t->tls ? t->tls : m->tls;
    m->leaf = t->leaf ? t->leaf : m->leaf;
    m->chains = t->chains ? t->chains : m->chains;
}

static int convert_alpn(const struct source *s, const struct state_tls_text *t,
                        struct endpoint_tls *tls)
{
    if (convert_flag(s, "tls.alpn_required", t->alpn_required,
                     &tls->alpn_required))
        return -1;
    if (tls->alpn_required && t->alpn_count == 0)
        return convert_fault(s, "tls.alpn_required",
                             "there is no tls.alpn here; list the names that "
                             "the endpoint takes");
    return convert_list(s, "tls.alpn", &tls->alpn, &tls->alpn_count, t->alpn,
                        t->alpn_count, NULL);
}

static int convert_close(const struct source *s,
                         const struct state_close_text *t,
                         struct endpoint_close *out)
{
    if (!t)
        return 0;
    out->how = CLOSE_FIN;
    if (t->how && !strcmp(t->how, "rst"))
        out->how = CLOSE_RST;
    else if (t->how && strcmp(t->how, "fin") != 0)
        return convert_fault(s, "tls.close.how", "fin or rst");
    out->offers = t->offers ? tls_version_parse(t->offers) : 0;
    if (t->offers && !out->offers)
        return convert_fault(s, "tls.close.offers", "1.0, 1.1, 1.2 or 1.3");
    if (convert_flag(s, "tls.close.without_name", t->without_name,
                     &out->without_name) ||
        convert_number(s, "tls.close.hello_over", t->hello_over, 1, 65535,
                       &out->hello_over))
        return -1;
    if (out->offers || out->without_name || out->hello_over)
        return 0;
    return convert_fault(s, "tls.close",
                         "it minds nothing: give offers, without_name or "
                         "hello_over");
}

static int convert_tickets(const struct source *s,
                           const struct state_tls_text *t,
                           struct endpoint_tls *tls)
{
    if (convert_number(s, "tls.tickets", t->tickets, 0, 255, &tls->tickets) ||
        convert_number(s, "tls.ticket_padding", t->ticket_padding, 1, 60000,
                       &tls->ticket_padding))
        return -1;
    if (tls->tickets || !tls->ticket_padding)
        return 0;
    return convert_fault(s, "tls.ticket_padding",
                         "of no tickets; give tls.tickets, how many are sent");
}

static int convert_staple(const struct source *s, const char *text,
                          enum staple *out)
{
    int n = text ? convert_index(staple_names, STAPLES, text) : STAPLE_NONE;

    if (n < 0)
        return convert_fault(s, "tls.staple",
                             "none, good, revoked, unknown, expired, "
                             "malformed, wrong-responder or try-later");
    *out = (enum staple)n;
    return 0;
}

static int convert_tls(const struct source *s, const struct state_tls_text *t,
                       struct endpoint_tls *tls)
{
    if (!t)
        return 0;
    if (convert_versions(s, "tls.min", t->min, "tls.max", t->max) ||
        convert_number(s, "tls.max_record", t->max_record, 512, 16384,
                       &tls->max_record) ||
        convert_flag(s, "tls.ignore_max_fragment_length",
                     t->ignore_max_fragment_length,
                     &tls->ignore_max_fragment_length) ||
        convert_close(s, t->close, &tls->close) ||
        convert_tickets(s, t, tls) ||
        convert_staple(s, t->staple, &tls->staple))
        return -1;
    if (convert_text(&tls->min, t->min) || convert_text(&tls->max, t->max) ||
        convert_list(s, "tls.suites", &tls->suites, &tls->suites_count,
                     t->suites, t->suites_count, convert_suite) ||
        convert_list(s, "tls.groups", &tls->groups, &tls->groups_count,
                     t->groups, t->groups_count, convert_group) ||
        convert_alpn(s, t, tls))
        return -1;
    return convert_list(
        s, "tls.signature_algorithms", &tls->signature_algorithms,
        &tls->signature_algorithms_count, t->signature_algorithms,
        t->signature_algorithms_count, convert_sigalg);
}

static int check_time(const struct source *s, const char *path,
                      const char *text)
{
    int64_t ignored;

    if (text && time_parse_relative(text, 0, &ignored))
        return convert_fault(s, path,
                             "a time, or a difference to the state's clock, "
                             "as -30d");
    return 0;
}

static int check_leaf(const struct source *s, const struct state_leaf_text *t)
{
    static const char *const keys[] = {"rsa-1024", "rsa-2048", "rsa-3072",
                                       "rsa-4096", "ec-p256",  "ec-p384"};

    if (t->key && convert_index(keys, 6, t->key) < 0)
        return convert_fault(s, "leaf.key",
                             "rsa-1024, rsa-2048, rsa-3072, rsa-4096, ec-p256 "
                             "or ec-p384");
    if (check_time(s, "leaf.not_before", t->not_before))
        return -1;
    return check_time(s, "leaf.not_after", t->not_after);
}

static int convert_leaf(const struct source *s, const struct state_leaf_text *t,
                        struct leaf_spec *leaf)
{
    int64_t serial;

    if (!t)
        return 0;
    if (check_leaf(s, t) ||
        convert_number(s, "leaf.pad_to", t->pad_to, 0, 100000, &leaf->pad_to) ||
        convert_number(s, "leaf.pad_percent", t->pad_percent, 0, 1000,
                       &leaf->pad_percent) ||
        convert_number(s, "leaf.serial", t->serial, 0, INT64_MAX, &serial) ||
        convert_number(s, "leaf.names_total", t->names_total, 1, 5000,
                       &leaf->names_total))
        return -1;
    if (convert_text(&leaf->template_name, t->template_name) ||
        convert_text(&leaf->issuer, t->issuer) ||
        convert_text(&leaf->key, t->key) ||
        convert_text(&leaf->not_before, t->not_before) ||
        convert_text(&leaf->not_after, t->not_after) ||
        convert_text(&leaf->serial, t->serial))
        return -1;
    if (convert_list(s, "leaf.names", &leaf->names, &leaf->names_count,
                     t->names, t->names_count, NULL))
        return -1;
    return convert_list(s, "leaf.extended_key_usage", &leaf->extended_key_usage,
                        &leaf->extended_key_usage_count, t->extended_key_usage,
                        t->extended_key_usage_count, NULL);
}

static int convert_chains(const struct source *s,
                          const struct state_chains_text *t,
                          struct state *state)
{
    if (!t || (!t->rsa_count && !t->ecdsa_count))
        return convert_fault(s, "chains", "missing; give rsa, ecdsa or both");
    if (convert_list(s, "chains.rsa", &state->rsa.certificates,
                     &state->rsa.count, t->rsa, t->rsa_count, NULL))
        return -1;
    return convert_list(s, "chains.ecdsa", &state->ecdsa.certificates,
                        &state->ecdsa.count, t->ecdsa, t->ecdsa_count, NULL);
}

static int convert_state(const struct source *s, const struct merged *m,
                         struct state *state)
{
    static const char *const modes[] = {"none", "request", "require"};
    const char *mode = m->client_auth ? m->client_auth : "none";
    char why[400];

    if (!convert_is_id(m->here->name))
        return convert_fault(s, "name",
                             "a name has a-z, 0-9, '.' and '-' only");
    if (!m->now)
        return convert_fault(s, "now", "missing; add it");
    if (time_parse(m->now, &state->now))
        return convert_fault(s, "now", "a time, as 2024-07-01T00:00:00Z");
    if (m->endpoint && host_check(m->endpoint, why, sizeof why))
        return convert_fault(s, "endpoint", why);
    if (!m->policy)
        return convert_fault(s, "policy", "missing; a name in server/policies");
    if (convert_index(modes, 3, mode) < 0)
        return convert_fault(s, "client_auth", "none, request or require");
    if (convert_text(&state->name, m->here->name) ||
        convert_text(&state->policy, m->policy) ||
        convert_text(&state->endpoint,
                     m->endpoint ? m->endpoint : "endpoint.example") ||
        convert_text(&state->client_auth, mode))
        return -1;
    if (convert_tls(s, m->tls, &state->tls) ||
        convert_leaf(s, m->leaf, &state->leaf))
        return -1;
    return convert_chains(s, m->chains, state);
}

/* Not taken from the state before: that one may be the one that is named. */
static int convert_without_name(const struct source *s, const char *name,
                                struct state *out, size_t i)
{
    size_t k = 0;

    if (!name)
        return 0;
    while (k < i && strcmp(out[k].name, name) != 0)
        k++;
    if (k == i)
        return convert_fault(s, "without_name",
                             "the name of an earlier state, whose certificates "
                             "are for who sends no server name");
    if (out[k].now != out[i].now)
        return convert_fault(s, "without_name",
                             "that state has another clock; give both the "
                             "same `now`");
    if (out[k].without_name)
        return convert_fault(s, "without_name",
                             "that state has `without_name` itself; name the "
                             "state that it names");
    return convert_text(&out[i].without_name, name);
}

int states_convert(const struct source *s, const struct state_text *texts,
                   size_t count, struct state *out)
{
    struct merged m = {0};
    struct source here = *s;

    for (size_t i = 0; i < count; i++) {
        snprintf(here.inside, sizeof here.inside, "states[%zu]", i);
        merge(&m, &texts[i]);
        if (convert_state(&here, &m, &out[i]))
            return -1;
        for (size_t j = 0; j < i; j++)
            if (!strcmp(out[j].name, out[i].name))
                return convert_fault(&here, "name",
                                     "two states have this name; change one");
        if (convert_without_name(&here, texts[i].without_name, out, i))
            return -1;
    }
    return 0;
}

void endpoint_tls_clear(struct endpoint_tls *tls)
{
    free(tls->min);
    free(tls->max);
    convert_list_free(tls->suites, tls->suites_count);
    convert_list_free(tls->groups, tls->groups_count);
    convert_list_free(tls->signature_algorithms,
                      tls->signature_algorithms_count);
    convert_list_free(tls->alpn, tls->alpn_count);
}

void state_clear(struct state *state)
{
    struct leaf_spec *leaf = &state->leaf;

    free(state->name);
    free(state->policy);
    free(state->endpoint);
    free(state->client_auth);
    free(state->without_name);
    endpoint_tls_clear(&state->tls);
    free(leaf->template_name);
    free(leaf->issuer);
    free(leaf->key);
    free(leaf->not_before);
    free(leaf->not_after);
    free(leaf->serial);
    convert_list_free(leaf->names, leaf->names_count);
    convert_list_free(leaf->extended_key_usage, leaf->extended_key_usage_count);
    convert_list_free(state->rsa.certificates, state->rsa.count);
    convert_list_free(state->ecdsa.certificates, state->ecdsa.count);
}
