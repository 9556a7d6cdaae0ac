/* The client of this program. Features follow from the options of its file;
 * what no option can say is in its `features`. */
#include "clients/command/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/start.h"
#include "clients/command/words.h"
#include "clients/shim_feature.h"
#include "clients/shim_record.h"
#include "base/diag.h"

enum { TLS10 = 0x0301, TLS13 = 0x0304, VERSION_MS = 5000 };

static const struct {
    enum client_when when;
    unsigned feature;
} implied[] = {
    {CLIENT_SNI, FEATURE_SNI},
    {CLIENT_TIME_OFF, FEATURE_TIME_OFF},
    {CLIENT_NAME, FEATURE_NAME_OFF}, /* it is left out */
    {CLIENT_NAME_OFF, FEATURE_NAME_OFF},
    {CLIENT_PARTIAL_CHAIN, FEATURE_PARTIAL_CHAIN},
    {CLIENT_IDENTITY, FEATURE_IDENTITY},
    {CLIENT_ALPN, FEATURE_ALPN},
    {CLIENT_MAX_DEPTH, FEATURE_MAX_DEPTH},
};

static int has_option(const struct setup *s, enum client_when when)
{
    return s->client->options[when].items != NULL;
}

static int features_read(struct setup *s)
{
    const struct client *c = s->client;

    for (size_t i = 0; i < c->features.count; i++) {
        unsigned f = shim_feature_parse(c->features.items[i]);

        if (!f) {
            diag("%s: features: %s: no such feature", c->file,
                 c->features.items[i]);
            return -1;
        }
        s->features |= f;
    }
    for (size_t i = 0; i < sizeof implied / sizeof *implied; i++)
        if (has_option(s, implied[i].when))
            s->features |= implied[i].feature;
    if (c->clock != CLIENT_CLOCK_NONE)
        s->features |= FEATURE_CLOCK;
    /* One that says nothing of versions is taken to speak those of today. */
    if (!(s->features &
          (FEATURE_TLS10 | FEATURE_TLS11 | FEATURE_TLS12 | FEATURE_TLS13)))
        s->features |= FEATURE_TLS12 | FEATURE_TLS13;
    return 0;
}

int setup_init(struct setup *s, const char *path)
{
    const char *library;
    char *lacking;

    *s = (struct setup){.client = client_load(path)};
    if (!s->client)
        return -1;
    lacking = client_lacking(s->client);
    if (lacking) {
        diag("%s: it needs %s", path, lacking);
        free(lacking);
        return -1;
    }
    s->program = client_program(s->client);
    s->preload = client_preload(s->client, &library);
    if (!s->program || !s->preload) {
        diag("out of memory");
        return -1;
    }
    return features_read(s);
}

void setup_clear(struct setup *s)
{
    client_free(s->client);
    free(s->program);
    free(s->preload);
    *s = (struct setup){0};
}

static unsigned version_bit(unsigned version)
{
    return (unsigned)FEATURE_TLS10 << (version - TLS10);
}

/* Must the client be told the bound? Not if it has nothing beyond it. */
static const char *lacking_bound(const struct setup *s,
                                 const struct shim_want *w)
{
    static const char *const least[] = {"min-1.0", "min-1.1", "min-1.2",
                                        "min-1.3"};
    static const char *const most[] = {"max-1.0", "max-1.1", "max-1.2",
                                       "max-1.3"};
    unsigned below = 0, above = 0;

    for (unsigned v = TLS10; w->min_version && v < w->min_version; v++)
        below |= s->features & version_bit(v);
    for (unsigned v = TLS13; w->max_version && v > w->max_version; v--)
        above |= s->features & version_bit(v);
    if (below && !has_option(s, words_min(w)))
        return least[w->min_version - TLS10];
    if (above && !has_option(s, words_max(w)))
        return most[w->max_version - TLS10];
    return NULL;
}

/* Features that lack in the contract's own list, because every library has
 * them. */
static const char *lacking_option(const struct setup *s,
                                  const struct shim_want *w)
{
    if (!w->sni && (s->features & FEATURE_SNI) &&
        !has_option(s, CLIENT_SNI_OFF) && !has_option(s, CLIENT_SNI))
        return client_when_name(CLIENT_SNI_OFF);
    if (!w->verify_chain && !has_option(s, CLIENT_CHAIN_OFF))
        return client_when_name(CLIENT_CHAIN_OFF);
    return NULL;
}

const char *setup_lacking(const struct setup *s, struct shim_want *want)
{
    const char *lacking =
        shim_feature_lacking(shim_feature_needed(want), s->features);

    if (!lacking)
        lacking = shim_feature_versions(want, s->features);
    if (!lacking)
        lacking = lacking_bound(s, want);
    return lacking ? lacking : lacking_option(s, want);
}

const char *setup_required(const struct setup *s, unsigned required)
{
    return shim_feature_lacking(required, s->features);
}

/* The first line that the program prints about its version. One that takes no
 * such option may do anything: it gets a short time. */
static void version_read(const struct setup *s, char *line, size_t room)
{
    const struct client_words *v = &s->client->version;
    static char option[] = "--version";
    char *standard[] = {s->program, option, NULL};
    struct start_how how = {.argv = v->count ? v->items : standard,
                            .preload = "",
                            .environment = s->client->environment.items,
                            .environment_count = s->client->environment.count};
    struct start *start = malloc(sizeof *start);

    snprintf(line, room, "unknown");
    if (!start)
        return;
    how.program = how.argv[0];
    if (start_begin(start, &how) == 0)
        start_wait(start, VERSION_MS);
    start_end(start);
    if (*start->text)
        snprintf(line, room, "%.*s", (int)strcspn(start->text, "\r\n"),
                 start->text);
    free(start);
}

static json_t *configuration_json(const struct setup *s)
{
    static const char *const clocks[] = {"libfaketime", "option", "none"};
    json_t *command = json_array();

    for (size_t i = 0; i < s->client->command.count; i++)
        json_array_append_new(command,
                              json_string(s->client->command.items[i]));
    return json_pack("{s:o,s:s,s:s,s:s?}", "command", command, "program",
                     s->program, "clock", clocks[s->client->clock], "package",
                     s->client->package);
}

static const struct setup *described;

static unsigned described_features(void)
{
    return described->features;
}

/* Of a program that is only started no certificate is seen, so none is pinned.
 */
static int described_digest(enum shim_digest which, const void *data,
                            size_t size, uint8_t *out)
{
    (void)which;
    (void)data;
    (void)size;
    (void)out;
    return -1;
}

static void describe(json_t *out)
{
    char version[200];
    json_t *text;

    version_read(described, version, sizeof version);
    text = json_string(version);
    json_object_set_new(out, "version", text ? text : json_string("unknown"));
    json_object_set_new(out, "configuration", configuration_json(described));
    /* What is not known of a program that is only started. */
    json_object_set_new(out, "limits", json_object());
}

json_t *setup_describe(const struct setup *s)
{
    static const struct shim_ops ops = {.family = "command",
                                        .features = described_features,
                                        .digest = described_digest,
                                        .describe = describe};

    described = s;
    return shim_record_describe(s->client->name, &ops);
}
