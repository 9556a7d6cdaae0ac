/* A job's line, made from a trial. */
#include "lab/job_codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/codec.h"

static const char *const places[] = {"any", "leaf", "intermediate", "anchor"};
static const char *const matches[] = {"certificate-sha256", "spki-sha256",
                                      "certificate-sha1"};

json_t *job_strings(char *const *items, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(items[i]));
    return list;
}

static json_t *versions_json(const struct device_tls *t)
{
    json_t *versions = json_object();

    if (t->min)
        json_object_set_new(versions, "min", json_string(t->min));
    if (t->max)
        json_object_set_new(versions, "max", json_string(t->max));
    return versions;
}

static void set_list(json_t *want, const char *key, char *const *items,
                     size_t count)
{
    if (count > 0)
        json_object_set_new(want, key, job_strings(items, count));
}

static void set_tls(json_t *want, const struct device_tls *t)
{
    json_t *versions = versions_json(t);

    if (json_object_size(versions) > 0)
        json_object_set(want, "versions", versions);
    json_decref(versions);
    set_list(want, "suites", t->suites, t->suites_count);
    set_list(want, "groups", t->groups, t->groups_count);
    set_list(want, "signature_algorithms", t->signature_algorithms,
             t->signature_algorithms_count);
    set_list(want, "alpn", t->alpn, t->alpn_count);
    if (t->resume)
        json_object_set_new(want, "resume", json_true());
    if (t->ocsp)
        json_object_set_new(want, "ocsp", json_string(ocsp_names[t->ocsp]));
    if (t->max_fragment_length)
        json_object_set_new(want, "max_fragment_length",
                            json_integer(t->max_fragment_length));
}

static json_t *application_json(const struct trial *t)
{
    const struct device_mqtt *m = &t->mqtt;

    if (strcmp(trial_application(t), "mqtt") != 0)
        return json_string("byte");
    return json_pack("{s:s,s:I,s:I,s:s,s:s*,s:I}", "protocol", "mqtt",
                     "version", (json_int_t)m->version, "keep_alive",
                     (json_int_t)m->keep_alive, "client_id", m->client_id,
                     "topic", m->topic, "payload", (json_int_t)m->payload);
}

static json_t *base_new(const struct trial *t, const char *anchors)
{
    return json_pack("{s:s,s:s,s:b,s:I,s:{s:b,s:b,s:b,s:b},s:o}", "anchors",
                     anchors, "name", t->name, "sni", t->tls.sni, "clock",
                     (json_int_t)t->clock, "verify", "chain", t->verify.chain,
                     "name", t->verify.name, "time", t->verify.time,
                     "partial_chain", t->verify.partial_chain, "application",
                     application_json(t));
}

static void set_limits(json_t *want, const struct trial *t)
{
    if (t->security_level >= 0)
        json_object_set_new(want, "security_level",
                            json_integer(t->security_level));
    if (t->heap || t->max_depth || t->max_certificate)
        json_object_set_new(
            want, "limits",
            json_pack("{s:I,s:I,s:I}", "heap", (json_int_t)t->heap, "max_depth",
                      (json_int_t)t->max_depth, "max_certificate",
                      (json_int_t)t->max_certificate));
}

static void set_trust(json_t *want, const struct trial *t)
{
    json_t *pins = json_array(), *anchors = json_array();

    for (size_t i = 0; i < t->pins_count; i++)
        json_array_append_new(pins, json_pack("{s:s,s:s,s:s}", "what",
                                              places[t->pins[i].what], "match",
                                              matches[t->pins[i].match], "hash",
                                              t->pins[i].hash));
    if (t->pins_count > 0)
        json_object_set(want, "pins", pins);
    for (size_t i = 0; i < t->distrusted.count; i++)
        json_array_append_new(
            anchors, json_string(pki_spki_sha256(t->distrusted.items[i])));
    if (t->distrusted.count > 0)
        json_object_set_new(want, "distrust",
                            json_pack("{s:O,s:I}", "anchors", anchors, "after",
                                      (json_int_t)t->distrusted_after));
    json_decref(pins);
    json_decref(anchors);
}

/* A root that is trusted for servers is so without being told. */
static void set_settings(json_t *want, const struct trial *t)
{
    static const char *const uses[] = {[PKI_TRUST_SERVERS] = "trusted",
                                       [PKI_TRUST_OTHERS] = "untrusted",
                                       [PKI_TRUST_REJECTED] = "rejected"};
    json_t *list = json_array();

    for (size_t i = 0; i < t->settings_count; i++) {
        const struct trial_settings *s = &t->settings[i];

        if (s->trust >= PKI_TRUST_OTHERS ||
            (s->trust == PKI_TRUST_SERVERS &&
             strcmp(pki_subject(s->cert), pki_issuer(s->cert)) != 0))
            json_array_append_new(list,
                                  json_pack("{s:s,s:s}", "certificate",
                                            pki_certificate_sha256(s->cert),
                                            "servers", uses[s->trust]));
    }
    if (json_array_size(list) > 0)
        json_object_set(want, "trust_settings", list);
    json_decref(list);
}

static int set_identity(json_t *want, const struct trial *t, struct files *f)
{
    struct pki_cert *identity = t->identity;
    struct trial_list list = {&identity, 1};
    const char *path, *key;

    if (!t->identity)
        return 0;
    key = pki_key_path(t->identity);
    path = key ? files_path(f, &list, FILES_PEM) : NULL;
    if (!path)
        return -1;
    return json_object_set_new(
        want, "identity",
        json_pack("{s:s,s:s}", "certificate", path, "key", key));
}

static json_t *job_want(const struct trial *t, struct files *f)
{
    const char *anchors = files_path(f, &t->anchors, FILES_DER);
    json_t *want = anchors ? base_new(t, anchors) : NULL;

    if (!want)
        goto fail;
    set_tls(want, &t->tls);
    set_limits(want, t);
    set_trust(want, t);
    set_settings(want, t);
    if (t->require)
        json_object_set_new(want, "require", json_pack("[s]", t->require));
    if (set_identity(want, t, f) == 0)
        return want;
fail:
    diag("%s: this job cannot be written", t->id);
    json_decref(want);
    return NULL;
}

char *job_want_text(const struct trial *t, struct files *f)
{
    json_t *want = job_want(t, f);
    char *text = want ? json_dumps(want, JSON_COMPACT) : NULL;

    if (want && !text)
        diag("%s: this job cannot be written: out of memory", t->id);
    json_decref(want);
    return text;
}

char *job_line(const struct trial *t, const char *want,
               const struct job_call *call)
{
    json_t *id = codec_string(t->id);
    char *name = id ? json_dumps(id, JSON_ENCODE_ANY) : NULL;
    char *line =
        name ? format("{\"id\":%s,\"host\":\"127.0.0.1\",\"port\":%d,"
                      "\"source\":\"%s\",\"timeout_ms\":%d,"
                      "\"want\":%s}",
                      name, call->port, call->source, call->timeout_ms, want)
             : NULL;

    if (!line)
        diag("%s: this job cannot be written: out of memory", t->id);
    free(name);
    json_decref(id);
    return line;
}

char *job_filed_line(const struct trial *t, struct files *f, const char *state,
                     int timeout_ms)
{
    json_t *want = job_want(t, f), *id = codec_string(t->id);
    json_t *job = want && id
                      ? json_pack("{s:O,s:s,s:s,s:i,s:i,s:O}", "id", id,
                                  "state", state, "host", "127.0.0.1", "port",
                                  1, "timeout_ms", timeout_ms, "want", want)
                      : NULL;
    char *line = job ? json_dumps(job, JSON_COMPACT) : NULL;

    if (want && !line)
        diag("%s: this job cannot be written: out of memory", t->id);
    json_decref(want);
    json_decref(id);
    json_decref(job);
    return line;
}
