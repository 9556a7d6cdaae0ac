/* Builds a setting from its JSON. Must not know sockets. */
#include "server/setting.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "server/app/application.h"
#include "server/tls.h"
#include "server/wire/tls_hello.h"

/* A name, or an object with the name as "protocol" and the keys of that
 * application. */
static int application_take(const struct setting *s, json_t *application,
                            struct setting_application *out)
{
    const char *name = json_string_value(
        json_is_object(application) ? json_object_get(application, "protocol")
                                    : application);

    if (application == NULL)
        name = "byte";
    if (name == NULL) {
        diag("state %s: application: a name or an object with \"protocol\" is "
             "needed",
             s->id);
        return -1;
    }
    out->application = application_by_name(name);
    if (out->application == NULL) {
        diag("state %s: unknown application %s", s->id, name);
        return -1;
    }
    if (out->application->settings_new == NULL) {
        if (json_is_object(application) && json_object_size(application) > 1)
            diag("state %s: application: %s takes no other key", s->id, name);
        return json_object_size(application) > 1 ? -1 : 0;
    }
    if (!json_is_object(application)) {
        diag("state %s: application.upstream: missing; %s needs an object with "
             "it",
             s->id, name);
        return -1;
    }
    out->settings = out->application->settings_new(application, s->id);
    return out->settings == NULL ? -1 : 0;
}

static void application_clear(struct setting_application *a)
{
    if (a->settings != NULL)
        a->application->settings_free(a->settings);
    free(a->alpn);
}

/* "applications": others for who agrees to an ALPN name. */
static int by_alpn_take(struct setting *s, json_t *applications)
{
    const char *alpn;
    json_t *one;

    if (applications == NULL || json_is_null(applications))
        return 0;
    s->by_alpn =
        calloc(json_object_size(applications) + 1, sizeof(*s->by_alpn));
    if (s->by_alpn == NULL || !json_is_object(applications)) {
        diag("state %s: applications: an object of applications by ALPN name "
             "is needed",
             s->id);
        return -1;
    }
    json_object_foreach(applications, alpn, one)
    {
        struct setting_application *a = &s->by_alpn[s->by_alpn_count++];

        a->alpn = strdup(alpn);
        if (a->alpn == NULL || application_take(s, one, a) != 0)
            return -1;
    }
    return 0;
}

const struct setting_application *setting_of_alpn(const struct setting *s,
                                                  const char *alpn)
{
    for (size_t i = 0; alpn != NULL && i < s->by_alpn_count; i++)
        if (strcmp(s->by_alpn[i].alpn, alpn) == 0)
            return &s->by_alpn[i];
    return &s->application;
}

/* Settings within a setting: by server name, or by the peer's address. */
struct within {
    const char *key;
    struct setting_name *items;
    size_t count;
};

static int within_one(struct within *w, const struct setting *s,
                      const char *name, json_t *state,
                      const struct limits *limits)
{
    struct setting_name *n = &w->items[w->count];

    if (json_object_get(state, w->key) != NULL) {
        diag("state %s: %s.%s: %s within %s", s->id, w->key, name, w->key,
             w->key);
        return -1;
    }
    n->name = strdup(name);
    n->setting = setting_new(state, limits);
    w->count++;
    return n->name == NULL || n->setting == NULL ? -1 : 0;
}

/* What was made is in *w in both cases. */
static int within_take(struct within *w, const struct setting *s, json_t *state,
                       const struct limits *limits)
{
    json_t *all = json_object_get(state, w->key), *one;
    const char *name;

    if (all == NULL || json_is_null(all))
        return 0;
    if (!json_is_object(all)) {
        diag("state %s: %s: an object of states is needed", s->id, w->key);
        return -1;
    }
    w->items = calloc(json_object_size(all) + 1, sizeof(*w->items));
    if (w->items == NULL) {
        diag("out of memory");
        return -1;
    }
    json_object_foreach(all, name, one)
    {
        if (within_one(w, s, name, one, limits) != 0)
            return -1;
    }
    return 0;
}

/* "other_names": "refuse", or "default", which is this state. */
static int others_take(struct setting *s, json_t *state)
{
    const char *others =
        json_string_value(json_object_get(state, "other_names"));

    s->refuses_other_names = others != NULL && strcmp(others, "refuse") == 0;
    if (others == NULL || s->refuses_other_names ||
        strcmp(others, "default") == 0)
        return 0;
    diag("state %s: other_names: refuse or default, not %s", s->id, others);
    return -1;
}

static int parts_take(struct setting *s, json_t *state,
                      const struct limits *limits)
{
    struct within names = {"names", NULL, 0}, peers = {"peers", NULL, 0};
    int status = within_take(&names, s, state, limits);

    if (status == 0)
        status = within_take(&peers, s, state, limits);
    s->names = names.items;
    s->names_count = names.count;
    s->peers = peers.items;
    s->peers_count = peers.count;
    return status == 0 ? others_take(s, state) : -1;
}

struct setting *setting_of_peer(struct setting *s, const char *address)
{
    struct setting *any = s;

    for (size_t i = 0; i < s->peers_count; i++) {
        if (strcmp(s->peers[i].name, address) == 0)
            return s->peers[i].setting;
        if (strcmp(s->peers[i].name, "*") == 0)
            any = s->peers[i].setting;
    }
    return any;
}

int setting_looks_at_hello(const struct setting *s)
{
    return s->names_count > 0 || s->refuses_other_names ||
           s->middlebox.is_there;
}

/* "Literal IPv4 and IPv6 addresses are not permitted" as a name (RFC 6066
 * section 3), and mosquitto's clients send them: they name nobody. */
static int is_address(const struct reader *name)
{
    struct in6_addr to;
    char text[INET6_ADDRSTRLEN + 1] = "";

    if (name->left >= sizeof(text))
        return 0;
    memcpy(text, name->data, name->left);
    return inet_pton(AF_INET, text, &to) == 1 ||
           inet_pton(AF_INET6, text, &to) == 1;
}

struct setting *setting_of_hello(struct setting *s, const uint8_t *hello,
                                 size_t size)
{
    struct tls_hello h;

    if (tls_hello_parse(hello, size, &h) != 0 || h.sni.left == 0 ||
        is_address(&h.sni))
        return s;
    for (size_t i = 0; i < s->names_count; i++)
        if (strlen(s->names[i].name) == h.sni.left &&
            strncasecmp(s->names[i].name, (const char *)h.sni.data,
                        h.sni.left) == 0)
            return s->names[i].setting;
    return s->refuses_other_names ? NULL : s;
}

static int setting_build(struct setting *s, json_t *state,
                         const struct limits *limits)
{
    json_error_t error;
    const char *id;

    if (json_unpack_ex(state, &error, 0, "{s:s, s?i}", "id", &id, "open_ms",
                       &s->open_ms) != 0) {
        diag("endpoint configuration: a state: %s", error.text);
        return -1;
    }
    s->id = strdup(id);
    if (s->id == NULL) {
        diag("out of memory");
        return -1;
    }
    if (application_take(s, json_object_get(state, "application"),
                         &s->application) != 0 ||
        by_alpn_take(s, json_object_get(state, "applications")) != 0 ||
        parts_take(s, state, limits) != 0 ||
        middlebox_take(&s->middlebox, json_object_get(state, "close"), id) != 0)
        return -1;
    s->tls = tls_state_new(state, limits->message_bytes);
    return s->tls == NULL ? -1 : 0;
}

struct setting *setting_new(const json_t *state, const struct limits *limits)
{
    struct setting *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        diag("out of memory");
        return NULL;
    }
    atomic_init(&s->holders, 1);
    /* jansson's unpacking takes a non-const pointer and changes nothing */
    if (setting_build(s, (json_t *)state, limits) != 0) {
        setting_release(s);
        return NULL;
    }
    return s;
}

struct setting *setting_hold(struct setting *s)
{
    atomic_fetch_add(&s->holders, 1);
    return s;
}

static void within_free(struct setting_name *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(items[i].name);
        setting_release(items[i].setting);
    }
    free(items);
}

void setting_release(struct setting *s)
{
    if (s == NULL || atomic_fetch_sub(&s->holders, 1) > 1)
        return;
    within_free(s->names, s->names_count);
    within_free(s->peers, s->peers_count);
    tls_state_free(s->tls);
    application_clear(&s->application);
    for (size_t i = 0; i < s->by_alpn_count; i++)
        application_clear(&s->by_alpn[i]);
    free(s->by_alpn);
    free(s->id);
    free(s);
}
