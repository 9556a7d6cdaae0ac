/* Writes a plan down. Nothing here depends on time, ports or the machine's
 * folders but for the paths of the given files. */
#include "lab/plan_document.h"

#include <stdio.h>
#include <string.h>

#include "base/quantity.h"
#include "lab/certificates.h"
#include "lab/endpoint_config.h"
#include "lab/selection.h"
#include "lab/stacks.h"
#include "lab/want.h"

static const char *const kinds[] = {"change", "attack"};

static json_t *certificate_json(const struct pki_cert *c)
{
    char before[32], after[32];
    size_t size = 0;

    pki_der(c, &size);
    time_format(pki_not_before(c), before);
    time_format(pki_not_after(c), after);
    return json_pack("{s:s?,s:s?,s:s?,s:I,s:s?,s:s,s:s,s:s}", "name",
                     pki_name(c), "subject", pki_subject(c), "issuer",
                     pki_issuer(c), "bytes", (json_int_t)size, "key",
                     pki_key_kind(c), "not_before", before, "not_after", after,
                     "sha256", pki_certificate_sha256(c));
}

static json_t *list_json(const struct certificate_list *l)
{
    json_t *list = json_array();

    for (size_t i = 0; l && i < l->count; i++)
        json_array_append_new(list, certificate_json(l->items[i]));
    return list;
}

static json_t *state_json(const struct lab_plan *p, const struct scenario *s,
                          const struct state *st)
{
    char now[32];

    return json_pack(
        "{s:s,s:s,s:s,s:s,s:o,s:s,s:{s:o,s:o}}", "name", st->name, "now",
        time_format(st->now, now), "policy", st->policy, "endpoint",
        st->endpoint, "tls", endpoint_config_tls(s, st), "client_auth",
        st->client_auth ? st->client_auth : "none", "chains", "rsa",
        list_json(certificates_of_state(p->certificates, st, 0)), "ecdsa",
        list_json(certificates_of_state(p->certificates, st, 1)));
}

static json_t *expectation_json(const struct expectation *e)
{
    return json_pack("{s:o,s:o,s:s,s:s,s:s?,s:s?}", "devices",
                     want_strings(e->devices, e->devices_count), "stacks",
                     want_strings(e->stacks, e->stacks_count), "verdict",
                     verdict_name(e->verdict), "reason", reason_name(e->reason),
                     "because", e->because, "reference", e->reference);
}

static json_t *scenario_json(const struct lab_plan *p, const struct scenario *s)
{
    json_t *states = json_array(), *expect = json_array();

    for (size_t i = 0; i < s->states_count; i++)
        json_array_append_new(states, state_json(p, s, &s->states[i]));
    for (size_t i = 0; i < s->expect_count; i++)
        json_array_append_new(expect, expectation_json(&s->expect[i]));
    return json_pack("{s:s,s:s?,s:s?,s:s?,s:s?,s:s,s:o,s:b,s:o}", "id", s->id,
                     "title", s->title, "story", s->story, "source", s->source,
                     "file", s->file, "kind", kinds[s->kind], "states", states,
                     "expect_all", s->expect_count > 0, "expect", expect);
}

static json_t *device_tls_json(const struct device_tls *t)
{
    return json_pack(
        "{s:s?,s:s?,s:o,s:o,s:o,s:b,s:o,s:I}", "min", t->min, "max", t->max,
        "suites", want_strings(t->suites, t->suites_count), "groups",
        want_strings(t->groups, t->groups_count), "signature_algorithms",
        want_strings(t->signature_algorithms, t->signature_algorithms_count),
        "sni", t->sni, "alpn", want_strings(t->alpn, t->alpn_count),
        "max_fragment_length", (json_int_t)t->max_fragment_length);
}

static json_t *clock_json(const struct device *d)
{
    char text[64] = "true", at[32];

    if (d->clock == CLOCK_NONE)
        snprintf(text, sizeof text, "none");
    else if (d->clock == CLOCK_FIXED)
        snprintf(text, sizeof text, "%s", time_format(d->clock_value, at));
    else if (d->clock == CLOCK_OFFSET)
        snprintf(text, sizeof text, "%+llds", (long long)d->clock_value);
    return json_string(text);
}

/* What pins stand for, as the file says it; the hashes are in the jobs. */
static json_t *pins_json(const struct device *d)
{
    static const char *const places[] = {"any", "leaf", "intermediate",
                                         "anchor"};
    static const char *const matches[] = {"certificate-sha256", "spki-sha256"};
    json_t *list = json_array();

    for (size_t i = 0; i < d->pins_count; i++) {
        const struct pin *pin = &d->pins[i];

        json_array_append_new(list, json_pack("{s:s,s:s,s:s?,s:s?}", "what",
                                              places[pin->what], "match",
                                              matches[pin->match], "of",
                                              pin->of, "sha256", pin->sha256));
    }
    return list;
}

static json_t *distrust_json(const struct device *d)
{
    char after[32];

    if (!d->distrust)
        return json_null();
    return json_pack(
        "{s:o,s:s}", "anchors",
        want_strings(d->distrust->anchors, d->distrust->anchors_count), "after",
        time_format(d->distrust->after, after));
}

static json_t *device_json(const struct lab_plan *p, const struct device *d)
{
    const char *stack = d->stacks[0];
    size_t base = strlen(d->id) - strlen(stack) - 1;

    return json_pack(
        "{s:s,s:o,s:s?,s:s?,s:b,s:I,s:s,s:o,s:o,s:o,s:{s:b,s:b,s:b,s:b},s:o,"
        "s:{s:I,s:I,s:I},s:o,s:s?}",
        "id", d->id, "device", json_stringn(d->id, base), "title", d->title,
        "file", d->file, "built_in", selection_is_builtin(d->file, "devices"),
        "units", (json_int_t)d->units, "stack", stack, "trust_store",
        list_json(certificates_of_device(p->certificates, d)), "pins",
        pins_json(d), "tls", device_tls_json(&d->tls), "verify", "chain",
        d->verify.chain, "name", d->verify.name, "time", d->verify.time,
        "partial_chain", d->verify.partial_chain, "clock", clock_json(d),
        "limits", "heap", (json_int_t)d->heap, "max_depth",
        (json_int_t)d->max_depth, "max_certificate",
        (json_int_t)d->max_certificate, "distrust", distrust_json(d),
        "identity", d->identity);
}

static json_t *stacks_json(const struct stacks *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->count; i++) {
        const struct stack *st = &s->items[i];
        json_t *version = json_object_get(st->described, "version");

        json_array_append_new(
            list, json_pack("{s:s,s:O?,s:b,s:s?,s:O?}", "stack", st->name,
                            "version", version, "built", st->program != NULL,
                            "reason", st->reason, "describe", st->described));
    }
    return list;
}

/* "scenario/device" of each pair that is run, in the order of the verdicts. */
static json_t *pairs_json(const struct lab_plan *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->scenarios_count; i++)
        for (size_t j = 0; j < p->devices_count; j++)
            if (selection_has(p->selection, i, j))
                json_array_append_new(list,
                                      json_sprintf("%s/%s", p->scenarios[i]->id,
                                                   p->devices[j]->id));
    return list;
}

json_t *plan_document_new(const struct lab_plan *p)
{
    json_t *scenarios = json_array(), *devices = json_array();

    for (size_t i = 0; i < p->scenarios_count; i++)
        json_array_append_new(scenarios, scenario_json(p, p->scenarios[i]));
    for (size_t i = 0; i < p->devices_count; i++)
        json_array_append_new(devices, device_json(p, p->devices[i]));
    return json_pack("{s:s,s:o,s:o,s:o,s:o}", "program", "chainbreak",
                     "scenarios", scenarios, "devices", devices, "stacks",
                     stacks_json(p->stacks), "pairs", pairs_json(p));
}
