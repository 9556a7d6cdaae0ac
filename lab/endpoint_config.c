/* Turns states into the endpoint's configuration: policy merged with the
 * state's own settings, chains as files. Must not know devices. */
#include "lab/endpoint_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/policy.h"
#include "lab/want.h"

enum {
    CONNECTIONS_MAX = 4096,
    HANDSHAKE_MS = 10000,
    IDLE_MS = 10000,
    MESSAGE_BYTES = 65536
};

json_t *endpoint_config_new(int threads)
{
    return json_pack("{s:i,s:{s:i,s:i,s:i,s:i},s:[]}", "threads", threads,
                     "limits", "connections", CONNECTIONS_MAX, "handshake_ms",
                     HANDSHAKE_MS, "idle_ms", IDLE_MS, "message_bytes",
                     MESSAGE_BYTES, "states");
}

static json_t *text_or(const char *first, const char *second)
{
    return first || second ? json_string(first ? first : second) : json_null();
}

static json_t *list_or(char *const *first, size_t first_count,
                       char *const *second, size_t second_count)
{
    return first_count ? want_strings(first, first_count)
                       : want_strings(second, second_count);
}

static json_t *merge(const struct endpoint_tls *t, const struct policy *p)
{
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:I}", "min", text_or(t->min, p->min), "max",
        text_or(t->max, p->max), "suites",
        list_or(t->suites, t->suites_count, p->suites, p->suites_count),
        "groups",
        list_or(t->groups, t->groups_count, p->groups, p->groups_count),
        "signature_algorithms",
        list_or(t->signature_algorithms, t->signature_algorithms_count,
                p->signature_algorithms, p->signature_algorithms_count),
        "alpn", want_strings(t->alpn, t->alpn_count), "max_record",
        (json_int_t)t->max_record);
}

json_t *endpoint_config_tls(const struct scenario *s, const struct state *st)
{
    char *path = format("%s/server/policies/%s.yaml", home_dir(), st->policy);
    struct policy *p = NULL;
    json_t *tls = NULL;

    if (!path || strchr(st->policy, '/') || !file_exists(path)) {
        diag("%s: state %s: policy: %s is not in server/policies", s->file,
             st->name, st->policy);
        goto out;
    }
    p = policy_load(path);
    if (p)
        tls = merge(&st->tls, p);
out:
    policy_free(p);
    free(path);
    return tls;
}

static int chain_set(json_t *chains, const char *key_type,
                     const struct scenario *s, const struct state *st,
                     const struct certificate_list *l)
{
    const char *key;

    if (!l || l->count == 0)
        return json_object_set_new(chains, key_type, json_null());
    key = pki_key_path(l->items[0]);
    if (!key) {
        diag("%s: state %s: chains.%s: there is no key for its first "
             "certificate, %s",
             s->file, st->name, key_type, pki_name(l->items[0]));
        return -1;
    }
    return json_object_set_new(
        chains, key_type,
        json_pack("{s:s,s:s}", "key", key, "certificates", l->path));
}

static int state_add(json_t *states, const struct scenario *s,
                     const struct state *st, const struct certificates *c)
{
    const char *ca = certificates_identity_ca_path(c, st);
    char *id = format("%s/%s", s->id, st->name);
    json_t *chains = json_object(), *tls = endpoint_config_tls(s, st);
    int status = -1;

    if (id && tls &&
        !chain_set(chains, "rsa", s, st, certificates_of_state(c, st, 0)) &&
        !chain_set(chains, "ecdsa", s, st, certificates_of_state(c, st, 1)))
        status = json_array_append_new(
            states,
            json_pack("{s:s,s:s,s:I,s:O,s:O,s:{s:s,s:s?},s:s}", "id", id,
                      "listen", "127.0.0.1:0", "clock", (json_int_t)st->now,
                      "tls", tls, "chains", chains, "client_auth", "mode",
                      st->client_auth ? st->client_auth : "none", "anchors", ca,
                      "application", "byte"));
    json_decref(chains);
    json_decref(tls);
    free(id);
    return status;
}

int endpoint_config_add(json_t *config, const struct scenario *s,
                        const struct certificates *c)
{
    json_t *states = json_object_get(config, "states");

    for (size_t i = 0; i < s->states_count; i++)
        if (state_add(states, s, &s->states[i], c))
            return -1;
    return 0;
}
