/* Lists, member by member. */
#include "model/list_codec.h"

#include "base/diag.h"
#include "model/codec.h"

/* Takes the list. */
static char *text_of(struct codec *c, json_t *list)
{
    char *text = list && !c->failed ? json_dumps(list, JSON_INDENT(1)) : NULL;

    if (!text && !c->failed)
        diag("%s: out of memory", c->document);
    json_decref(list);
    return text;
}

static json_t *device_json(struct codec *c, const struct list_device *d)
{
    json_t *to = json_object();

    codec_put_text(c, to, "id", d->device->id);
    codec_put_text(c, to, "stack", d->device->stacks[0]);
    codec_put_flag(c, to, "built", d->built);
    codec_put_text(c, to, "title", d->device->title);
    codec_put_number(c, to, "units", d->device->units);
    codec_put_text(c, to, "file", d->device->file);
    return to;
}

static json_t *devices_json(struct codec *c, const struct list_device *devices,
                            size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        codec_add(c, list, device_json(c, &devices[i]));
    return list;
}

static json_t *stack_json(struct codec *c, const struct list_stack *s)
{
    json_t *to = json_object();

    codec_put_text(c, to, "stack", s->name);
    codec_put_flag(c, to, "built", s->built);
    codec_put_text(c, to, "reason", s->reason);
    return to;
}

static json_t *scenario_json(struct codec *c, const struct scenario *s)
{
    json_t *to = json_object(), *states = json_array();

    codec_put_text(c, to, "scenario", s->id);
    codec_put_text(c, to, "title", s->title);
    codec_put_text(c, to, "file", s->file);
    for (size_t i = 0; i < s->states_count; i++)
        codec_add(c, states, codec_string(s->states[i].name));
    codec_put(c, to, "states", states);
    return to;
}

char *list_devices_encode(const struct list_device *devices, size_t count)
{
    struct codec c = {"list of devices", 0};

    return text_of(&c, devices_json(&c, devices, count));
}

char *list_stacks_encode(const struct list_stack *stacks, size_t count)
{
    struct codec c = {"list of stacks", 0};
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        codec_add(&c, list, stack_json(&c, &stacks[i]));
    return text_of(&c, list);
}

char *list_scenarios_encode(const struct list_scenarios *s)
{
    struct codec c = {"list of scenarios", 0};
    json_t *list = json_array();

    for (size_t i = 0; i < s->count; i++)
        codec_add(&c, list, scenario_json(&c, s->items[i]));
    return text_of(&c, list);
}

char *list_cells_encode(const struct list_scenarios *s,
                        const struct list_device *devices, size_t count)
{
    struct codec c = {"list of cells", 0};
    json_t *list = json_array(), *all = devices_json(&c, devices, count);

    for (size_t i = 0; i < s->count; i++) {
        json_t *item = scenario_json(&c, s->items[i]);

        codec_put(&c, item, "devices", json_incref(all));
        codec_add(&c, list, item);
    }
    json_decref(all);
    return text_of(&c, list);
}
