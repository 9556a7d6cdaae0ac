/* The endpoint's configuration and its states, made from trials. Must not know
 * devices. */
#include "lab/endpoint_codec.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/tls_names.h"
#include "lab/job_codec.h"
#include "model/codec.h"

enum {
    CONNECTIONS_MAX = 4096,
    MESSAGE_BYTES = 65536,
    LATER_MS = 2000, /* than the cell's own time limit */
    EVENT_MS = 3000  /* beyond the endpoint's limits */
};

struct endpoint_configuration {
    json_t *json;
};

int endpoint_patience_ms(int timeout_ms)
{
    return timeout_ms + LATER_MS + EVENT_MS;
}

/* Left out where it is 0. */
static json_t *given(int64_t n)
{
    return n ? json_integer(n) : NULL;
}

static json_t *policy_json(const struct endpoint_tls *t)
{
    return json_pack(
        "{s:s?,s:s?,s:o,s:o,s:o,s:o,s:b,s:b,s:I,s:o*,s:o*}", "min", t->min,
        "max", t->max, "suites", job_strings(t->suites, t->suites_count),
        "groups", job_strings(t->groups, t->groups_count),
        "signature_algorithms",
        job_strings(t->signature_algorithms, t->signature_algorithms_count),
        "alpn", job_strings(t->alpn, t->alpn_count), "alpn_required",
        t->alpn_required, "ignore_max_fragment_length",
        t->ignore_max_fragment_length, "max_record", (json_int_t)t->max_record,
        "tickets", given(t->tickets), "ticket_padding",
        given(t->ticket_padding));
}

static int chain_set(json_t *chains, const char *key_type,
                     const struct trial *t, const struct trial_list *l,
                     struct files *f)
{
    const char *key, *path, *staple = NULL;

    if (l->count == 0)
        return json_object_set_new(chains, key_type, json_null());
    key = pki_key_path(l->items[0]);
    path = key ? files_path(f, l, FILES_DER) : NULL;
    if (!key)
        diag("%s: there is no key for the first certificate of its chain, %s",
             t->id, pki_name(l->items[0]));
    if (!path)
        return -1;
    if (t->policy.staple &&
        !(staple = files_staple(f, l->items[0], t->policy.staple, t->now)))
        return -1;
    return json_object_set_new(chains, key_type,
                               json_pack("{s:s,s:s,s:s*}", "key", key,
                                         "certificates", path, "staple",
                                         staple));
}

static json_t *client_auth_json(const struct trial *t, struct files *f)
{
    struct pki_cert *ca = t->identity_ca;
    struct trial_list list = {&ca, 1};
    const char *path = ca ? files_path(f, &list, FILES_DER) : NULL;

    if (ca && !path)
        return NULL;
    return json_pack("{s:s,s:s?}", "mode",
                     t->client_auth ? t->client_auth : "none", "anchors", path);
}

static json_t *drill_json(const struct endpoint_drill *d)
{
    return d ? json_pack("{s:o*,s:I,s:b}", "withhold",
                         d->withhold ? json_pack("[s]", d->withhold) : NULL,
                         "greet_bytes", (json_int_t)d->greet_bytes,
                         "forget_session", d->forgets)
             : NULL;
}

static json_t *application_json(const struct endpoint_application *a)
{
    if (!a || !strcmp(a->protocol, "byte"))
        return json_string("byte");
    return json_pack("{s:s,s:s*,s:s*,s:o*,s:o*,s:o*}", "protocol", a->protocol,
                     "upstream", a->upstream, "websocket", a->websocket,
                     "drill", drill_json(a->drill), "identity",
                     a->tells_identity ? json_true() : NULL, "rules",
                     a->caps_keep_alive
                         ? json_pack("{s:s}", "keep_alive_over", "cap")
                         : NULL);
}

/* By ALPN; NULL: none. */
static json_t *others_json(const struct endpoint_application *a)
{
    json_t *all = a && a->other_alpn ? json_object() : NULL;

    for (; all && a->other_alpn; a = a->other)
        if (json_object_set_new(all, a->other_alpn,
                                application_json(a->other)) != 0)
            diag("out of memory: ALPN %s is not served", a->other_alpn);
    return all;
}

/* What stands before it; NULL: nothing. */
static json_t *close_json(const struct endpoint_close *b)
{
    if (b->how == CLOSE_NEVER)
        return NULL;
    return json_pack("{s:s,s:s*,s:b,s:I}", "how",
                     b->how == CLOSE_RST ? "rst" : "fin", "offers",
                     b->offers ? tls_version_name((uint16_t)b->offers) : NULL,
                     "without_name", b->without_name, "hello_over",
                     (json_int_t)b->hello_over);
}

/* NULL reported, but for want of memory. */
static json_t *side_json(const struct trial *t,
                          const struct endpoint_application *a, struct files *f,
                          const char *id, const char *listen)
{
    json_t *chains = json_object(), *out = NULL;
    json_t *client_auth = client_auth_json(t, f);

    if (chains && client_auth &&
        !chain_set(chains, "rsa", t, &t->chains[CHAIN_RSA], f) &&
        !chain_set(chains, "ecdsa", t, &t->chains[CHAIN_ECDSA], f))
        out = json_pack("{s:s,s:s*,s:s,s:I,s:o,s:o*,s:O,s:O,s:o,s:o*}", "id",
                        id, "engine", t->engine, "listen", listen, "clock",
                        (json_int_t)t->now, "tls", policy_json(&t->policy),
                        "close", close_json(&t->policy.close), "chains", chains,
                        "client_auth", client_auth, "application",
                        application_json(a), "applications", others_json(a));
    json_decref(chains);
    json_decref(client_auth);
    return out;
}

/* The same, with names where the server name decides: who sends one gets the
 * one side, who sends none the other. */
static json_t *state_json(const struct trial *t,
                          const struct endpoint_application *a, struct files *f,
                          const char *id, const char *listen)
{
    const struct trial *named = t->other && t->device && !t->tls.sni ? t->other
                                                                     : t;
    const struct trial *unnamed = named == t ? t->other : t;
    json_t *out = side_json(unnamed ? unnamed : t, a, f, id, listen);
    json_t *side = out && unnamed ? side_json(named, a, f, id, "") : NULL;

    if (!out || !unnamed)
        return out;
    if (side && json_object_set_new(out, "names",
                                    json_pack("{s:o}", t->name, side)) == 0)
        return out;
    json_decref(out);
    return NULL;
}

/* Takes the document. */
static char *line_of(json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    if (!text)
        diag("a line for the endpoint cannot be written");
    json_decref(json);
    return text;
}

struct endpoint_configuration *endpoint_configuration_new(int threads,
                                                          int timeout_ms)
{
    struct endpoint_configuration *c = calloc(1, sizeof *c);
    int limit = timeout_ms + LATER_MS;

    if (c)
        c->json = json_pack("{s:i,s:{s:i,s:i,s:i,s:i},s:[]}", "threads",
                            threads, "limits", "connections", CONNECTIONS_MAX,
                            "handshake_ms", limit, "idle_ms", limit,
                            "message_bytes", MESSAGE_BYTES, "states");
    if (c && c->json)
        return c;
    diag("out of memory");
    free(c);
    return NULL;
}

void endpoint_configuration_free(struct endpoint_configuration *c)
{
    if (!c)
        return;
    json_decref(c->json);
    free(c);
}

int endpoint_configuration_add(struct endpoint_configuration *c,
                               const struct trial *t,
                               const struct endpoint_application *a,
                               struct files *f, const char *id,
                               const char *listen)
{
    json_t *state = state_json(t, a, f, id, listen);

    return state ? json_array_append_new(json_object_get(c->json, "states"),
                                         state)
                 : -1;
}

char *endpoint_configuration_text(const struct endpoint_configuration *c)
{
    return line_of(json_incref(c->json));
}

/* 0, or -1 reported. */
static int names_put(json_t *state, struct files *f,
                     const struct endpoint_name *names, size_t count)
{
    json_t *all = json_object();

    for (size_t i = 0; i < count; i++)
        if (json_object_set_new(all, names[i].name,
                                state_json(names[i].trial, names[i].application,
                                           f, names[i].id, "")) != 0) {
            json_decref(all);
            return -1;
        }
    if (count == 0) {
        json_decref(all);
        return 0;
    }
    return json_object_set_new(state, "names", all) != 0 ||
                   json_object_set_new(state, "other_names",
                                       json_string("refuse")) != 0
               ? -1
               : 0;
}

int endpoint_configuration_names(struct endpoint_configuration *c,
                                 struct files *f,
                                 const struct endpoint_name *names,
                                 size_t count)
{
    json_t *states = json_object_get(c->json, "states");

    return names_put(json_array_get(states, json_array_size(states) - 1), f,
                     names, count);
}

static json_t *peer_json(const struct endpoint_peer *p, struct files *f)
{
    json_t *out = state_json(p->trial, &p->application, f, p->id, "");

    if (out && p->open_ms &&
        json_object_set_new(out, "open_ms", json_integer(p->open_ms)) != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* 0, or -1 reported. */
static int peers_put(json_t *state, struct files *f,
                     const struct endpoint_peer *peers, size_t count)
{
    json_t *all = json_object();

    for (size_t i = 0; i < count; i++)
        if (json_object_set_new(all, peers[i].address,
                                peer_json(&peers[i], f)) != 0) {
            json_decref(all);
            return -1;
        }
    return json_object_set_new(state, "peers", all);
}

int endpoint_configuration_peers(struct endpoint_configuration *c,
                                 struct files *f,
                                 const struct endpoint_peer *peers,
                                 size_t count, int open_ms)
{
    json_t *states = json_object_get(c->json, "states");
    json_t *last = json_array_get(states, json_array_size(states) - 1);

    return json_object_set_new(json_object_get(c->json, "limits"), "open_ms",
                               json_integer(open_ms)) != 0
               ? -1
               : peers_put(last, f, peers, count);
}

/* Takes the state. */
static char *control_line(const char *what, json_t *state)
{
    return line_of(
        state ? json_pack("{s:s,s:o}", "control", what, "state", state) : NULL);
}

char *endpoint_change_line(const struct trial *t,
                           const struct endpoint_application *a,
                           struct files *f, const char *id,
                           const struct endpoint_name *names, size_t count)
{
    json_t *state = state_json(t, a, f, id, "127.0.0.1:0");

    if (state && names_put(state, f, names, count) != 0) {
        json_decref(state);
        state = NULL;
    }
    return control_line("change", state);
}

char *endpoint_peers_line(const struct trial *t,
                          const struct endpoint_application *a, struct files *f,
                          const char *id, const struct endpoint_peer *peers,
                          size_t count)
{
    json_t *state = state_json(t, a, f, id, "127.0.0.1:0");

    if (state && peers_put(state, f, peers, count) != 0) {
        json_decref(state);
        state = NULL;
    }
    return control_line("change", state);
}

char *endpoint_add_line(const struct trial *t, struct files *f, const char *id)
{
    const struct endpoint_application a = {.protocol = trial_application(t)};

    return control_line("add", state_json(t, &a, f, id, "127.0.0.1:0"));
}

char *endpoint_remove_line(const char *id)
{
    return line_of(json_pack("{s:s,s:s}", "control", "remove", "state", id));
}
