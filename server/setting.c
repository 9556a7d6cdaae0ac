/* Builds a setting from its JSON. Must not know sockets. */
#include "server/setting.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "server/app/application.h"
#include "server/tls.h"

/* A name, or an object with the name as "protocol" and the keys of that
 * application. */
static int application_take(struct setting *s, json_t *application)
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
    s->application = application_by_name(name);
    if (s->application == NULL) {
        diag("state %s: unknown application %s", s->id, name);
        return -1;
    }
    if (s->application->settings_new == NULL) {
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
    s->application_settings = s->application->settings_new(application, s->id);
    return s->application_settings == NULL ? -1 : 0;
}

static int setting_build(struct setting *s, json_t *state,
                         const struct limits *limits)
{
    json_error_t error;
    const char *id;

    if (json_unpack_ex(state, &error, 0, "{s:s}", "id", &id) != 0) {
        diag("endpoint configuration: a state: %s", error.text);
        return -1;
    }
    s->id = strdup(id);
    if (s->id == NULL) {
        diag("out of memory");
        return -1;
    }
    if (application_take(s, json_object_get(state, "application")) != 0)
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

void setting_release(struct setting *s)
{
    if (s == NULL || atomic_fetch_sub(&s->holders, 1) > 1)
        return;
    tls_state_free(s->tls);
    if (s->application_settings != NULL)
        s->application->settings_free(s->application_settings);
    free(s->id);
    free(s);
}
