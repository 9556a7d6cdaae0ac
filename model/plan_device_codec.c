/* Devices as parts of plan.json. */
#include "model/plan_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"

static const char *const places[] = {"any", "leaf", "intermediate", "anchor"};
static const char *const matches[] = {"certificate-sha256", "spki-sha256",
                                      "certificate-sha1"};

static json_t *tls_encode(struct codec *c, const struct device_tls *t)
{
    json_t *to = json_object();

    codec_put_text(c, to, "min", t->min);
    codec_put_text(c, to, "max", t->max);
    codec_put_texts(c, to, "suites", t->suites, t->suites_count);
    codec_put_texts(c, to, "groups", t->groups, t->groups_count);
    codec_put_texts(c, to, "signature_algorithms", t->signature_algorithms,
                    t->signature_algorithms_count);
    codec_put_flag(c, to, "sni", t->sni);
    codec_put_flag(c, to, "resume", t->resume);
    codec_put_texts(c, to, "alpn", t->alpn, t->alpn_count);
    codec_put_number(c, to, "max_fragment_length", t->max_fragment_length);
    codec_brief_text(c, to, "ocsp", t->ocsp ? ocsp_names[t->ocsp] : NULL);
    return to;
}

static void tls_decode(struct codec *c, const json_t *from,
                       struct device_tls *t)
{
    t->min = codec_text(c, from, "min");
    t->max = codec_text(c, from, "max");
    t->suites = codec_texts(c, from, "suites", &t->suites_count);
    t->groups = codec_texts(c, from, "groups", &t->groups_count);
    t->signature_algorithms = codec_texts(c, from, "signature_algorithms",
                                          &t->signature_algorithms_count);
    t->sni = codec_flag(c, from, "sni", 1);
    t->resume = codec_flag(c, from, "resume", 0);
    t->alpn = codec_texts(c, from, "alpn", &t->alpn_count);
    t->max_fragment_length = codec_number(c, from, "max_fragment_length", 0);
    t->ocsp = (enum ocsp)codec_choice(c, from, "ocsp", ocsp_names, OCSPS,
                                      OCSP_LIBRARY);
}

/* As a device file writes it. */
static void clock_encode(struct codec *c, const struct device *d, json_t *to)
{
    char text[64] = "true", at[32];

    if (d->clock == CLOCK_NONE)
        snprintf(text, sizeof text, "none");
    else if (d->clock == CLOCK_FIXED)
        snprintf(text, sizeof text, "%s", time_format(d->clock_value, at));
    else if (d->clock == CLOCK_OFFSET)
        snprintf(text, sizeof text, "%+llds", (long long)d->clock_value);
    codec_put_text(c, to, "clock", text);
}

static void clock_decode(struct codec *c, const json_t *from, struct device *d)
{
    char *text = codec_need_text(c, from, "clock");

    if (!text || !strcmp(text, "true"))
        d->clock = CLOCK_TRUE;
    else if (!strcmp(text, "none"))
        d->clock = CLOCK_NONE;
    else if (time_parse(text, &d->clock_value) == 0)
        d->clock = CLOCK_FIXED;
    else if (duration_parse(text, &d->clock_value) == 0)
        d->clock = CLOCK_OFFSET;
    else
        codec_fault(c, "clock", "true, none, a time or a difference");
    free(text);
}

/* What pins stand for, as the file says it; the hashes are in the jobs. */
static json_t *pins_encode(struct codec *c, const struct device *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->pins_count; i++) {
        const struct pin *pin = &d->pins[i];
        json_t *to = json_object();

        codec_put_text(c, to, "what", places[pin->what]);
        codec_put_text(c, to, "match", matches[pin->match]);
        codec_put_text(c, to, "of", pin->of);
        codec_put_text(c, to, "hash", pin->sha256);
        codec_add(c, list, to);
    }
    return list;
}

static void pins_decode(struct codec *c, const json_t *from, struct device *d)
{
    const json_t *list = codec_array(c, from, "pins");

    d->pins = codec_alloc(c, json_array_size(list), sizeof *d->pins);
    for (size_t i = 0; d->pins && i < json_array_size(list); i++) {
        const json_t *pin = json_array_get(list, i);
        struct pin *to = &d->pins[d->pins_count++];

        to->what = (enum pin_place)codec_choice(c, pin, "what", places, 4, 0);
        to->match = (enum pin_match)codec_choice(
            c, pin, "match", matches, (int)(sizeof matches / sizeof *matches),
            0);
        to->of = codec_text(c, pin, "of");
        to->sha256 = codec_text(c, pin, "hash");
    }
}

static json_t *distrust_encode(struct codec *c, const struct distrust *d)
{
    json_t *to;

    if (!d)
        return json_null();
    to = json_object();
    codec_put_texts(c, to, "anchors", d->anchors, d->anchors_count);
    codec_put_time(c, to, "after", d->after);
    return to;
}

static void distrust_decode(struct codec *c, const json_t *from,
                            struct device *d)
{
    const json_t *distrust = codec_object(c, from, "distrust");

    d->distrust = codec_alloc(c, distrust != NULL, sizeof *d->distrust);
    if (!d->distrust)
        return;
    d->distrust->anchors =
        codec_texts(c, distrust, "anchors", &d->distrust->anchors_count);
    d->distrust->after = codec_time(c, distrust, "after");
}

static json_t *verify_encode(struct codec *c, const struct device_verify *v)
{
    json_t *to = json_object();

    codec_put_flag(c, to, "chain", v->chain);
    codec_put_flag(c, to, "name", v->name);
    codec_put_flag(c, to, "time", v->time);
    codec_put_flag(c, to, "partial_chain", v->partial_chain);
    return to;
}

static json_t *limits_encode(struct codec *c, const struct device *d)
{
    json_t *to = json_object();

    codec_put_number(c, to, "heap", d->heap);
    codec_put_number(c, to, "max_depth", d->max_depth);
    codec_put_number(c, to, "max_certificate", d->max_certificate);
    return to;
}

static void settings_encode(struct codec *c, const struct device *d, json_t *to)
{
    codec_put(c, to, "pins", pins_encode(c, d));
    codec_put(c, to, "tls", tls_encode(c, &d->tls));
    codec_put(c, to, "verify", verify_encode(c, &d->verify));
    clock_encode(c, d, to);
    codec_put(c, to, "limits", limits_encode(c, d));
    codec_put(c, to, "security_level",
              d->security_level < 0 ? json_null()
                                    : json_integer(d->security_level));
    codec_put(c, to, "distrust", distrust_encode(c, d->distrust));
    codec_put_text(c, to, "identity", d->identity);
}

json_t *plan_device_encode(struct codec *c, const struct plan *p,
                           const struct plan_device *pd)
{
    const struct device *d = pd->device;
    json_t *to = json_object();

    codec_put_text(c, to, "id", d->id);
    codec_put_text(c, to, "device", pd->type);
    codec_put_text(c, to, "title", d->title);
    codec_put_text(c, to, "file", d->file);
    codec_put_flag(c, to, "built_in", pd->built_in);
    codec_put_number(c, to, "units", d->units);
    codec_put_text(c, to, "stack", d->stacks[0]);
    codec_put_text(c, to, "client", device_client(d));
    codec_put_texts(c, to, "store", d->trust_store, d->trust_store_count);
    codec_put(c, to, "trust_store", plan_list_encode(c, p, &pd->store));
    settings_encode(c, d, to);
    codec_put_texts(c, to, "ignored", pd->ignored, pd->ignored_count);
    codec_put_texts(c, to, "options", pd->options, pd->options_count);
    return to;
}

static void settings_decode(struct codec *c, const json_t *from,
                            struct device *d)
{
    const json_t *verify = codec_object(c, from, "verify");
    const json_t *limits = codec_object(c, from, "limits");

    pins_decode(c, from, d);
    tls_decode(c, codec_object(c, from, "tls"), &d->tls);
    d->verify.chain = codec_flag(c, verify, "chain", 1);
    d->verify.name = codec_flag(c, verify, "name", 1);
    d->verify.time = codec_flag(c, verify, "time", 1);
    d->verify.partial_chain = codec_flag(c, verify, "partial_chain", 0);
    clock_decode(c, from, d);
    d->heap = codec_number(c, limits, "heap", 0);
    d->max_depth = codec_number(c, limits, "max_depth", 0);
    d->max_certificate = codec_number(c, limits, "max_certificate", 0);
    d->security_level = codec_number(c, from, "security_level", -1);
    distrust_decode(c, from, d);
    d->identity = codec_text(c, from, "identity");
}

static void stack_decode(struct codec *c, const json_t *from, struct device *d)
{
    char *client = codec_text(c, from, "client");

    d->stacks = codec_alloc(c, 2, sizeof *d->stacks);
    d->clients = codec_alloc(c, 2, sizeof *d->clients);
    if (!d->stacks || !d->clients) {
        free(client);
        return;
    }
    d->clients[0] = client;
    d->stacks_count = 1;
    d->stacks[0] = codec_need_text(c, from, "stack");
}

int plan_device_decode(struct codec *c, const struct plan *p,
                       const json_t *from, struct plan_device *pd)
{
    char *id = codec_need_text(c, from, "id");
    struct device *d = id ? device_new(id) : NULL;

    free(id);
    if (!d) {
        codec_fault(c, "devices", "out of memory");
        return -1;
    }
    pd->device = d;
    pd->owned = 1;
    pd->type = codec_need_text(c, from, "device");
    d->title = codec_text(c, from, "title");
    d->file = codec_text(c, from, "file");
    pd->built_in = codec_flag(c, from, "built_in", 0);
    d->units = codec_number(c, from, "units", 0);
    stack_decode(c, from, d);
    d->trust_store = codec_texts(c, from, "store", &d->trust_store_count);
    plan_list_decode(c, from, "trust_store", p, &pd->store);
    settings_decode(c, from, d);
    pd->ignored = codec_texts(c, from, "ignored", &pd->ignored_count);
    pd->options = codec_texts(c, from, "options", &pd->options_count);
    if (!c->failed)
        return 0;
    plan_device_clear(pd);
    return -1;
}
