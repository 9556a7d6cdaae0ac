/* Looks things up in a run's documents and words them. */
#include "diagnose/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/quantity.h"

enum { NAMED_MAX = 3 };

const char *facts_text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

long long facts_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const json_t *find(const json_t *list, const char *key,
                          const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!strcmp(facts_text(json_array_get(list, i), key), value))
            return json_array_get(list, i);
    return NULL;
}

static const json_t *record_of(const json_t *records, const json_t *verdict,
                               const char *state)
{
    char *id = format("%s/%s/%s", facts_text(verdict, "scenario"), state,
                      facts_text(verdict, "device"));
    const json_t *record = id ? json_object_get(records, id) : NULL;

    free(id);
    return record;
}

void facts_init(struct facts *f, const json_t *plan, const json_t *records,
                const json_t *verdict)
{
    const char *cell = facts_text(verdict, "cell");
    const json_t *scenario = find(json_object_get(plan, "scenarios"), "id",
                                  facts_text(verdict, "scenario"));
    const json_t *states = json_object_get(scenario, "states");
    const char *before = facts_text(verdict, "before");

    f->device = find(json_object_get(plan, "devices"), "id",
                     facts_text(verdict, "device"));
    f->stack = find(json_object_get(plan, "stacks"), "stack",
                    facts_text(verdict, "stack"));
    f->attack = !strcmp(facts_text(scenario, "kind"), "attack");
    f->record = json_object_get(records, cell);
    f->state = find(states, "name", facts_text(f->record, "state"));
    f->state_before = NULL;
    f->before = NULL;
    if (strcmp(before, facts_text(f->record, "state")) != 0) {
        f->state_before = find(states, "name", before);
        f->before = record_of(records, verdict, before);
    }
}

static const json_t *chain_of(const json_t *state, const char *key_type)
{
    const json_t *chain =
        json_object_get(json_object_get(state, "chains"), key_type);

    return json_array_size(chain) > 0 ? chain : NULL;
}

const json_t *facts_chain(const struct facts *f, const char *key_type)
{
    return chain_of(f->state, key_type);
}

static const json_t *served(const json_t *record, const json_t *state)
{
    const json_t *chose =
        json_object_get(json_object_get(record, "server"), "chose");
    const json_t *chain = chain_of(state, facts_text(chose, "chain"));

    if (!chain)
        chain = chain_of(state, "rsa");
    return chain ? chain : chain_of(state, "ecdsa");
}

const json_t *facts_used_chain(const struct facts *f)
{
    return served(f->record, f->state);
}

/* "ec-p384", as the plan has it, is "secp384r1" (RFC 8422) of a build. */
static int has_curve(const json_t *curves, const char *key)
{
    static const char nist[] = "ec-p";
    char name[32];

    if (strncmp(key, nist, strlen(nist)) != 0)
        return 1;
    snprintf(name, sizeof name, "secp%sr1", key + strlen(nist));
    for (size_t i = 0; i < json_array_size(curves); i++)
        if (!strcmp(json_string_value(json_array_get(curves, i)), name))
            return 1;
    return 0;
}

const json_t *facts_curve_lacking(const struct facts *f)
{
    const json_t *configuration =
        json_object_get(json_object_get(f->stack, "describe"), "configuration");
    const json_t *curves = json_object_get(configuration, "curves");
    const json_t *chain = facts_used_chain(f);

    for (size_t i = 0; json_is_array(curves) && i < json_array_size(chain);
         i++) {
        const json_t *cert = json_array_get(chain, i);

        if (!has_curve(curves, facts_text(cert, "key")))
            return cert;
    }
    return NULL;
}

long long facts_certificate_limit(const struct facts *f)
{
    const json_t *limits =
        json_object_get(json_object_get(f->stack, "describe"), "limits");
    long long own =
        facts_number(json_object_get(f->device, "limits"), "max_certificate");
    long long stack = facts_number(limits, "max_certificate");

    if (own)
        return own;
    return stack ? stack : facts_number(limits, "in_content");
}

/* "CN=Amazon Root CA 1,O=..." to "Amazon Root CA 1"; the whole if it has no
 * common name. */
static char *common_name(const char *subject)
{
    const char *cn = strstr(subject, "CN=");
    const char *end;

    if (!cn) {
        cn = strstr(subject, "OU=");
        if (!cn)
            return strdup(*subject ? subject : "an unnamed CA");
    }
    cn = strchr(cn, '=') + 1;
    end = cn;
    while (*end && !(*end == ',' && end[-1] != '\\'))
        end++;
    return strndup(cn, (size_t)(end - cn));
}

char *facts_top_issuer(const struct facts *f)
{
    const json_t *chain = facts_used_chain(f);
    size_t n = json_array_size(chain);

    return common_name(
        facts_text(json_array_get(chain, n ? n - 1 : 0), "issuer"));
}

char *facts_root_issuer(const struct facts *f)
{
    const json_t *chain = facts_used_chain(f);
    size_t above = json_array_size(chain) > 1 ? 1 : 0;

    return common_name(facts_text(json_array_get(chain, above), "issuer"));
}

const char *facts_chain_type(const json_t *record)
{
    const json_t *chose =
        json_object_get(json_object_get(record, "server"), "chose");
    const char *chain = facts_text(chose, "chain");

    if (!strcmp(chain, "ecdsa"))
        return "ECDSA";
    return strcmp(chain, "rsa") ? "" : "RSA";
}

/* A certificate of a file is known by its common name, others by the
 * catalog's; a text is itself. */
static char *shown(const json_t *item)
{
    const char *name = facts_text(item, "name");

    if (json_is_string(item))
        return strdup(json_string_value(item));
    if (strchr(name, '/') || strchr(name, ':'))
        return common_name(facts_text(item, "subject"));
    return strdup(name);
}

/* "a, b and 3 more". */
static char *enumerate(const json_t *list, const char *none)
{
    size_t n = json_array_size(list);
    char *out = strdup(n ? "" : none);

    for (size_t i = 0; out && i < n && i < NAMED_MAX; i++) {
        const json_t *item = json_array_get(list, i);
        char *name = shown(item);
        const char *before = i == 0                         ? ""
                             : i + 1 == n && n <= NAMED_MAX ? " and "
                                                            : ", ";
        char *longer = name ? format("%s%s%s", out, before, name) : NULL;

        free(name);
        free(out);
        out = longer;
    }
    if (out && n > NAMED_MAX) {
        char *longer = format("%s and %zu more", out, n - NAMED_MAX);

        free(out);
        out = longer;
    }
    return out;
}

char *facts_store(const struct facts *f)
{
    const json_t *store = json_object_get(f->device, "trust_store");
    char *names = enumerate(store, "nothing");
    char *only;

    if (!names || json_array_size(store) != 1)
        return names;
    only = format("only %s", names);
    free(names);
    return only;
}

static int64_t clock_seconds(const struct facts *f)
{
    const char *text = facts_text(f->device, "clock");
    int64_t now = 0, own = 0;

    time_parse(facts_text(f->state, "now"), &now);
    if (strcmp(text, "true") != 0 && time_parse_relative(text, now, &own) == 0)
        return own;
    return now;
}

char *facts_clock(const struct facts *f)
{
    char buffer[32];

    return strdup(time_format(clock_seconds(f), buffer));
}

/* The first certificate of a list whose dates exclude the clock, or NULL. */
static const json_t *out_of_time(const struct facts *f, const json_t *list)
{
    const json_t *found = NULL;
    int64_t now = clock_seconds(f);

    for (size_t i = json_array_size(list); i > 0; i--) {
        const json_t *c = json_array_get(list, i - 1);
        int64_t from, to;

        if (time_parse(facts_text(c, "not_before"), &from) ||
            time_parse(facts_text(c, "not_after"), &to))
            continue;
        if (now < from || now > to)
            found = c;
    }
    return found;
}

const json_t *facts_anchor_out_of_time(const struct facts *f)
{
    return out_of_time(f, json_object_get(f->device, "trust_store"));
}

char *facts_validity(const struct facts *f)
{
    const json_t *chain = facts_used_chain(f);
    const json_t *found = out_of_time(f, chain);

    if (!found)
        found = json_array_get(chain, 0);
    return format("certificate %s is valid from %s to %s",
                  facts_text(found, "name"), facts_text(found, "not_before"),
                  facts_text(found, "not_after"));
}

char *facts_pins(const struct facts *f)
{
    const json_t *pins = json_object_get(f->device, "pins");
    const json_t *pin = json_array_get(pins, 0);
    const char *of = facts_text(pin, "of");
    const char *what = facts_text(pin, "what");
    int is_key = !strcmp(facts_text(pin, "match"), "spki-sha256");

    const char *more =
        json_array_size(pins) > 1 ? " (one of several pins)" : "";

    if (!*of)
        return format("the certificate or key with the SHA-256 %.16s...%s",
                      facts_text(pin, "sha256"), more);
    if (!strcmp(what, "any"))
        return format("the %s of %s anywhere in the chain%s",
                      is_key ? "key" : "certificate", of, more);
    return format("the %s of %s as the %s%s", is_key ? "key" : "certificate",
                  !strcmp(of, "leaf") ? "the first leaf" : of, what, more);
}

char *facts_sent(const struct facts *f)
{
    return enumerate(facts_used_chain(f), "nothing");
}

char *facts_offered(const struct facts *f, const char *what)
{
    const json_t *hello =
        json_object_get(json_object_get(f->record, "server"), "hello");

    return enumerate(json_object_get(hello, what), "nothing that the "
                                                   "endpoint could read");
}

char *facts_anchor(const struct facts *f, const json_t *record)
{
    const json_t *anchor = find(json_object_get(f->device, "trust_store"),
                                "name", facts_text(record, "anchored_by"));

    return anchor ? shown(anchor) : strdup("no anchor");
}

char *facts_lost_link(const struct facts *f, const char *anchor)
{
    const json_t *chain = served(f->before, f->state_before);
    const json_t *store =
        find(json_object_get(f->device, "trust_store"), "name", anchor);
    const json_t *now = facts_used_chain(f);

    /* The leaf is renewed in any case: what counts is above it. */
    for (size_t i = 1; store && i < json_array_size(chain); i++) {
        const json_t *c = json_array_get(chain, i);

        if (!strcmp(facts_text(c, "issuer"), facts_text(store, "subject")) &&
            strcmp(facts_text(c, "subject"), facts_text(c, "issuer")) != 0 &&
            !find(now, "sha256", facts_text(c, "sha256")))
            return shown(c);
    }
    return NULL;
}

char *facts_signed_by(const struct facts *f, const char *anchor, int *is_last)
{
    const json_t *chain = facts_used_chain(f);
    const json_t *store =
        find(json_object_get(f->device, "trust_store"), "name", anchor);
    size_t count = json_array_size(chain);

    for (size_t i = 0; store && i < count; i++) {
        const json_t *c = json_array_get(chain, i);

        if (strcmp(facts_text(c, "issuer"), facts_text(store, "subject")) != 0)
            continue;
        *is_last = i + 1 == count;
        return shown(c);
    }
    return NULL;
}
