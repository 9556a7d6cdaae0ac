/* Builds a setting from its JSON. Must not know sockets. */
#include "server/setting.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "server/application.h"
#include "server/tls.h"

static int setting_build(struct setting *s, json_t *state,
                         const struct limits *limits)
{
    json_error_t error;
    const char *id, *application = "byte";

    if (json_unpack_ex(state, &error, 0, "{s:s, s?s}", "id", &id, "application",
                       &application) != 0) {
        diag("endpoint configuration: a state: %s", error.text);
        return -1;
    }
    s->id = strdup(id);
    if (s->id == NULL) {
        diag("out of memory");
        return -1;
    }
    s->application = application_by_name(application);
    if (s->application == NULL) {
        diag("state %s: unknown application %s", id, application);
        return -1;
    }
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
    free(s->id);
    free(s);
}
