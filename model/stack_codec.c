/* Stack builds, member by member. */
#include "model/stack_codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "model/codec.h"

static void limits_decode(struct codec *c, const json_t *limits,
                          struct stack_description *d)
{
    d->max_certificate = codec_number(c, limits, "max_certificate", 0);
    d->in_content = codec_number(c, limits, "in_content", 0);
    d->certificates = codec_number(c, limits, "certificates", 0);
    d->max_depth = codec_number(c, limits, "max_depth", 0);
    d->reassembly = codec_tristate(c, limits, "reassembly");
}

static void members_decode(struct codec *c, const json_t *json,
                           struct stack_description *d)
{
    d->version = codec_text(c, json, "version");
    d->family = codec_text(c, json, "family");
    d->features = codec_texts(c, json, "features", &d->features_count);
    d->emulates = codec_texts(c, json, "emulates", &d->emulates_count);
    d->curves = codec_texts(c, codec_object(c, json, "configuration"), "curves",
                            &d->curves_count);
    limits_decode(c, codec_object(c, json, "limits"), d);
}

struct stack_description *stack_decode(const char *text, size_t size,
                                       const char *name)
{
    struct codec c = {name, 0};
    json_t *json = json_loadb(text, size, 0, NULL);
    struct stack_description *d = NULL;

    if (!json_is_object(json)) {
        diag("%s: no description came", name);
        goto out;
    }
    d = codec_alloc(&c, 1, sizeof *d);
    if (!d)
        goto out;
    d->document = strndup(text, size);
    if (!d->document) {
        diag("out of memory");
        c.failed = 1;
    }
    members_decode(&c, json, d);
    if (c.failed) {
        stack_description_free(d);
        d = NULL;
    }
out:
    json_decref(json);
    return d;
}

static void origin_encode(struct codec *c, const struct stack_origin *o,
                          json_t *to)
{
    codec_brief_text(c, to, "title", o->title);
    codec_brief_text(c, to, "stands_for", o->stands_for);
    codec_brief_text(c, to, "reference", o->reference);
    codec_brief_text(c, to, "configuration_header", o->configuration_header);
    codec_brief_text(c, to, "empty_sdk_headers", o->empty_headers);
    codec_brief_text(c, to, "board_macros_taken_back", o->macros_taken_back);
}

char *stack_encode(const struct stack_description *d,
                   const struct stack_origin *origin)
{
    struct codec c = {"description of a stack build", 0};
    json_t *json = json_loads(d->document, 0, NULL);
    char *text = NULL;

    if (json && origin)
        origin_encode(&c, origin, json);
    if (json && !c.failed)
        text = json_dumps(json, JSON_INDENT(2));
    if (!text && !c.failed)
        diag("%s: out of memory", c.document);
    json_decref(json);
    return text;
}
