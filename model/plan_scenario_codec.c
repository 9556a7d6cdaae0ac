/* Scenarios and their states as parts of plan.json. */
#include "model/plan_parts.h"

#include <stdlib.h>

#include "base/tls_names.h"

static const char *const kinds[] = {"change", "attack"};
static const char *const chain_types[CHAINS] = {"rsa", "ecdsa"};

static const char *const hows[] = {"never", "fin", "rst"};

/* Nothing where there is no such box. */
static void close_encode(struct codec *c, json_t *to,
                         const struct endpoint_close *b)
{
    json_t *box;

    if (b->how == CLOSE_NEVER)
        return;
    box = json_object();
    codec_put_text(c, box, "how", hows[b->how]);
    codec_put_text(c, box, "offers",
                   b->offers ? tls_version_name((uint16_t)b->offers) : NULL);
    codec_put_flag(c, box, "without_name", b->without_name);
    codec_put_number(c, box, "hello_over", b->hello_over);
    codec_put(c, to, "close", box);
}

static void close_decode(struct codec *c, const json_t *from,
                         struct endpoint_close *b)
{
    const json_t *box = codec_object(c, from, "close");
    char *version;

    if (!box)
        return;
    b->how = (enum close_how)codec_choice(c, box, "how", hows, 3, CLOSE_NEVER);
    version = codec_text(c, box, "offers");
    b->offers = version ? tls_version_parse(version) : 0;
    free(version);
    b->without_name = codec_flag(c, box, "without_name", 0);
    b->hello_over = codec_number(c, box, "hello_over", 0);
}

static json_t *tls_encode(struct codec *c, const struct endpoint_tls *t)
{
    json_t *to = json_object();

    codec_put_text(c, to, "min", t->min);
    codec_put_text(c, to, "max", t->max);
    codec_put_texts(c, to, "suites", t->suites, t->suites_count);
    codec_put_texts(c, to, "groups", t->groups, t->groups_count);
    codec_put_texts(c, to, "signature_algorithms", t->signature_algorithms,
                    t->signature_algorithms_count);
    codec_put_texts(c, to, "alpn", t->alpn, t->alpn_count);
    codec_put_flag(c, to, "alpn_required", t->alpn_required);
    codec_put_flag(c, to, "ignore_max_fragment_length",
                   t->ignore_max_fragment_length);
    codec_put_number(c, to, "max_record", t->max_record);
    close_encode(c, to, &t->close);
    codec_brief_number(c, to, "tickets", t->tickets, 0);
    codec_brief_number(c, to, "ticket_padding", t->ticket_padding, 0);
    codec_brief_text(c, to, "staple",
                     t->staple ? staple_names[t->staple] : NULL);
    return to;
}

static void tls_decode(struct codec *c, const json_t *from,
                       struct endpoint_tls *t)
{
    t->min = codec_text(c, from, "min");
    t->max = codec_text(c, from, "max");
    t->suites = codec_texts(c, from, "suites", &t->suites_count);
    t->groups = codec_texts(c, from, "groups", &t->groups_count);
    t->signature_algorithms = codec_texts(c, from, "signature_algorithms",
                                          &t->signature_algorithms_count);
    t->alpn = codec_texts(c, from, "alpn", &t->alpn_count);
    t->alpn_required = codec_flag(c, from, "alpn_required", 0);
    t->ignore_max_fragment_length =
        codec_flag(c, from, "ignore_max_fragment_length", 0);
    t->max_record = codec_number(c, from, "max_record", 0);
    close_decode(c, from, &t->close);
    t->tickets = codec_number(c, from, "tickets", 0);
    t->ticket_padding = codec_number(c, from, "ticket_padding", 0);
    t->staple = (enum staple)codec_choice(c, from, "staple", staple_names,
                                          STAPLES, STAPLE_NONE);
}

static json_t *state_encode(struct codec *c, const struct plan *p,
                            const struct plan_state *ps)
{
    const struct state *st = ps->state;
    json_t *to = json_object(), *chains = json_object();

    codec_put_text(c, to, "name", st->name);
    codec_put_time(c, to, "now", st->now);
    codec_put_text(c, to, "policy", st->policy);
    codec_put_text(c, to, "endpoint", st->endpoint);
    codec_put(c, to, "tls", tls_encode(c, &ps->tls));
    codec_put_text(c, to, "client_auth",
                   st->client_auth ? st->client_auth : "none");
    for (int k = 0; k < CHAINS; k++)
        codec_put(c, chains, chain_types[k],
                  plan_list_encode(c, p, &ps->chains[k]));
    codec_put(c, to, "chains", chains);
    codec_put_text(c, to, "without_name", st->without_name);
    codec_put_texts(c, to, "left_out", ps->left_out, ps->left_out_count);
    return to;
}

static void state_decode(struct codec *c, const struct plan *p,
                         const json_t *from, struct state *st,
                         struct plan_state *ps)
{
    const json_t *chains = codec_object(c, from, "chains");

    ps->state = st;
    st->name = codec_need_text(c, from, "name");
    st->now = codec_time(c, from, "now");
    st->policy = codec_text(c, from, "policy");
    st->endpoint = codec_need_text(c, from, "endpoint");
    st->client_auth = codec_need_text(c, from, "client_auth");
    st->without_name = codec_text(c, from, "without_name");
    tls_decode(c, codec_object(c, from, "tls"), &ps->tls);
    for (int k = 0; k < CHAINS; k++)
        plan_list_decode(c, chains, chain_types[k], p, &ps->chains[k]);
    ps->left_out = codec_texts(c, from, "left_out", &ps->left_out_count);
}

static json_t *expectation_encode(struct codec *c, const struct expectation *e)
{
    json_t *to = json_object();

    codec_put_texts(c, to, "devices", e->devices, e->devices_count);
    codec_put_texts(c, to, "stacks", e->stacks, e->stacks_count);
    codec_put_text(c, to, "verdict", verdict_name(e->verdict));
    codec_put_text(c, to, "reason", reason_name(e->reason));
    codec_put_text(c, to, "because", e->because);
    codec_put_text(c, to, "reference", e->reference);
    return to;
}

static void expectation_decode(struct codec *c, const json_t *from,
                               struct expectation *e)
{
    char *verdict = codec_need_text(c, from, "verdict");
    char *reason = codec_need_text(c, from, "reason");

    if (verdict && verdict_parse(verdict, &e->verdict))
        codec_fault(c, "verdict", "there is no such verdict");
    if (reason && reason_parse(reason, &e->reason))
        codec_fault(c, "reason", "there is no such reason");
    free(verdict);
    free(reason);
    e->devices = codec_texts(c, from, "devices", &e->devices_count);
    e->stacks = codec_texts(c, from, "stacks", &e->stacks_count);
    e->because = codec_text(c, from, "because");
    e->reference = codec_text(c, from, "reference");
}

json_t *plan_scenario_encode(struct codec *c, const struct plan *p,
                             const struct plan_scenario *ps)
{
    const struct scenario *s = ps->scenario;
    json_t *to = json_object(), *states = json_array(), *expect = json_array();

    for (size_t i = 0; i < s->states_count; i++)
        codec_add(c, states, state_encode(c, p, &ps->states[i]));
    for (size_t i = 0; i < s->expect_count; i++)
        codec_add(c, expect, expectation_encode(c, &s->expect[i]));
    codec_put_text(c, to, "id", s->id);
    codec_put_text(c, to, "title", s->title);
    codec_put_text(c, to, "story", s->story);
    codec_put_text(c, to, "source", s->source);
    codec_put_text(c, to, "file", s->file);
    codec_put_flag(c, to, "built_in", ps->built_in);
    codec_put_text(c, to, "kind", kinds[s->kind]);
    codec_put_texts(c, to, "concerns", s->concerns, s->concerns_count);
    codec_put(c, to, "states", states);
    codec_put(c, to, "expect", expect);
    return to;
}

static void head_decode(struct codec *c, const json_t *from, struct scenario *s)
{
    s->id = codec_need_text(c, from, "id");
    s->title = codec_text(c, from, "title");
    s->story = codec_text(c, from, "story");
    s->source = codec_text(c, from, "source");
    s->file = codec_need_text(c, from, "file");
    s->kind = (enum scenario_kind)codec_choice(c, from, "kind", kinds, 2, 0);
    s->concerns = codec_texts(c, from, "concerns", &s->concerns_count);
}

int plan_scenario_decode(struct codec *c, const struct plan *p,
                         const json_t *from, struct plan_scenario *ps)
{
    const json_t *states = codec_array(c, from, "states");
    const json_t *expect = codec_array(c, from, "expect");
    struct scenario *s = codec_alloc(c, 1, sizeof *s);
    size_t n = json_array_size(states), rules = json_array_size(expect);

    if (!s)
        return -1;
    ps->scenario = s;
    ps->owned = 1;
    head_decode(c, from, s);
    ps->built_in = codec_flag(c, from, "built_in", 0);
    s->states = codec_alloc(c, n, sizeof *s->states);
    ps->states = codec_alloc(c, n, sizeof *ps->states);
    s->expect = codec_alloc(c, rules, sizeof *s->expect);
    if (n == 0)
        codec_fault(c, "states", "missing");
    for (size_t i = 0; !c->failed && i < n; i++) {
        s->states_count++;
        state_decode(c, p, json_array_get(states, i), &s->states[i],
                     &ps->states[i]);
    }
    for (size_t i = 0; !c->failed && i < rules; i++) {
        s->expect_count++;
        expectation_decode(c, json_array_get(expect, i), &s->expect[i]);
    }
    if (!c->failed)
        return 0;
    plan_scenario_clear(ps);
    return -1;
}
