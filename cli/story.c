/* Prints the facts of a cell in the order in which they happened. */
#include "cli/story.h"

#include <string.h>

#include "cli/command.h"
#include "model/reason.h"

struct story {
    FILE *to;
    const struct document *document;
    const json_t *verdict, *record, *scenario, *state, *device;
    const json_t *client, *server;
};

static const char *text(const json_t *object, const char *key)
{
    return document_text(object, key);
}

static void print_list(FILE *to, const json_t *list, const char *none)
{
    size_t n = json_array_size(list);

    if (n == 0)
        fputs(none, to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s%s", i ? ", " : "",
                json_string_value(json_array_get(list, i)));
}

/* "1.2 to 1.3", or "1.2" where there is but one; ends the line. */
static void print_range(FILE *to, const char *min, const char *max)
{
    if (strcmp(min, max) != 0)
        fprintf(to, "%s to ", min);
    fprintf(to, "%s\n", max);
}

static void print_versions(const struct story *s, const json_t *tls)
{
    const char *min = text(tls, "min"), *max = text(tls, "max");

    fputs("  versions ", s->to);
    print_range(s->to, *min ? min : "lowest", *max ? max : "highest");
}

static void print_pins(const struct story *s)
{
    const json_t *pins = json_object_get(s->device, "pins");

    for (size_t i = 0; i < json_array_size(pins); i++) {
        const json_t *pin = json_array_get(pins, i);
        const char *of = text(pin, "of");

        fprintf(s->to, "  pins     %s of %s (at: %s)\n", text(pin, "match"),
                *of ? of : text(pin, "sha256"), text(pin, "what"));
    }
}

static void print_checks(const struct story *s)
{
    static const char *const checks[] = {"chain", "name", "time"};
    const json_t *verify = json_object_get(s->device, "verify");

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (json_is_false(json_object_get(verify, checks[i])))
            fprintf(s->to, "  verify   %s is not checked\n", checks[i]);
    if (json_is_true(json_object_get(verify, "partial_chain")))
        fprintf(s->to, "  verify   an intermediate may be an anchor\n");
}

static void print_limits(const struct story *s)
{
    const json_t *limits = json_object_get(s->device, "limits"), *value;
    const char *key;

    json_object_foreach((json_t *)limits, key, value)
    {
        if (json_integer_value(value) > 0)
            fprintf(s->to, "  limit    %s %lld\n", key,
                    (long long)json_integer_value(value));
    }
}

static void print_distrust(const struct story *s)
{
    const json_t *distrust = json_object_get(s->device, "distrust");

    if (!json_is_object(distrust))
        return;
    fprintf(s->to, "  distrust leaves issued after %s under ",
            text(distrust, "after"));
    print_list(s->to, json_object_get(distrust, "anchors"), "nothing");
    fputc('\n', s->to);
}

static void print_device(const struct story *s)
{
    const json_t *store = json_object_get(s->device, "trust_store");
    const json_t *tls = json_object_get(s->device, "tls");
    size_t n = json_array_size(store);

    fprintf(s->to, "\ndevice     %s: %s\n", text(s->device, "id"),
            text(s->device, "title"));
    fprintf(s->to, "  stack    %s, %lld units\n", text(s->device, "stack"),
            document_number(s->device, "units"));
    fprintf(s->to, "  trusts  ");
    for (size_t i = 0; i < n && i < 8; i++)
        fprintf(s->to, " %s", text(json_array_get(store, i), "name"));
    if (n > 8)
        fprintf(s->to, " and %zu more", n - 8);
    fputs(n ? "\n" : " nothing\n", s->to);
    if (*text(tls, "min") || *text(tls, "max"))
        print_versions(s, tls);
    print_pins(s);
    print_checks(s);
    if (strcmp(text(s->device, "clock"), "true") != 0)
        fprintf(s->to, "  clock    %s\n", text(s->device, "clock"));
    print_limits(s);
    print_distrust(s);
}

static void print_chain(const struct story *s, const char *type)
{
    const json_t *chain =
        json_object_get(json_object_get(s->state, "chains"), type);
    const json_t *chose = json_object_get(s->server, "chose");

    if (json_array_size(chain) == 0)
        return;
    fprintf(s->to, "  chain    %s%s\n", type,
            strcmp(text(chose, "chain"), type) ? "" : " (chosen)");
    for (size_t i = 0; i < json_array_size(chain); i++) {
        const json_t *c = json_array_get(chain, i);

        fprintf(s->to, "    %zu %s, %s, %lld bytes, %.10s to %.10s\n", i,
                text(c, "name"), text(c, "key"), document_number(c, "bytes"),
                text(c, "not_before"), text(c, "not_after"));
        fprintf(s->to, "      subject %s\n      issuer  %s\n",
                text(c, "subject"), text(c, "issuer"));
    }
}

static const json_t *find_anchor(const struct story *s, const char *name)
{
    const json_t *store = json_object_get(s->device, "trust_store");

    for (size_t i = 0; i < json_array_size(store); i++)
        if (!strcmp(text(json_array_get(store, i), "name"), name))
            return json_array_get(store, i);
    return NULL;
}

/* The chain that went out, or the only one there is. */
static const json_t *sent_chain(const struct story *s)
{
    const json_t *chains = json_object_get(s->state, "chains");
    const char *chose = text(json_object_get(s->server, "chose"), "chain");
    const json_t *rsa = json_object_get(chains, "rsa");

    if (*chose)
        return json_object_get(chains, chose);
    return json_array_size(rsa) ? rsa : json_object_get(chains, "ecdsa");
}

/* Which certificate the anchor signs: the first from the leaf that names it as
 * issuer. An anchor may be in the chain itself. */
static void print_anchor(const struct story *s)
{
    const char *name = text(s->record, "anchored_by");
    const json_t *anchor = find_anchor(s, name), *chain = sent_chain(s);

    if (!*name) {
        fputs("  anchor   none of the device's anchors signs it\n", s->to);
        return;
    }
    fprintf(s->to, "  anchor   %s", name);
    for (size_t i = 0; anchor && i < json_array_size(chain); i++) {
        const json_t *c = json_array_get(chain, i);
        int itself = !strcmp(text(c, "sha256"), text(anchor, "sha256"));

        if (!itself && strcmp(text(c, "issuer"), text(anchor, "subject")) != 0)
            continue;
        if (itself)
            fprintf(s->to, ", itself number %zu of the chain", i);
        else
            fprintf(s->to, ", which signs number %zu, %s", i, text(c, "name"));
        break;
    }
    fputc('\n', s->to);
}

static void print_state(const struct story *s)
{
    const json_t *tls = json_object_get(s->state, "tls");

    fprintf(s->to, "\nstate      %s of %s: %s\n", text(s->state, "name"),
            text(s->scenario, "id"), text(s->scenario, "title"));
    fprintf(s->to, "  clock    %s\n  host     %s\n", text(s->state, "now"),
            text(s->state, "endpoint"));
    fprintf(s->to, "  policy   %s, TLS ", text(s->state, "policy"));
    print_range(s->to, text(tls, "min"), text(tls, "max"));
    print_chain(s, "rsa");
    print_chain(s, "ecdsa");
    print_anchor(s);
}

static void print_hello(const struct story *s)
{
    const json_t *hello = json_object_get(s->server, "hello");

    if (!json_is_object(hello))
        return;
    fprintf(s->to, "  offered  TLS ");
    print_list(s->to, json_object_get(hello, "versions"), "nothing");
    fprintf(s->to, "; %zu suites; groups ",
            json_array_size(json_object_get(hello, "suites")));
    print_list(s->to, json_object_get(hello, "groups"), "none");
    fprintf(s->to, "; name %s\n",
            *text(hello, "sni") ? text(hello, "sni") : "none");
}

static void print_chose(const struct story *s)
{
    const json_t *chose = json_object_get(s->server, "chose");

    if (!*text(chose, "version"))
        return;
    fprintf(s->to,
            "  chose    TLS %s, %s; sent %lld certificates in %lld "
            "bytes\n",
            text(chose, "version"), text(chose, "suite"),
            document_number(s->server, "certificates"),
            document_number(s->server, "certificate_bytes"));
}

static void print_alert(const struct story *s, const char *key,
                        const char *words)
{
    const json_t *alert = json_object_get(s->record, key);
    int code = (int)json_integer_value(alert);
    const char *name;

    if (!json_is_integer(alert))
        return;
    name = alert_name(code);
    fprintf(s->to, "  alert    %s %d (%s)\n", words, code,
            name ? name : "unknown");
}

static void print_talk(const struct story *s)
{
    const json_t *why = json_object_get(s->client, "why");
    const json_t *native = json_object_get(s->record, "native");
    const json_t *close = json_object_get(s->server, "close");

    fprintf(s->to, "\nwhat happened\n");
    print_hello(s);
    print_chose(s);
    print_alert(s, "alert_sent", "the device sent");
    print_alert(s, "alert_received", "the endpoint sent");
    if (*text(native, "text") || document_number(native, "code"))
        fprintf(s->to, "  library  code %lld, flags %lld: %s\n",
                document_number(native, "code"),
                document_number(native, "flags"), text(native, "text"));
    if (*text(why, "stage"))
        fprintf(s->to, "  stage    %s\n", text(why, "stage"));
    if (json_is_object(s->server))
        fprintf(s->to, "  endpoint handshake %s, closed by %s (%s)\n",
                text(s->server, "handshake"), text(close, "by"),
                text(close, "how"));
    if (document_number(s->record, "peak_heap"))
        fprintf(s->to, "  heap     %lld bytes at most\n",
                document_number(s->record, "peak_heap"));
    fprintf(s->to, "  outcome  %s", text(s->record, "outcome"));
    if (strcmp(text(s->record, "reason"), "none") != 0)
        fprintf(s->to, ": %s", text(s->record, "reason"));
    if (*text(s->record, "refused_by"))
        fprintf(s->to, ", by the %s",
                strcmp(text(s->record, "refused_by"), "client") ? "endpoint"
                                                                : "device");
    if (*text(s->record, "note"))
        fprintf(s->to, " (%s)", text(s->record, "note"));
    fputc('\n', s->to);
}

static void print_verdict(const struct story *s)
{
    const json_t *expected = json_object_get(s->verdict, "expected");

    fprintf(s->to, "\nverdict    %s", text(s->verdict, "verdict"));
    if (strcmp(text(s->verdict, "reason"), "none") != 0)
        fprintf(s->to, ", %s", text(s->verdict, "reason"));
    fprintf(s->to, " (%s to %s; decided by %s)\n", text(s->verdict, "before"),
            text(s->verdict, "after"), text(s->verdict, "cell"));
    if (json_is_object(expected))
        fprintf(s->to, "  expected %s, %s: %s%s\n", text(expected, "verdict"),
                text(expected, "reason"), text(expected, "because"),
                json_is_false(json_object_get(s->verdict, "as_expected"))
                    ? "  <- NOT AS EXPECTED"
                    : "");
    if (*text(expected, "reference"))
        fprintf(s->to, "           see %s\n", text(expected, "reference"));
    if (*text(s->verdict, "cause"))
        fprintf(s->to, "  cause    %s\n", text(s->verdict, "cause"));
    if (*text(s->verdict, "mend"))
        fprintf(s->to, "  mend     %s\n", text(s->verdict, "mend"));
}

void story_print(FILE *to, const struct document *d, const json_t *verdict,
                 const json_t *record, const char *dir)
{
    struct story s = {
        .to = to,
        .document = d,
        .verdict = verdict,
        .record = record,
        .scenario = document_scenario(d, text(record, "scenario")),
        .device = document_device(d, text(record, "device")),
        .client = json_object_get(record, "client"),
        .server = json_object_get(record, "server"),
    };

    s.state = document_state(s.scenario, text(record, "state"));
    fprintf(to, "%s\n", text(record, "cell"));
    print_device(&s);
    print_state(&s);
    print_talk(&s);
    print_verdict(&s);
    fputs("\nalone      ", to);
    command_print(to, s.device, s.scenario, dir);
    fputc('\n', to);
}
