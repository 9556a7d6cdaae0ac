/* Reads a client file: libcyaml fills plain texts, and what follows turns them
 * into values and says what is wrong with them. */
#include "model/client.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/client_words.h"
#include "base/convert.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/yaml_text.h"

struct words_text {
    char **items;
    unsigned items_count;
};

struct row_text {
    char *exit, *text, *reason, *by;
};

struct options_text {
    struct words_text of[CLIENT_WHENS];
};

struct client_text {
    char *client, *title, *package, *input, *clock, *hosts;
    char **command, **version, **features, **connected, **environment;
    unsigned command_count, version_count, features_count, connected_count;
    unsigned environment_count;
    struct options_text *options;
    struct row_text *refused;
    unsigned refused_count;
};

#define OPTION(key, when)                                                      \
    CYAML_FIELD_SEQUENCE(key, YAML_OPTIONAL, struct options_text,              \
                         of[when].items, &convert_text_schema, 1, 64)

static const cyaml_schema_field_t option_fields[] = {
    OPTION("sni", CLIENT_SNI),
    OPTION("no-sni", CLIENT_SNI_OFF),
    OPTION("chain-off", CLIENT_CHAIN_OFF),
    OPTION("name", CLIENT_NAME),
    OPTION("name-off", CLIENT_NAME_OFF),
    OPTION("clock", CLIENT_CLOCK),
    OPTION("time-off", CLIENT_TIME_OFF),
    OPTION("partial-chain", CLIENT_PARTIAL_CHAIN),
    OPTION("identity", CLIENT_IDENTITY),
    OPTION("alpn", CLIENT_ALPN),
    OPTION("max-depth", CLIENT_MAX_DEPTH),
    OPTION("min-1.0", CLIENT_MIN_10),
    OPTION("min-1.1", CLIENT_MIN_10 + 1),
    OPTION("min-1.2", CLIENT_MIN_10 + 2),
    OPTION("min-1.3", CLIENT_MIN_10 + 3),
    OPTION("max-1.0", CLIENT_MAX_10),
    OPTION("max-1.1", CLIENT_MAX_10 + 1),
    OPTION("max-1.2", CLIENT_MAX_10 + 2),
    OPTION("max-1.3", CLIENT_MAX_10 + 3),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t row_fields[] = {
    YAML_TEXT(row_text, exit),
    YAML_TEXT(row_text, text),
    YAML_TEXT(row_text, reason),
    YAML_TEXT(row_text, by),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t row_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct row_text, row_fields)};

static const cyaml_schema_field_t fields[] = {
    YAML_TEXT(client_text, client),
    YAML_TEXT(client_text, title),
    YAML_TEXT(client_text, package),
    YAML_TEXT(client_text, input),
    YAML_TEXT(client_text, clock),
    YAML_TEXT(client_text, hosts),
    YAML_TEXTS(client_text, command),
    YAML_TEXTS(client_text, version),
    YAML_TEXTS(client_text, features),
    YAML_TEXTS(client_text, environment),
    YAML_TEXTS(client_text, connected),
    CYAML_FIELD_MAPPING_PTR("options", YAML_OPTIONAL, struct client_text,
                            options, option_fields),
    CYAML_FIELD_SEQUENCE("refused", YAML_OPTIONAL, struct client_text, refused,
                         &row_schema, 0, 256),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct client_text, fields)};

const char *client_when_name(enum client_when when)
{
    return option_fields[when].key;
}

static int check_words(const struct source *s, const char *path,
                       char *const *words, size_t count)
{
    char unknown[64], what[128];

    for (size_t i = 0; i < count; i++) {
        if (!client_words_unknown(words[i], unknown, sizeof unknown))
            continue;
        snprintf(what, sizeof what, "{%s}: no such placeholder", unknown);
        return convert_fault(s, path, what);
    }
    return 0;
}

static int convert_words(const struct source *s, const char *path,
                         char *const *from, size_t n, struct client_words *to)
{
    if (check_words(s, path, from, n))
        return -1;
    to->items = calloc(n + 1, sizeof *to->items);
    if (!to->items)
        return -1;
    for (size_t i = 0; i < n; i++, to->count++)
        if (!(to->items[i] = strdup(from[i])))
            return -1;
    return 0;
}

/* A command: a list of words, or one text that is divided here. */
static int convert_command(const struct source *s, const char *path,
                           char *const *from, size_t n, struct client_words *to)
{
    char **words = NULL;
    int status;

    if (n != 1)
        return convert_words(s, path, from, n, to);
    words = client_words_split(from[0]);
    if (!words)
        return convert_fault(s, path, "a quote is not closed");
    for (n = 0; words[n]; n++)
        continue;
    status = convert_words(s, path, words, n, to);
    strings_free(words);
    return status;
}

/* "52" or "exit 52". */
static int convert_exit(const struct source *s, const char *path,
                        const char *text, int *out)
{
    int64_t n = -1;

    if (!text)
        return 0;
    if (!strncmp(text, "exit ", 5))
        text += 5;
    if (convert_number(s, path, text, 0, 255, &n))
        return -1;
    *out = (int)n;
    return 0;
}

static int convert_connected(const struct source *s,
                             const struct client_text *t, struct client *c)
{
    if (!t->connected_count)
        return convert_fault(s, "connected",
                             "missing; the exit statuses of a good end, as "
                             "[0]");
    c->connected = calloc(t->connected_count, sizeof *c->connected);
    if (!c->connected)
        return -1;
    c->connected_count = t->connected_count;
    for (size_t i = 0; i < c->connected_count; i++)
        if (convert_exit(s, "connected", t->connected[i], &c->connected[i]))
            return -1;
    return 0;
}

static int convert_reason(const struct source *s, const struct row_text *t,
                          struct client_row *row)
{
    static const enum reason none[] = {REASON_NONE, REASON_TIMEOUT,
                                       REASON_CRASH, REASON_UNMAPPED};

    if (!strcmp(t->reason, "by-alert")) {
        row->by_alert = row->by_server = 1;
        return 0;
    }
    if (reason_parse(t->reason, &row->reason))
        return convert_fault(s, "reason",
                             "no such reason (docs/record.md names them), and "
                             "not by-alert");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (row->reason == none[i])
            return convert_fault(s, "reason", "this is no refusal's reason");
    return 0;
}

static int convert_row(const struct source *s, const struct row_text *t,
                       struct client_row *row)
{
    row->exit = -1;
    if (!t->exit && !t->text)
        return convert_fault(s, "", "needs `exit`, `text`, or both");
    if (!t->reason)
        return convert_fault(s, "", "needs a `reason`");
    if (t->by && strcmp(t->by, "client") != 0 && strcmp(t->by, "server") != 0)
        return convert_fault(s, "by", "client or server");
    if (convert_exit(s, "exit", t->exit, &row->exit) ||
        convert_reason(s, t, row))
        return -1;
    if (t->by)
        row->by_server = !strcmp(t->by, "server");
    return convert_text(&row->text, t->text);
}

static int convert_refused(const struct source *s, const struct client_text *t,
                           struct client *c)
{
    c->refused = calloc(t->refused_count + 1, sizeof *c->refused);
    if (!c->refused)
        return -1;
    c->refused_count = t->refused_count;
    for (size_t i = 0; i < c->refused_count; i++) {
        struct source here = *s;

        snprintf(here.inside, sizeof here.inside, "refused[%zu]", i);
        if (convert_row(&here, &t->refused[i], &c->refused[i]))
            return -1;
    }
    return 0;
}

/* Can it connect without looking at dates? */
static int has_time_off(const struct client *c)
{
    for (size_t i = 0; i < c->features.count; i++)
        if (!strcmp(c->features.items[i], "time-off"))
            return 1;
    return c->options[CLIENT_TIME_OFF].count > 0;
}

static int convert_clock(const struct source *s, const char *text,
                         struct client *c)
{
    static const char *const names[] = {"libfaketime", "option", "none"};
    int clock = text ? convert_index(names, 3, text) : CLIENT_CLOCK_FAKETIME;

    if (clock < 0)
        return convert_fault(s, "clock", "libfaketime, option or none");
    c->clock = (enum client_clock)clock;
    if (clock == CLIENT_CLOCK_OPTION && !c->options[CLIENT_CLOCK].count)
        return convert_fault(s, "clock",
                             "`option` needs the words at options.clock");
    if (clock != CLIENT_CLOCK_OPTION && c->options[CLIENT_CLOCK].count)
        return convert_fault(s, "options.clock", "needs `clock: option`");
    if (clock == CLIENT_CLOCK_NONE && !has_time_off(c))
        return convert_fault(s, "clock",
                             "`none` needs options.time-off, or time-off among "
                             "the features: else no job could be run");
    return 0;
}

static int convert_options(const struct source *s, const struct client_text *t,
                           struct client *c)
{
    for (int i = 0; t->options && i < CLIENT_WHENS; i++) {
        const struct words_text *w = &t->options->of[i];
        char path[32];

        snprintf(path, sizeof path, "options.%s",
                 client_when_name((enum client_when)i));
        if (w->items &&
            convert_words(s, path, w->items, w->items_count, &c->options[i]))
            return -1;
    }
    return 0;
}

static int convert_hosts(const struct source *s, const char *text,
                         struct client *c)
{
    if (text && strcmp(text, "nss-wrapper") != 0)
        return convert_fault(s, "hosts", "nss-wrapper");
    c->nss_wrapper = text != NULL;
    return 0;
}

static int convert_folder(const struct source *s, struct client *c)
{
    const char *slash = strrchr(s->name, '/');
    char *named = slash && slash != s->name
                      ? strndup(s->name, (size_t)(slash - s->name))
                      : strdup(slash ? "/" : ".");

    c->folder = named ? realpath(named, NULL) : NULL;
    /* A document in memory stands nowhere. */
    if (!c->folder) {
        c->folder = named;
        named = NULL;
    }
    free(named);
    return c->folder ? 0 : -1;
}

/* A name, alone or with a value: [A-Za-z_][A-Za-z0-9_]*. */
static int is_variable(const char *word)
{
    size_t size = strcspn(word, "=");

    return size > 0 && (*word < '0' || *word > '9') &&
           strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789_") == size;
}

static int convert_environment(const struct source *s,
                               const struct client_text *t, struct client *c)
{
    for (size_t i = 0; i < t->environment_count; i++)
        if (!is_variable(t->environment[i]))
            return convert_fault(s, "environment",
                                 "a list of NAME and NAME=value");
    return convert_list(s, "environment", &c->environment.items,
                        &c->environment.count, t->environment,
                        t->environment_count, NULL);
}

static int convert(const struct source *s, const struct client_text *t,
                   struct client *c)
{
    const char *name = t->client ? t->client : "command";

    if (!convert_is_id(name))
        return convert_fault(s, "client",
                             "a name has a-z, 0-9, '.' and '-' only");
    if (!t->command_count)
        return convert_fault(s, "command",
                             "missing; the program and its words");
    if (convert_command(s, "command", t->command, t->command_count,
                        &c->command) ||
        convert_command(s, "version", t->version, t->version_count,
                        &c->version) ||
        convert_environment(s, t, c) ||
        convert_words(s, "features", t->features, t->features_count,
                      &c->features))
        return -1;
    if (!c->command.count)
        return convert_fault(s, "command", "is empty");
    if (convert_options(s, t, c) || convert_clock(s, t->clock, c) ||
        convert_hosts(s, t->hosts, c) || convert_connected(s, t, c) ||
        convert_refused(s, t, c) || convert_folder(s, c))
        return -1;
    return convert_text(&c->name, name) || convert_text(&c->file, s->name) ||
                   convert_text(&c->title, t->title) ||
                   convert_text(&c->package, t->package) ||
                   convert_text(&c->input, t->input)
               ? -1
               : 0;
}

/* Single texts become lists of one. malloc'd, or NULL when memory is out. */
static uint8_t *listed_new(const uint8_t *data, size_t size, size_t *out)
{
    static const char *const paths[] = {"command", "version", "connected"};
    uint8_t *listed = NULL;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        uint8_t *next = yaml_text_listed(listed ? listed : data,
                                         listed ? *out : size, paths[i], out);

        free(listed);
        listed = next;
        if (!listed)
            return NULL;
    }
    return listed;
}

static struct client *client_read(const char *name, const uint8_t *data,
                                  size_t size)
{
    struct source s = {.name = name};
    struct client_text *text = NULL;
    struct client *c = NULL;
    uint8_t *listed = listed_new(data, size, &s.size);

    s.data = listed;
    if (!listed || yaml_read(name, listed, s.size, &schema, (void **)&text))
        goto out;
    c = calloc(1, sizeof *c);
    if (c && convert(&s, text, c)) {
        client_free(c);
        c = NULL;
    }
out:
    yaml_release(&schema, text);
    free(listed);
    return c;
}

struct client *client_parse(const char *name, const uint8_t *data, size_t size)
{
    uint8_t *inside = NULL, *outside = NULL;
    struct client *c = NULL;
    int cut = client_cut(data, size, &inside, &outside);

    if (cut >= 0)
        c = client_read(name, cut ? inside : data,
                        cut ? size + CLIENT_CUT_EXTRA : size);
    free(inside);
    free(outside);
    return c;
}

struct client *client_load(const char *path)
{
    uint8_t *data = NULL;
    size_t size;
    struct client *c;

    if (file_read(path, 1 << 20, &data, &size))
        return NULL;
    c = client_parse(path, data, size);
    free(data);
    return c;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->refused_count; i++)
        free(c->refused[i].text);
    for (size_t i = 0; i < CLIENT_WHENS; i++)
        convert_list_free(c->options[i].items, c->options[i].count);
    convert_list_free(c->command.items, c->command.count);
    convert_list_free(c->version.items, c->version.count);
    convert_list_free(c->features.items, c->features.count);
    convert_list_free(c->environment.items, c->environment.count);
    free(c->refused);
    free(c->connected);
    free(c->name);
    free(c->file);
    free(c->folder);
    free(c->title);
    free(c->package);
    free(c->input);
    free(c);
}
