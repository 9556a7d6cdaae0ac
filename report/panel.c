/* One explanation. Everything in it is a fact of the documents; the sentences
 * are the diagnosis's. */
#include "report/panel.h"

#include <string.h>

enum { FULL_MOST = 3000 }; /* verdicts of a run told in full */

static void list(struct writer *w, const json_t *array, const char *key)
{
    size_t i;
    const json_t *e;

    json_array_foreach(array, i, e)
    {
        const char *text =
            json_is_string(e) ? json_string_value(e) : document_text(e, key);
        writer_put(w, "%s%s", i ? ", " : "", text);
    }
    if (!json_array_size(array))
        writer_raw(w, "none");
}

static void device(struct writer *w, const json_t *dev)
{
    writer_put(w,
               "<h4>The device</h4><dl><dt>Device</dt><dd>%s <small>%s, "
               "%n units</small></dd><dt>Stack build</dt><dd>%s</dd>",
               document_text(dev, "title"), document_text(dev, "id"),
               document_number(dev, "units"), document_text(dev, "stack"));
}

static void trust(struct writer *w, const json_t *dev)
{
    const json_t *pins = json_object_get(dev, "pins");
    size_t i;
    const json_t *pin;

    writer_raw(w, "<dt>Trust store</dt><dd>");
    if (json_array_size(json_object_get(dev, "trust_store")) > 12)
        writer_put(
            w, "%lld trust anchors",
            (long long)json_array_size(json_object_get(dev, "trust_store")));
    else
        list(w, json_object_get(dev, "trust_store"), "name");
    writer_raw(w, "</dd>");
    json_array_foreach(pins, i, pin)
    {
        writer_put(w, "<dt>Pin</dt><dd>%s, %s of %s</dd>",
                   document_text(pin, "what"), document_text(pin, "match"),
                   document_text(pin, "of"));
    }
    writer_put(w, "<dt>Clock</dt><dd>%s</dd>", document_text(dev, "clock"));
}

/* One line per chain: what each certificate is stands once on the page, with
 * the change (scenario_write). */
static void chain(struct writer *w, const json_t *certificates)
{
    size_t i;
    const json_t *c;

    json_array_foreach(certificates, i, c)
    {
        writer_put(w, "%s<b>%s</b> %n", i ? ", " : "", document_text(c, "name"),
                   document_number(c, "bytes"));
    }
    writer_raw(w, json_array_size(certificates) ? " bytes" : "no chain");
}

static void served(struct writer *w, const json_t *scenario,
                   const json_t *state, const json_t *record)
{
    const json_t *server = json_object_get(record, "server");
    const char *which =
        document_text(json_object_get(server, "chose"), "chain");
    const json_t *chains = json_object_get(state, "chains");
    const json_t *certificates =
        json_object_get(chains, *which ? which : "rsa");

    writer_put(w,
               "<p class=\"state\"><a href=\"#state-%s-%s\"><b>%s</b></a> "
               "<small>clock %s, policy %s</small></p><p class=\"chain\">",
               document_text(scenario, "id"), document_text(state, "name"),
               document_text(state, "name"), document_text(state, "now"),
               document_text(state, "policy"));
    if (!json_array_size(certificates))
        certificates = json_object_get(chains, "ecdsa");
    chain(w, certificates);
    writer_raw(w, "</p>");
}

static void alerts(struct writer *w, const char *who, const json_t *array)
{
    size_t i;
    const json_t *a;

    json_array_foreach(array, i, a)
    {
        writer_put(w, "<li>%s sent alert %lld %s</li>", who,
                   document_number(a, "code"), document_text(a, "name"));
    }
}

static void said(struct writer *w, const json_t *record)
{
    const json_t *native = json_object_get(record, "native");
    const json_t *server = json_object_get(record, "server");

    writer_put(w, "<ul class=\"said\"><li>Outcome: <b>%s</b>",
               document_text(record, "outcome"));
    if (*document_text(record, "refused_by"))
        writer_put(
            w, " by the %s at stage %s: <span class=\"reason\">%s</span>",
            document_text(record, "refused_by"), document_text(record, "stage"),
            document_text(record, "reason"));
    writer_raw(w, "</li>");
    if (*document_text(record, "version"))
        writer_put(w, "<li>Negotiated TLS %s, %s</li>",
                   document_text(record, "version"),
                   document_text(record, "suite"));
    if (document_number(native, "code") || document_number(native, "flags"))
        writer_put(w, "<li>The library said %lld (flags %lld): %s</li>",
                   document_number(native, "code"),
                   document_number(native, "flags"),
                   document_text(native, "text"));
    if (document_number(record, "certificate_bytes"))
        writer_put(w, "<li>Certificate message: %n bytes</li>",
                   document_number(record, "certificate_bytes"));
    if (document_number(record, "peak_heap"))
        writer_put(w, "<li>Peak heap: %n bytes</li>",
                   document_number(record, "peak_heap"));
    alerts(w, "the device", json_object_get(server, "alerts_received"));
    alerts(w, "the endpoint", json_object_get(server, "alerts_sent"));
    if (*document_text(record, "note"))
        writer_put(w, "<li>%s</li>", document_text(record, "note"));
    writer_raw(w, "</ul>");
}

static void states(struct writer *w, const struct document *d,
                   const json_t *scenario, const char *id)
{
    size_t i;
    const json_t *state;

    writer_raw(w, "<h4>What was served, and what both sides said</h4>");
    json_array_foreach(json_object_get(scenario, "states"), i, state)
    {
        const json_t *record = document_record(
            d, document_text(scenario, "id"), document_text(state, "name"), id);
        served(w, scenario, state, record);
        if (record)
            said(w, record);
    }
}

/* What went well needs no search for a cause. A page has thousands of these. */
static int is_well(const json_t *verdict)
{
    const char *name = document_text(verdict, "verdict");

    return !strcmp(name, "survives") || !strcmp(name, "refuses") ||
           document_is_untried(verdict);
}

/* On a page of thousands, only what changes or is wrong is told in full: a
 * browser has to hold it all. `explain` tells the rest. */
static int is_short(const struct document *d, const json_t *verdict)
{
    static const char *const told[] = {"breaks", "recovers", "insecure",
                                       "error"};
    const char *name = document_text(verdict, "verdict");

    if (json_array_size(json_object_get(d->verdicts, "verdicts")) <= FULL_MOST)
        return 0;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (!strcmp(name, told[i]))
            return 0;
    return !json_is_false(json_object_get(verdict, "as_expected"));
}

static void details(struct writer *w, const struct document *d,
                    const json_t *verdict)
{
    const char *id = document_text(verdict, "device");

    device(w, document_device(d, id));
    if (!is_well(verdict))
        trust(w, document_device(d, id));
    writer_raw(w, "</dl>");
    if (!document_is_untried(verdict))
        states(w, d, document_scenario(d, document_text(verdict, "scenario")),
               id);
}

void panel_write(struct writer *w, const struct document *d,
                 const json_t *verdict)
{
    const char *id = document_text(verdict, "device");
    const json_t *scenario =
        document_scenario(d, document_text(verdict, "scenario"));
    const json_t *expected = json_object_get(verdict, "expected");
    const char *name = document_text(verdict, "verdict");

    writer_put(w,
               "<aside class=\"panel\" id=\"%s/%s\"><a class=\"close\" "
               "href=\"#matrix\" title=\"close\">×</a><h3>%s</h3>"
               "<p><span class=\"v %s\">%s</span> %s</p>",
               document_text(scenario, "id"), id,
               document_text(scenario, "title"), name, name,
               document_text(verdict, "reason"));
    if (*document_text(verdict, "cause"))
        writer_put(w, "<p class=\"cause\">%s</p>",
                   document_text(verdict, "cause"));
    if (*document_text(verdict, "mend"))
        writer_put(w, "<p class=\"mend\"><b>What mends it:</b> %s</p>",
                   document_text(verdict, "mend"));
    if (json_is_object(expected))
        writer_put(w,
                   "<p class=\"expected\">Expected: %s %s (%s) "
                   "<small>%s</small></p>",
                   document_text(expected, "verdict"),
                   document_text(expected, "reason"),
                   document_text(expected, "because"),
                   document_text(expected, "reference"));
    if (is_short(d, verdict))
        writer_put(w, "<p>%s</p>", id);
    else
        details(w, d, verdict);
    writer_put(w, "<p class=\"source\">chainbreak explain %s</p></aside>\n",
               document_text(verdict, "cell"));
}
