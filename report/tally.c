/* Adds verdicts up. Units of a device type count once, however many scenarios
 * break it and on however many of its stack builds. */
#include "report/tally.h"

#include <stdlib.h>
#include <string.h>

static int by_units(const void *a, const void *b)
{
    const json_t *x = *(const json_t *const *)a;
    const json_t *y = *(const json_t *const *)b;
    long long ux = document_number(x, "units");
    long long uy = document_number(y, "units");
    int order;

    if (ux != uy)
        return ux < uy ? 1 : -1;
    order = strcmp(document_text(x, "device"), document_text(y, "device"));
    if (order)
        return order;
    return strcmp(document_text(x, "scenario"), document_text(y, "scenario"));
}

static void count(struct tally *t, const json_t *verdict)
{
    const char *name = document_text(verdict, "verdict");

    t->verdicts++;
    if (json_is_false(json_object_get(verdict, "as_expected")))
        t->unexpected++;
    if (!strcmp(name, "error"))
        t->errors++;
    if (!strcmp(name, "unsupported"))
        t->unsupported++;
    if (!strcmp(name, "breaks"))
        t->breaks++;
    else if (!strcmp(name, "insecure"))
        t->insecure++;
    else
        return;
    t->worst[t->worst_count++] = verdict;
}

/* Is it new? The set is an object whose values do not matter. */
static int add(json_t *set, const char *name)
{
    return !json_object_get(set, name) &&
           !json_object_set_new(set, name, json_true());
}

static void count_fleet(struct tally *t, const struct document *d,
                        json_t *types)
{
    size_t i;
    const json_t *device;

    json_array_foreach(json_object_get(d->plan, "devices"), i, device)
    {
        if (add(types, document_text(device, "device")))
            t->units += document_number(device, "units");
    }
    t->types = json_object_size(types);
}

static void count_broken(struct tally *t, const struct document *d,
                         json_t *devices, json_t *types)
{
    for (size_t i = 0; i < t->worst_count; i++) {
        const char *id = document_text(t->worst[i], "device");

        if (strcmp(document_text(t->worst[i], "verdict"), "breaks") != 0 ||
            !add(devices, id))
            continue;
        t->devices_broken++;
        if (add(types, document_text(document_device(d, id), "device")))
            t->units_broken += document_number(t->worst[i], "units");
    }
    t->types_broken = json_object_size(types);
}

static int count_units(struct tally *t, const struct document *d)
{
    json_t *fleet = json_object(), *devices = json_object();
    json_t *broken = json_object();
    int status = fleet && devices && broken ? 0 : -1;

    if (!status) {
        count_fleet(t, d, fleet);
        count_broken(t, d, devices, broken);
    }
    json_decref(fleet);
    json_decref(devices);
    json_decref(broken);
    return status;
}

int tally_init(struct tally *t, const struct document *d)
{
    const json_t *verdicts = json_object_get(d->verdicts, "verdicts");
    size_t i;
    const json_t *verdict;

    memset(t, 0, sizeof *t);
    t->worst = calloc(json_array_size(verdicts) + 1, sizeof(const json_t *));
    if (!t->worst)
        return -1;
    json_array_foreach(verdicts, i, verdict)
    {
        count(t, verdict);
    }
    qsort(t->worst, t->worst_count, sizeof(const json_t *), by_units);
    if (!count_units(t, d))
        return 0;
    tally_clear(t);
    return -1;
}

void tally_clear(struct tally *t)
{
    free(t->worst);
}
