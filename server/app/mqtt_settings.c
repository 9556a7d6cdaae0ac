/* A table of keys, so that a new rule is a row. Numbers are bounded so that
 * nothing that is added to them wraps. */
#include "server/app/mqtt_settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { PAYLOAD_MAX = 1 << 20, TEXT_MAX = 65535, SECONDS_MAX = 65535 };

struct number_rule {
    const char *key;
    size_t at;
    int is_size; /* size_t; else unsigned */
    json_int_t min, max;
};

#define AT(member) offsetof(struct mqtt_rules, member)
static const struct number_rule number_rules[] = {
    {"payload_bytes", AT(payload_bytes), 1, 0, PAYLOAD_MAX},
    {"keep_alive_max", AT(keep_alive_max), 0, 1, SECONDS_MAX},
    {"keep_alive_min", AT(keep_alive_min), 0, 1, SECONDS_MAX},
    {"client_id_bytes", AT(client_id_bytes), 1, 1, TEXT_MAX},
    {"topic_bytes", AT(topic_bytes), 1, 1, TEXT_MAX},
    {"topic_slashes", AT(topic_slashes), 0, 0, TEXT_MAX},
    {"filters", AT(filters), 0, 1, TEXT_MAX},
};

static int rule_fault(const char *id, const char *key, const char *want)
{
    diag("state %s: application.rules.%s: %s", id, key, want);
    return -1;
}

static int number_take(struct mqtt_rules *r, const struct number_rule *rule,
                       const json_t *value, const char *id)
{
    json_int_t n = json_integer_value(value);
    char *at = (char *)r + rule->at;

    if (!json_is_integer(value) || n < rule->min || n > rule->max) {
        diag("state %s: application.rules.%s: a number from %lld to %lld is "
             "needed",
             id, rule->key, (long long)rule->min, (long long)rule->max);
        return -1;
    }
    if (rule->is_size)
        *(size_t *)(void *)at = (size_t)n;
    else
        *(unsigned *)(void *)at = (unsigned)n;
    return 0;
}

static int over_take(struct mqtt_rules *r, const json_t *value, const char *id)
{
    const char *word = json_string_value(value);

    if (word != NULL && strcmp(word, "close") == 0)
        r->keep_alive_over = MQTT_OVER_CLOSE;
    else if (word != NULL && strcmp(word, "cap") == 0)
        r->keep_alive_over = MQTT_OVER_CAP;
    else
        return rule_fault(id, "keep_alive_over", "\"close\" or \"cap\"");
    return 0;
}

static int rule_take(struct mqtt_rules *r, const char *key, const json_t *value,
                     const char *id)
{
    for (size_t i = 0; i < sizeof(number_rules) / sizeof(*number_rules); i++)
        if (strcmp(number_rules[i].key, key) == 0)
            return number_take(r, &number_rules[i], value, id);
    if (strcmp(key, "keep_alive_over") == 0)
        return over_take(r, value, id);
    if (strcmp(key, "wait_for_connack") != 0)
        return rule_fault(id, key, "there is no rule of that name");
    if (!json_is_boolean(value))
        return rule_fault(id, key, "true or false is needed");
    r->wait_for_connack = json_is_true(value);
    return 0;
}

static int rules_take(struct mqtt_rules *r, json_t *rules, const char *id)
{
    const char *key;
    json_t *value;

    mqtt_rules_default(r);
    if (rules != NULL && !json_is_object(rules)) {
        diag("state %s: application.rules: an object is needed", id);
        return -1;
    }
    json_object_foreach(rules, key, value)
    {
        if (rule_take(r, key, value, id) != 0)
            return -1;
    }
    if (r->keep_alive_min > r->keep_alive_max)
        return rule_fault(id, "keep_alive_min", "it is above keep_alive_max");
    return 0;
}

static int path_take(struct mqtt_settings *s, const char *path, const char *id)
{
    if (path == NULL)
        return 0;
    if (path[0] != '/' || strpbrk(path, " ?#") != NULL) {
        diag("state %s: application.websocket: %s: a path is needed, as in "
             "/mqtt",
             id, path);
        return -1;
    }
    s->websocket = strdup(path);
    if (s->websocket != NULL)
        return 0;
    diag("out of memory");
    return -1;
}

static int settings_fill(struct mqtt_settings *s, json_t *application,
                         const char *id)
{
    const char *protocol, *upstream, *path = NULL;
    json_t *rules = NULL, *drill = NULL;
    json_error_t error;

    if (json_unpack_ex(application, &error, JSON_STRICT,
                       "{s:s, s:s, s?o, s?s, s?o}", "protocol", &protocol,
                       "upstream", &upstream, "rules", &rules, "websocket",
                       &path, "drill", &drill) != 0) {
        diag("state %s: application: %s", id, error.text);
        return -1;
    }
    if (upstream_address_parse(upstream, &s->upstream) != 0) {
        diag("state %s: application.upstream: %s: not an address; give "
             "unix:/path/of/socket (at most %d bytes) or a numeric one, as in "
             "127.0.0.1:1883",
             id, upstream, UPSTREAM_PATH_MAX);
        return -1;
    }
    return path_take(s, path, id) || rules_take(&s->rules, rules, id) ||
                   mqtt_drill_take(&s->drill, drill, id)
               ? -1
               : 0;
}

struct mqtt_settings *mqtt_settings_new(json_t *application,
                                        const char *state_id)
{
    struct mqtt_settings *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        diag("out of memory");
        return NULL;
    }
    if (settings_fill(s, application, state_id) != 0) {
        mqtt_settings_free(s);
        return NULL;
    }
    return s;
}

void mqtt_settings_free(struct mqtt_settings *s)
{
    if (s == NULL)
        return;
    free(s->websocket);
    free(s);
}
