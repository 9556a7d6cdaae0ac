/* plan.json: the plan's own tables. Devices are plan_device_codec.c's, states
 * and scenarios plan_scenario_codec.c's. */
#include "model/plan_codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "model/plan_parts.h"

static void constraints_encode(struct codec *c, const struct certificate *f,
                               json_t *to)
{
    if (f->ca != CERTIFICATE_ABSENT)
        codec_put_flag(c, to, "ca", f->ca);
    codec_brief_number(c, to, "path_length", f->path_length,
                       CERTIFICATE_ABSENT);
    if (f->has_key_usage)
        codec_put_texts(c, to, "key_usage", f->key_usage, f->key_usage_count);
    codec_brief_texts(c, to, "extended_key_usage", f->extended_key_usage,
                      f->extended_key_usage_count);
    codec_brief_texts(c, to, "extensions", f->extensions, f->extensions_count);
    if (f->same_issuer)
        codec_put_flag(c, to, "same_issuer", 1);
    if (f->self_signed)
        codec_put_flag(c, to, "self_signed", 1);
}

json_t *certificate_encode(const struct certificate *f)
{
    struct codec c = {"plan.json", 0};
    json_t *to = json_object();

    codec_put_text(&c, to, "name", f->name);
    codec_put_text(&c, to, "subject", f->subject);
    codec_put_text(&c, to, "issuer", f->issuer);
    codec_put_text(&c, to, "common_name", f->common_name);
    codec_put_text(&c, to, "serial", f->serial);
    codec_put_text(&c, to, "sha256", f->sha256);
    codec_put_text(&c, to, "spki_sha256", f->spki_sha256);
    codec_brief_text(&c, to, "signer_spki_sha256", f->signer_spki_sha256);
    codec_put_text(&c, to, "key", f->key);
    codec_put_text(&c, to, "signature_algorithm", f->signature_algorithm);
    codec_put_time(&c, to, "not_before", f->not_before);
    codec_put_time(&c, to, "not_after", f->not_after);
    codec_put_number(&c, to, "bytes", (long long)f->bytes);
    codec_put_number(&c, to, "version", f->version);
    codec_brief_text(&c, to, "subject_key_id", f->subject_key_id);
    codec_brief_text(&c, to, "authority_key_id", f->authority_key_id);
    if (f->has_san)
        codec_put_texts(&c, to, "names", f->names, f->names_count);
    constraints_encode(&c, f, to);
    return codec_finish(&c, to);
}

/* Texts that are never NULL (model/certificate.h). */
static char *text_decode(struct codec *c, const json_t *from, const char *key)
{
    char *text = codec_text(c, from, key);

    if (!text && !(text = strdup("")))
        codec_fault(c, key, "out of memory");
    return text;
}

static void constraints_decode(struct codec *c, const json_t *from,
                               struct certificate *f)
{
    f->ca = codec_tristate(c, from, "ca");
    f->path_length =
        (int)codec_number(c, from, "path_length", CERTIFICATE_ABSENT);
    f->has_key_usage = codec_array(c, from, "key_usage") != NULL;
    f->key_usage = codec_texts(c, from, "key_usage", &f->key_usage_count);
    f->extended_key_usage = codec_texts(c, from, "extended_key_usage",
                                        &f->extended_key_usage_count);
    f->extensions = codec_texts(c, from, "extensions", &f->extensions_count);
    f->same_issuer = codec_flag(c, from, "same_issuer", 0);
    f->self_signed = codec_flag(c, from, "self_signed", 0);
}

static void certificate_decode(struct codec *c, const json_t *from,
                               struct certificate *f)
{
    f->name = codec_need_text(c, from, "name");
    f->subject = text_decode(c, from, "subject");
    f->issuer = text_decode(c, from, "issuer");
    f->common_name = text_decode(c, from, "common_name");
    f->serial = text_decode(c, from, "serial");
    f->sha256 = codec_need_text(c, from, "sha256");
    f->spki_sha256 = text_decode(c, from, "spki_sha256");
    f->signer_spki_sha256 = codec_text(c, from, "signer_spki_sha256");
    f->key = text_decode(c, from, "key");
    f->signature_algorithm = text_decode(c, from, "signature_algorithm");
    f->not_before = codec_time(c, from, "not_before");
    f->not_after = codec_time(c, from, "not_after");
    f->bytes = (size_t)codec_number(c, from, "bytes", 0);
    f->version = (int)codec_number(c, from, "version", 3);
    f->subject_key_id = codec_text(c, from, "subject_key_id");
    f->authority_key_id = codec_text(c, from, "authority_key_id");
    f->has_san = codec_array(c, from, "names") != NULL;
    f->names = codec_texts(c, from, "names", &f->names_count);
    constraints_decode(c, from, f);
}

static json_t *stack_encode(struct codec *c, const struct plan_stack *s)
{
    json_t *to = json_object();

    codec_put_text(c, to, "stack", s->name);
    codec_put_text(c, to, "version", s->version);
    codec_put_flag(c, to, "built", s->built);
    codec_put_text(c, to, "reason", s->reason);
    codec_put_text(c, to, "family", s->family);
    codec_put_texts(c, to, "features", s->features, s->features_count);
    codec_put_texts(c, to, "emulates", s->emulates, s->emulates_count);
    codec_put_texts(c, to, "curves", s->curves, s->curves_count);
    codec_put_number(c, to, "max_certificate", s->max_certificate);
    codec_put_number(c, to, "in_content", s->in_content);
    codec_put_number(c, to, "certificates", s->certificates);
    codec_put_number(c, to, "depth", s->depth);
    codec_put(c, to, "reassembly",
              s->reassembly < 0 ? json_null() : json_boolean(s->reassembly));
    codec_put_texts(c, to, "notes", s->notes, s->notes_count);
    return to;
}

static void stack_decode(struct codec *c, const json_t *from,
                         struct plan_stack *s)
{
    s->name = codec_need_text(c, from, "stack");
    s->version = codec_text(c, from, "version");
    s->built = codec_flag(c, from, "built", 0);
    s->reason = codec_text(c, from, "reason");
    s->family = codec_text(c, from, "family");
    s->features = codec_texts(c, from, "features", &s->features_count);
    s->emulates = codec_texts(c, from, "emulates", &s->emulates_count);
    s->curves = codec_texts(c, from, "curves", &s->curves_count);
    s->max_certificate = codec_number(c, from, "max_certificate", 0);
    s->in_content = codec_number(c, from, "in_content", 0);
    s->certificates = codec_number(c, from, "certificates", 0);
    s->depth = codec_number(c, from, "depth", 0);
    s->reassembly = codec_tristate(c, from, "reassembly");
    s->notes = codec_texts(c, from, "notes", &s->notes_count);
}

json_t *plan_list_encode(struct codec *c, const struct plan *p,
                         const struct certificates_list *l)
{
    json_t *list = json_array();

    for (size_t i = 0; i < l->count; i++)
        codec_add(c, list, json_integer(l->items[i] - p->certificates));
    return list;
}

void plan_list_decode(struct codec *c, const json_t *from, const char *key,
                      const struct plan *p, struct certificates_list *l)
{
    const json_t *list = codec_array(c, from, key);
    size_t count = json_array_size(list);

    l->items = codec_alloc(c, count, sizeof(void *));
    for (size_t i = 0; l->items && i < count; i++) {
        const json_t *at = json_array_get(list, i);
        json_int_t n = json_integer_value(at);

        if (!json_is_integer(at) || n < 0 ||
            (size_t)n >= p->certificates_count) {
            codec_fault(c, key, "no such certificate");
            return;
        }
        l->items[i] = &p->certificates[n];
        l->count = i + 1;
    }
}

static json_t *tables_encode(struct codec *c, const struct plan *p, json_t *to)
{
    json_t *certificates = json_array(), *scenarios = json_array();
    json_t *devices = json_array(), *stacks = json_array();
    json_t *pairs = json_array();

    for (size_t i = 0; i < p->certificates_count; i++)
        codec_add(c, certificates,
                  p->certificates[i].sha256
                      ? certificate_encode(&p->certificates[i])
                      : json_null());
    for (size_t i = 0; i < p->scenarios_count; i++)
        codec_add(c, scenarios, plan_scenario_encode(c, p, &p->scenarios[i]));
    for (size_t i = 0; i < p->devices_count; i++)
        codec_add(c, devices, plan_device_encode(c, p, &p->devices[i]));
    for (size_t i = 0; i < p->stacks_count; i++)
        codec_add(c, stacks, stack_encode(c, &p->stacks[i]));
    for (size_t i = 0; i < p->pairs_count; i++)
        codec_add(c, pairs,
                  json_sprintf("%s/%s",
                               p->scenarios[p->pairs[i].scenario].scenario->id,
                               p->devices[p->pairs[i].device].device->id));
    codec_put(c, to, "certificates", certificates);
    codec_put(c, to, "scenarios", scenarios);
    codec_put(c, to, "devices", devices);
    codec_put(c, to, "stacks", stacks);
    codec_put(c, to, "pairs", pairs);
    return to;
}

json_t *plan_encode(const struct plan *p)
{
    struct codec c = {"plan.json", 0};
    json_t *to = json_object();

    codec_put_text(&c, to, "program", "chainbreak");
    tables_encode(&c, p, to);
    codec_put_texts(&c, to, "options", p->options, p->options_count);
    codec_put_texts(&c, to, "reading", p->reading, p->reading_count);
    codec_put_texts(&c, to, "notes", p->notes, p->notes_count);
    return codec_finish(&c, to);
}

/* A table of the document: its list, and zeroed room for as many. */
static void *table_new(struct codec *c, const json_t *document, const char *key,
                       size_t size, const json_t **list)
{
    *list = codec_array(c, document, key);
    if (!*list)
        codec_fault(c, key, "no such list in it: not of a run");
    return codec_alloc(c, json_array_size(*list), size);
}

static void certificates_decode(struct codec *c, const json_t *document,
                                struct plan *p)
{
    const json_t *list;

    p->certificates =
        table_new(c, document, "certificates", sizeof *p->certificates, &list);
    for (size_t i = 0; p->certificates && i < json_array_size(list); i++) {
        p->certificates_count++;
        certificate_decode(c, json_array_get(list, i), &p->certificates[i]);
    }
}

static void parts_decode(struct codec *c, const json_t *document,
                         struct plan *p)
{
    const json_t *list;

    p->scenarios =
        table_new(c, document, "scenarios", sizeof *p->scenarios, &list);
    for (size_t i = 0; p->scenarios && i < json_array_size(list); i++) {
        if (plan_scenario_decode(c, p, json_array_get(list, i),
                                 &p->scenarios[i]))
            return;
        p->scenarios_count++;
    }
    p->devices = table_new(c, document, "devices", sizeof *p->devices, &list);
    for (size_t i = 0; p->devices && i < json_array_size(list); i++) {
        if (plan_device_decode(c, p, json_array_get(list, i), &p->devices[i]))
            return;
        p->devices_count++;
    }
    p->stacks = table_new(c, document, "stacks", sizeof *p->stacks, &list);
    for (size_t i = 0; p->stacks && i < json_array_size(list); i++) {
        p->stacks_count++;
        stack_decode(c, json_array_get(list, i), &p->stacks[i]);
    }
}

/* "scenario/device"; 0, or -1: names none of the plan's. */
static int pair_decode(const struct plan *p, const char *text,
                       struct plan_pair *pair)
{
    const char *slash = text ? strchr(text, '/') : NULL;
    char *id = slash ? strndup(text, (size_t)(slash - text)) : NULL;
    const struct plan_scenario *s = id ? plan_scenario(p, id) : NULL;
    const struct plan_device *d = id ? plan_device(p, slash + 1) : NULL;

    free(id);
    if (!s || !d)
        return -1;
    pair->scenario = (size_t)(s - p->scenarios);
    pair->device = (size_t)(d - p->devices);
    return 0;
}

static void pairs_decode(struct codec *c, const json_t *document,
                         struct plan *p)
{
    const json_t *list;

    p->pairs = table_new(c, document, "pairs", sizeof *p->pairs, &list);
    for (size_t i = 0; p->pairs && i < json_array_size(list); i++) {
        if (pair_decode(p, json_string_value(json_array_get(list, i)),
                        &p->pairs[i])) {
            codec_fault(c, "pairs", "must be \"scenario/device\" of the plan");
            return;
        }
        p->pairs_count++;
    }
}

int plan_decode(const json_t *document, const char *name, struct plan *p)
{
    struct codec c = {name, 0};

    memset(p, 0, sizeof *p);
    certificates_decode(&c, document, p);
    if (!c.failed)
        parts_decode(&c, document, p);
    if (!c.failed)
        c.failed = plan_index(p) != 0;
    if (!c.failed)
        pairs_decode(&c, document, p);
    p->options = codec_texts(&c, document, "options", &p->options_count);
    p->reading = codec_texts(&c, document, "reading", &p->reading_count);
    p->notes = codec_texts(&c, document, "notes", &p->notes_count);
    if (!c.failed)
        return 0;
    plan_clear(p);
    return -1;
}

char *plan_text(const struct plan *p)
{
    json_t *document = plan_encode(p);
    char *text = document ? json_dumps(document, JSON_INDENT(1)) : NULL;

    if (document && !text)
        diag("plan.json: out of memory");
    json_decref(document);
    return text;
}

int plan_read(FILE *from, const char *name, struct plan *out)
{
    json_error_t error;
    json_t *document = json_loadf(from, 0, &error);
    int status = -1;

    if (!document)
        diag("%s:%d: %s", name, error.line, error.text);
    else if (!json_is_array(json_object_get(document, "scenarios")))
        diag("%s: no list `scenarios` in it: not of a run", name);
    else
        status = plan_decode(document, name, out);
    json_decref(document);
    return status;
}
