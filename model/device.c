/* Reads a device file: libcyaml fills plain texts, and what follows turns them
 * into values and says what is wrong with them. */
#include "model/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/client.h"
#include "model/pin.h"
#include "base/convert.h"
#include "base/file.h"
#include "base/quantity.h"
#include "base/yaml_text.h"

struct pin_text {
    char *what, *match, *of, *sha256, *sha1;
};

struct limits_text {
    char *heap, *max_certificate, *max_depth;
};

struct distrust_text {
    char **anchors;
    unsigned anchors_count;
    char *after;
};

struct tls_text {
    char *min, *max, **suites, **groups, **signature_algorithms, **alpn;
    unsigned suites_count, groups_count, signature_algorithms_count;
    unsigned alpn_count;
    char *sni, *resume, *max_fragment_length, *ocsp;
};

struct verify_text {
    char *chain, *name, *time, *partial_chain;
};

struct application_text {
    char *protocol, *client_id, *version, *keep_alive, *topic, *payload;
};

struct device_text {
    char *device, *title, *clock, *identity, *units, *security_level;
    char **stack, **trust_store;
    unsigned stack_count, trust_store_count, pins_count;
    struct pin_text *pins;
    struct distrust_text *distrust;
    struct tls_text *tls;
    struct verify_text *verify;
    struct limits_text *limits;
    struct application_text *application;
};

static const cyaml_schema_field_t pin_fields[] = {
    YAML_TEXT(pin_text, what), YAML_TEXT(pin_text, match),
    YAML_TEXT(pin_text, of),   YAML_TEXT(pin_text, sha256),
    YAML_TEXT(pin_text, sha1), CYAML_FIELD_END,
};
static const cyaml_schema_value_t pin_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pin_text, pin_fields)};

static const cyaml_schema_field_t distrust_fields[] = {
    YAML_TEXTS(distrust_text, anchors),
    YAML_TEXT(distrust_text, after),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t tls_fields[] = {
    YAML_TEXT(tls_text, min),
    YAML_TEXT(tls_text, max),
    YAML_TEXTS(tls_text, suites),
    YAML_TEXTS(tls_text, groups),
    YAML_TEXTS(tls_text, signature_algorithms),
    YAML_TEXTS(tls_text, alpn),
    YAML_TEXT(tls_text, sni),
    YAML_TEXT(tls_text, resume),
    YAML_TEXT(tls_text, max_fragment_length),
    YAML_TEXT(tls_text, ocsp),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t verify_fields[] = {
    YAML_TEXT(verify_text, chain),
    YAML_TEXT(verify_text, name),
    YAML_TEXT(verify_text, time),
    YAML_TEXT(verify_text, partial_chain),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t limits_fields[] = {
    YAML_TEXT(limits_text, heap),
    YAML_TEXT(limits_text, max_certificate),
    YAML_TEXT(limits_text, max_depth),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t application_fields[] = {
    YAML_TEXT(application_text, protocol),
    YAML_TEXT(application_text, client_id),
    YAML_TEXT(application_text, version),
    YAML_TEXT(application_text, keep_alive),
    YAML_TEXT(application_text, topic),
    YAML_TEXT(application_text, payload),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("device", CYAML_FLAG_POINTER, struct device_text,
                           device, 1, 100),
    YAML_TEXT(device_text, title),
    YAML_TEXT(device_text, units),
    CYAML_FIELD_SEQUENCE("stack", CYAML_FLAG_POINTER, struct device_text, stack,
                         &convert_text_schema, 1, 64),
    YAML_TEXTS(device_text, trust_store),
    CYAML_FIELD_SEQUENCE("pins", YAML_OPTIONAL, struct device_text, pins,
                         &pin_schema, 0, 32),
    CYAML_FIELD_MAPPING_PTR("distrust", YAML_OPTIONAL, struct device_text,
                            distrust, distrust_fields),
    CYAML_FIELD_MAPPING_PTR("tls", YAML_OPTIONAL, struct device_text, tls,
                            tls_fields),
    CYAML_FIELD_MAPPING_PTR("verify", YAML_OPTIONAL, struct device_text, verify,
                            verify_fields),
    CYAML_FIELD_MAPPING_PTR("limits", YAML_OPTIONAL, struct device_text, limits,
                            limits_fields),
    CYAML_FIELD_MAPPING_PTR("application", YAML_OPTIONAL, struct device_text,
                            application, application_fields),
    YAML_TEXT(device_text, clock),
    YAML_TEXT(device_text, identity),
    YAML_TEXT(device_text, security_level),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct device_text, fields)};

static int convert_fragment(const struct source *s, const char *text,
                            int64_t *out)
{
    static const char path[] = "tls.max_fragment_length";

    if (convert_number(s, path, text, 0, 4096, out))
        return -1;
    if (*out != 0 && *out != 512 && *out != 1024 && *out != 2048 &&
        *out != 4096)
        return convert_fault(s, path, "512, 1024, 2048 or 4096 bytes");
    return 0;
}

/* RFC 7301 section 3.1: "opaque ProtocolName<1..2^8-1>". */
static int check_alpn(const struct source *s, const struct tls_text *t)
{
    for (size_t i = 0; i < t->alpn_count; i++)
        if (strlen(t->alpn[i]) > 255)
            return convert_fault(s, "tls.alpn", "a name has 1 to 255 bytes");
    return 0;
}

static int convert_ocsp(const struct source *s, const char *text,
                        enum ocsp *out)
{
    int n = text ? convert_index(ocsp_names, OCSPS, text) : OCSP_LIBRARY;

    if (n < 0)
        return convert_fault(s, "tls.ocsp", "library, none, ask or require");
    *out = (enum ocsp)n;
    return 0;
}

static int convert_tls(const struct source *s, const struct tls_text *t,
                       struct device_tls *tls)
{
    if (!t)
        return 0;
    if (convert_versions(s, "tls.min", t->min, "tls.max", t->max) ||
        convert_fragment(s, t->max_fragment_length,
                         &tls->max_fragment_length) ||
        convert_flag(s, "tls.sni", t->sni, &tls->sni) ||
        convert_flag(s, "tls.resume", t->resume, &tls->resume) ||
        convert_ocsp(s, t->ocsp, &tls->ocsp) || check_alpn(s, t))
        return -1;
    if (convert_text(&tls->min, t->min) || convert_text(&tls->max, t->max))
        return -1;
    if (convert_list(s, "tls.suites", &tls->suites, &tls->suites_count,
                     t->suites, t->suites_count, convert_suite) ||
        convert_list(s, "tls.groups", &tls->groups, &tls->groups_count,
                     t->groups, t->groups_count, convert_group) ||
        convert_list(s, "tls.alpn", &tls->alpn, &tls->alpn_count, t->alpn,
                     t->alpn_count, NULL))
        return -1;
    return convert_list(
        s, "tls.signature_algorithms", &tls->signature_algorithms,
        &tls->signature_algorithms_count, t->signature_algorithms,
        t->signature_algorithms_count, convert_sigalg);
}

static int convert_verify(const struct source *s, const struct verify_text *t,
                          struct device_verify *verify)
{
    if (!t)
        return 0;
    if (convert_flag(s, "verify.chain", t->chain, &verify->chain) ||
        convert_flag(s, "verify.name", t->name, &verify->name) ||
        convert_flag(s, "verify.time", t->time, &verify->time))
        return -1;
    return convert_flag(s, "verify.partial_chain", t->partial_chain,
                        &verify->partial_chain);
}

static const char *const matches[] = {"certificate-sha256", "spki-sha256",
                                      "certificate-sha1"};

const char *pin_match_name(enum pin_match m)
{
    return matches[m];
}

/* `sha256:` or `sha1:`; a hash says itself what it is of. */
static int convert_hash(const struct source *s, const struct pin_text *t,
                        struct pin *pin)
{
    const char *key = t->sha1 ? "sha1" : "sha256";
    char hash[PIN_HASH_ROOM];
    const char *why;

    if (pin_hash_parse(t->sha1 ? t->sha1 : t->sha256, hash, &why))
        return convert_fault(s, key, why);
    if (!t->sha1 && pin_hash_is_sha1(hash))
        return convert_fault(s, key,
                             "40 hex digits are a SHA-1; give it as `sha1`");
    if (t->sha1 && !pin_hash_is_sha1(hash))
        return convert_fault(s, key, "a SHA-1 has 40 hex digits");
    if (t->sha1 && t->match && pin->match != PIN_CERTIFICATE_SHA1)
        return convert_fault(s, "match",
                             "a SHA-1 is of a certificate: "
                             "certificate-sha1");
    if (t->sha1)
        pin->match = PIN_CERTIFICATE_SHA1;
    return convert_text(&pin->sha256, hash);
}

static int convert_pin(const struct source *s, const struct pin_text *t,
                       struct pin *pin)
{
    static const char *const places[] = {"any", "leaf", "intermediate",
                                         "anchor"};
    int what = t->what ? convert_index(places, 4, t->what) : PIN_ANY;
    int match =
        t->match ? convert_index(matches, 3, t->match) : PIN_CERTIFICATE_SHA256;

    if (what < 0)
        return convert_fault(s, "what", "leaf, intermediate, anchor or any");
    if (match < 0)
        return convert_fault(
            s, "match", "certificate-sha256, spki-sha256 or certificate-sha1");
    if (!!t->of + !!t->sha256 + !!t->sha1 != 1)
        return convert_fault(s, t->of ? "of" : "what",
                             "give exactly one of `of`, `sha256` and `sha1`");
    pin->what = (enum pin_place)what;
    pin->match = (enum pin_match)match;
    return t->of ? convert_text(&pin->of, t->of) : convert_hash(s, t, pin);
}

static int convert_pins(const struct source *s, const struct device_text *t,
                        struct device *d)
{
    if (!t->pins_count)
        return 0;
    d->pins = calloc(t->pins_count, sizeof *d->pins);
    if (!d->pins)
        return -1;
    d->pins_count = t->pins_count;
    for (size_t i = 0; i < t->pins_count; i++) {
        struct source here = *s;

        snprintf(here.inside, sizeof here.inside, "pins[%zu]", i);
        if (convert_pin(&here, &t->pins[i], &d->pins[i]))
            return -1;
    }
    return 0;
}

static int convert_distrust(const struct source *s,
                            const struct distrust_text *t, struct device *d)
{
    if (!t)
        return 0;
    d->distrust = calloc(1, sizeof *d->distrust);
    if (!d->distrust)
        return -1;
    if (!t->anchors_count)
        return convert_fault(s, "distrust", "name at least one of the anchors");
    if (!t->after || time_parse(t->after, &d->distrust->after))
        return convert_fault(s, "distrust.after",
                             "a time, as 2019-04-16T00:00:00Z");
    return convert_list(s, "distrust.anchors", &d->distrust->anchors,
                        &d->distrust->anchors_count, t->anchors,
                        t->anchors_count, NULL);
}

static int convert_clock(const struct source *s, const char *text,
                         struct device *d)
{
    if (!text || !strcmp(text, "true"))
        return 0;
    if (!strcmp(text, "none")) {
        d->clock = CLOCK_NONE;
        d->verify.time = 0;
        return 0;
    }
    if (!time_parse(text, &d->clock_value)) {
        d->clock = CLOCK_FIXED;
        return 0;
    }
    if (!duration_parse(text, &d->clock_value)) {
        d->clock = CLOCK_OFFSET;
        return 0;
    }
    return convert_fault(s, "clock",
                         "true, none, a time (1970-01-01T00:00:00Z), or a "
                         "difference (+90d, -1h)");
}

static int convert_limits(const struct source *s, const struct limits_text *t,
                          struct device *d)
{
    if (!t)
        return 0;
    if (t->heap && (size_parse(t->heap, &d->heap) || !d->heap))
        return convert_fault(s, "limits.heap",
                             "a size, as 48KiB; for none, leave it out");
    if (t->max_certificate &&
        (size_parse(t->max_certificate, &d->max_certificate) ||
         !d->max_certificate))
        return convert_fault(s, "limits.max_certificate",
                             "a size, as 4KiB; for the library's own, leave "
                             "it out");
    if (t->max_depth && !strcmp(t->max_depth, "0"))
        return convert_fault(s, "limits.max_depth",
                             "1 to 100 intermediates; for the library's own "
                             "limit, leave it out");
    return convert_number(s, "limits.max_depth", t->max_depth, 1, 100,
                          &d->max_depth);
}

/* Whether a client id or a topic is one that a cloud takes is seen when it is
 * sent. */
static int convert_mqtt(const struct source *s,
                        const struct application_text *t, struct device *d)
{
    struct device_mqtt *m = &d->mqtt;

    if (t->version && strcmp(t->version, "3.1.1") != 0 &&
        strcmp(t->version, "5") != 0)
        return convert_fault(s, "application.version", "\"3.1.1\" or \"5\"");
    m->version = t->version && !strcmp(t->version, "5") ? 5 : 4;
    m->keep_alive = 60;
    m->payload = 16;
    if (convert_number(s, "application.keep_alive", t->keep_alive, 0, 65535,
                       &m->keep_alive) ||
        convert_number(s, "application.payload", t->payload, 0, 131072,
                       &m->payload))
        return -1;
    if (t->payload && !t->topic)
        return convert_fault(s, "application.payload",
                             "there is no application.topic to publish to");
    if (t->client_id && strlen(t->client_id) > 1024)
        return convert_fault(s, "application.client_id", "at most 1024 bytes");
    if (t->topic && (strlen(t->topic) > 1024 || strpbrk(t->topic, "+#")))
        return convert_fault(s, "application.topic",
                             "a topic of at most 1024 bytes without + and #");
    return convert_text(&m->client_id, t->client_id ? t->client_id : d->id) ||
                   convert_text(&m->topic, t->topic)
               ? -1
               : 0;
}

static int convert_application(const struct source *s,
                               const struct application_text *t,
                               struct device *d)
{
    const char *protocol = t && t->protocol ? t->protocol : "byte";

    if (!strcmp(protocol, "mqtt")) {
        free(d->application);
        d->application = NULL;
        return convert_text(&d->application, protocol) || convert_mqtt(s, t, d)
                   ? -1
                   : 0;
    }
    if (strcmp(protocol, "byte") != 0)
        return convert_fault(s, "application.protocol", "byte or mqtt");
    if (t &&
        (t->client_id || t->version || t->keep_alive || t->topic || t->payload))
        return convert_fault(s, "application",
                             "its other keys are of `protocol: mqtt`");
    return 0;
}

static int convert_rest(const struct source *s, const struct device_text *t,
                        struct device *d)
{
    if (convert_number(s, "units", t->units, 0, 1000000000000, &d->units))
        return -1;
    if (convert_number(s, "security_level", t->security_level, 0, 5,
                       &d->security_level))
        return -1;
    if (convert_application(s, t->application, d))
        return -1;
    if (t->identity && strcmp(t->identity, "rsa-2048") != 0 &&
        strcmp(t->identity, "ec-p256") != 0)
        return convert_fault(s, "identity", "rsa-2048 or ec-p256");
    if (convert_number(s, "security_level", t->security_level, 0, 5,
                       &d->security_level))
        return -1;
    return convert_text(&d->identity, t->identity);
}

/* The client file that `stack:` names or is, or NULL. -1 only when memory is
 * out. */
static int client_path(const struct source *s, const char *stack, char **path)
{
    const char *slash = strrchr(s->name, '/');

    *path = NULL;
    if (!strcmp(stack, CLIENT_CUT_NAME))
        *path = strdup(s->name);
    else if (!strchr(stack, '/'))
        return 0;
    else if (*stack == '/' || !slash)
        *path = strdup(stack);
    else
        *path = format("%.*s/%s", (int)(slash - s->name), s->name, stack);
    return *path ? 0 : -1;
}

/* A stack that is a client file gets the client's name. `whole` is the device
 * file as it was, for a client inside of it. */
static int convert_clients(const struct source *s, const struct source *whole,
                           struct device *d)
{
    d->clients = calloc(d->stacks_count + 1, sizeof *d->clients);
    if (!d->clients)
        return -1;
    for (size_t i = 0; i < d->stacks_count; i++) {
        struct client *c;
        int inside = !strcmp(d->stacks[i], CLIENT_CUT_NAME);

        if (client_path(s, d->stacks[i], &d->clients[i]))
            return -1;
        if (!d->clients[i])
            continue;
        c = inside ? client_parse(whole->name, whole->data, whole->size)
                   : client_load(d->clients[i]);
        if (!c)
            return -1;
        free(d->stacks[i]);
        d->stacks[i] = strdup(c->name);
        client_free(c);
        if (!d->stacks[i])
            return -1;
    }
    return 0;
}

static int convert(const struct source *s, const struct source *whole,
                   const struct device_text *t, struct device *d)
{
    if (!convert_is_id(t->device))
        return convert_fault(s, "device",
                             "an id has a-z, 0-9, '.' and '-' only");
    if (convert_text(&d->title, t->title ? t->title : t->device) ||
        convert_list(s, "stack", &d->stacks, &d->stacks_count, t->stack,
                     t->stack_count, NULL) ||
        convert_clients(s, whole, d) ||
        convert_list(s, "trust_store", &d->trust_store, &d->trust_store_count,
                     t->trust_store, t->trust_store_count, NULL))
        return -1;
    if (convert_verify(s, t->verify, &d->verify) ||
        convert_tls(s, t->tls, &d->tls) || convert_pins(s, t, d) ||
        convert_distrust(s, t->distrust, d) || convert_clock(s, t->clock, d) ||
        convert_limits(s, t->limits, d))
        return -1;
    return convert_rest(s, t, d);
}

struct device *device_new(const char *id)
{
    struct device *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->id = strdup(id);
    d->application = strdup("byte");
    d->tls.sni = 1;
    d->security_level = -1;
    d->verify = (struct device_verify){.chain = 1, .name = 1, .time = 1};
    if (!d->id || !d->application) {
        device_free(d);
        return NULL;
    }
    return d;
}

struct device *device_parse(const char *name, const uint8_t *data, size_t size)
{
    struct source s = {.name = name};
    const struct source whole = {.name = name, .data = data, .size = size};
    struct device_text *text = NULL;
    struct device *d = NULL;
    uint8_t *inside = NULL, *outside = NULL, *listed = NULL;
    int cut = client_cut(data, size, &inside, &outside);

    if (cut >= 0)
        listed = yaml_text_listed(cut ? outside : data,
                                  cut ? size + CLIENT_CUT_EXTRA : size, "stack",
                                  &s.size);
    if (!listed)
        goto out;
    s.data = listed;
    if (yaml_read(name, listed, s.size, &schema, (void **)&text))
        goto out;
    d = device_new(text->device);
    if (d && (convert_text(&d->file, name) || convert(&s, &whole, text, d))) {
        device_free(d);
        d = NULL;
    }
out:
    yaml_release(&schema, text);
    free(listed);
    free(inside);
    free(outside);
    return d;
}

struct device *device_load(const char *path)
{
    uint8_t *data = NULL;
    size_t size;
    struct device *d;

    if (file_read(path, 0, &data, &size))
        return NULL;
    d = device_parse(path, data, size);
    free(data);
    return d;
}

const char *device_client(const struct device *d)
{
    return d->clients ? d->clients[0] : NULL;
}

static void tls_clear(struct device_tls *tls)
{
    free(tls->min);
    free(tls->max);
    convert_list_free(tls->suites, tls->suites_count);
    convert_list_free(tls->groups, tls->groups_count);
    convert_list_free(tls->signature_algorithms,
                      tls->signature_algorithms_count);
    convert_list_free(tls->alpn, tls->alpn_count);
}

void device_free(struct device *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->pins_count; i++) {
        free(d->pins[i].of);
        free(d->pins[i].sha256);
    }
    free(d->pins);
    if (d->distrust)
        convert_list_free(d->distrust->anchors, d->distrust->anchors_count);
    free(d->distrust);
    tls_clear(&d->tls);
    for (size_t i = 0; d->clients && i < d->stacks_count; i++)
        free(d->clients[i]);
    free(d->clients);
    convert_list_free(d->stacks, d->stacks_count);
    convert_list_free(d->trust_store, d->trust_store_count);
    free(d->id);
    free(d->title);
    free(d->file);
    free(d->identity);
    free(d->application);
    free(d->mqtt.client_id);
    free(d->mqtt.topic);
    free(d);
}
