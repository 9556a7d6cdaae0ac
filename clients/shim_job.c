/* A job line and the shim_want it stands for. One table per JSON object: field
 * name, reader, where the value goes. */
#include "clients/shim_job.h"

#include <stdlib.h>
#include <string.h>

#include "clients/shim_feature.h"
#include "clients/shim_field.h"
#include "base/tls_names.h"

#define AT(member)   offsetof(struct shim_job, member)
#define COUNT(table) (sizeof(table) / sizeof *(table))

static uint16_t suite_code(const char *name)
{
    const struct tls_suite *s = tls_suite_by_name(name);

    return s ? s->code : 0;
}

static uint16_t group_code(const char *name)
{
    const struct tls_name *n = tls_group_by_name(name);

    return n ? n->code : 0;
}

static uint16_t sigalg_code(const char *name)
{
    const struct tls_name *n = tls_sigalg_by_name(name);

    return n ? n->code : 0;
}

/* A list of names as code points. A name that is not in the registry's table is
 * something no build has. */
static int codes_read(struct shim_job *job, json_t *list, uint16_t *codes,
                      size_t *count, uint16_t (*code)(const char *name))
{
    size_t i;
    json_t *item;

    if (!json_is_array(list) || json_array_size(list) > SHIM_JOB_LIST)
        return -1;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return -1;
        codes[i] = code(json_string_value(item));
        if (!codes[i])
            shim_field_lack(job, "", json_string_value(item));
    }
    *count = json_array_size(list);
    return 0;
}

static int suites_read(struct shim_job *job, json_t *list, void *target)
{
    return codes_read(job, list, target, &job->want.suites_count, suite_code);
}

static int groups_read(struct shim_job *job, json_t *list, void *target)
{
    return codes_read(job, list, target, &job->want.groups_count, group_code);
}

static int sigalgs_read(struct shim_job *job, json_t *list, void *target)
{
    return codes_read(job, list, target, &job->want.signature_algorithms_count,
                      sigalg_code);
}

static int alpn_read(struct shim_job *job, json_t *list, void *target)
{
    const char **names = target;
    size_t i;
    json_t *item;

    if (!json_is_array(list) || json_array_size(list) > SHIM_JOB_LIST)
        return -1;
    json_array_foreach(list, i, item)
    {
        size_t length = json_string_length(item);
        if (!length || length > SHIM_JOB_ALPN)
            return -1;
        names[i] = json_string_value(item);
    }
    job->want.alpn = json_array_size(list) ? names : NULL;
    return 0;
}

static int place_read(struct shim_job *job, json_t *value, void *target)
{
    static const char *const names[] = {"any", "leaf", "intermediate",
                                        "anchor"}; /* enum shim_pin_place */
    int place = shim_field_word(value, names, COUNT(names));

    (void)target;
    job->pins[job->want.pins_count].what = (enum shim_pin_place)place;
    return place < 0 ? -1 : 0;
}

static int match_read(struct shim_job *job, json_t *value, void *target)
{
    static const char *const names[] = {"certificate-sha256", "spki-sha256",
                                        "certificate-sha1"};
    struct shim_pin *pin = &job->pins[job->want.pins_count];
    int match = shim_field_word(value, names, COUNT(names));

    (void)target;
    pin->spki = match == 1;
    pin->digest = match == 2 ? SHIM_SHA1 : SHIM_SHA256;
    return match < 0 ? -1 : 0;
}

/* How long it must be is known when all members are. */
static int hash_read(struct shim_job *job, json_t *value, void *target)
{
    (void)job;
    (void)target;
    return json_is_string(value) ? 0 : -1;
}

static int pins_read(struct shim_job *job, json_t *list, void *target)
{
    static const struct shim_field fields[] = {
        {"what", place_read, 0},
        {"match", match_read, 0},
        {"hash", hash_read, 0},
    };
    struct shim_pin *pin = job->pins;
    size_t i;
    json_t *item;

    (void)target;
    if (!json_is_array(list) || json_array_size(list) > SHIM_JOB_LIST)
        return -1;
    json_array_foreach(list, i, item)
    {
        if (shim_field_object(job, item, "pins.", fields, COUNT(fields)) == -1)
            return -1;
        if (shim_field_hash(json_object_get(item, "hash"), pin->hash,
                            pin->digest == SHIM_SHA1 ? 20 : 32) == -1)
            return shim_field_fault(
                job, "pins: hash is missing, or not as long as match says");
        job->want.pins_count++;
        pin++;
    }
    return 0;
}

static int distrust_anchors_read(struct shim_job *job, json_t *list,
                                 void *target)
{
    size_t i;
    json_t *item;

    (void)target;
    if (!json_is_array(list) || json_array_size(list) > SHIM_JOB_LIST)
        return -1;
    json_array_foreach(list, i, item)
    {
        if (shim_field_hash(item, job->distrust[i], 32) == -1)
            return -1;
    }
    job->want.distrust_count = json_array_size(list);
    return 0;
}

static int distrust_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"anchors", distrust_anchors_read, 0},
        {"after", shim_field_time, AT(want.distrust_after)},
    };

    (void)target;
    if (shim_field_object(job, value, "distrust.", fields, COUNT(fields)) == -1)
        return -1;
    return json_is_integer(json_object_get(value, "after"))
               ? 0
               : shim_field_fault(job, "distrust: after is missing");
}

static int use_read(struct shim_job *job, json_t *value, void *target)
{
    static const char *const names[] = {"trusted", "untrusted",
                                        "rejected"}; /* enum shim_use */
    int use = shim_field_word(value, names, COUNT(names));

    (void)target;
    job->settings[job->want.settings_count].use = (enum shim_use)use;
    return use < 0 ? -1 : 0;
}

static int settings_read(struct shim_job *job, json_t *list, void *target)
{
    static const struct shim_field fields[] = {
        {"certificate", hash_read, 0},
        {"servers", use_read, 0},
    };
    size_t i;
    json_t *item;

    (void)target;
    if (!json_is_array(list) || json_array_size(list) > SHIM_JOB_SETTINGS)
        return -1;
    json_array_foreach(list, i, item)
    {
        if (shim_field_object(job, item, "trust_settings.", fields,
                              COUNT(fields)) == -1)
            return -1;
        if (shim_field_hash(json_object_get(item, "certificate"),
                            job->settings[i].sha256, 32) == -1 ||
            !json_object_get(item, "servers"))
            return shim_field_fault(
                job, "trust_settings: certificate and servers are needed");
        job->want.settings_count++;
    }
    return 0;
}

static int verify_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"chain", shim_field_flag, AT(want.verify_chain)},
        {"name", shim_field_flag, AT(want.verify_name)},
        {"time", shim_field_flag, AT(want.verify_time)},
        {"partial_chain", shim_field_flag, AT(want.partial_chain)},
    };

    (void)target;
    return shim_field_object(job, value, "verify.", fields, COUNT(fields));
}

static int versions_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"min", shim_field_version, AT(want.min_version)},
        {"max", shim_field_version, AT(want.max_version)},
    };
    const struct shim_want *w = &job->want;

    (void)target;
    if (shim_field_object(job, value, "versions.", fields, COUNT(fields)) == -1)
        return -1;
    return w->min_version && w->max_version && w->min_version > w->max_version
               ? shim_field_fault(job, "versions: min is above max")
               : 0;
}

static int limits_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"heap", shim_field_size, AT(want.heap)},
        {"max_depth", shim_field_depth, AT(want.max_depth)},
        {"max_certificate", shim_field_size, AT(want.max_certificate)},
    };

    (void)target;
    return shim_field_object(job, value, "limits.", fields, COUNT(fields));
}

static int identity_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"certificate", shim_field_text, AT(want.identity_certificate)},
        {"key", shim_field_text, AT(want.identity_key)},
    };

    (void)target;
    if (shim_field_object(job, value, "identity.", fields, COUNT(fields)) == -1)
        return -1;
    return job->want.identity_certificate && job->want.identity_key
               ? 0
               : shim_field_fault(
                     job, "identity: certificate and key belong together");
}

static int require_read(struct shim_job *job, json_t *list, void *target)
{
    size_t i;
    json_t *item;

    (void)target;
    if (!json_is_array(list))
        return -1;
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return -1;
        unsigned feature = shim_feature_parse(json_string_value(item));
        job->required |= feature;
        if (!feature)
            shim_field_lack(job, "", json_string_value(item));
    }
    return 0;
}

static int ocsp_read(struct shim_job *job, json_t *value, void *target)
{
    int word = shim_field_word(value, ocsp_names, OCSPS);

    (void)job;
    *(enum ocsp *)target = word < 0 ? OCSP_LIBRARY : (enum ocsp)word;
    return word < 0 ? -1 : 0;
}

static int want_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"anchors", shim_field_text, AT(anchors)},
        {"name", shim_field_text, AT(want.name)},
        {"sni", shim_field_flag, AT(want.sni)},
        {"resume", shim_field_flag, AT(want.resume)},
        {"clock", shim_field_time, AT(want.clock)},
        {"verify", verify_read, 0},
        {"versions", versions_read, 0},
        {"suites", suites_read, AT(suites)},
        {"groups", groups_read, AT(groups)},
        {"signature_algorithms", sigalgs_read, AT(signature_algorithms)},
        {"alpn", alpn_read, AT(alpn)},
        {"max_fragment_length", shim_field_fragment,
         AT(want.max_fragment_length)},
        {"ocsp", ocsp_read, AT(want.ocsp)},
        {"pins", pins_read, 0},
        {"distrust", distrust_read, 0},
        {"trust_settings", settings_read, 0},
        {"limits", limits_read, 0},
        {"identity", identity_read, 0},
        {"security_level", shim_field_level, AT(want.security_level)},
        {"require", require_read, 0},
        {"application", shim_job_application, 0},
    };

    (void)target;
    if (shim_field_object(job, value, "want.", fields, COUNT(fields)) == -1)
        return -1;
    if (!job->anchors || !job->want.name ||
        !json_is_integer(json_object_get(value, "clock")))
        return shim_field_fault(job,
                                "want: anchors, name and clock are needed");
    return 0;
}

static void defaults_set(struct shim_job *job)
{
    *job = (struct shim_job){0};
    job->want.timeout_ms = 10000;
    job->want.sni = 1;
    job->want.security_level = -1;
    job->want.verify_chain = job->want.verify_name = job->want.verify_time = 1;
    job->want.suites = job->suites;
    job->want.groups = job->groups;
    job->want.signature_algorithms = job->signature_algorithms;
    job->want.pins = job->pins;
    job->want.settings = job->settings;
    job->want.distrust_spki = (const uint8_t(*)[32])job->distrust;
}

/* What a request is for: nothing that has a meaning of its own in the texts of
 * names that libraries read. */
static int request_name_is_plain(const char *name)
{
    size_t size = strlen(name);

    return size <= SHIM_REQUEST_NAME && name[0] != ' ' &&
           name[size - 1] != ' ' &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789-_.: ") == size;
}

static int key_read(struct shim_job *job, json_t *value, void *target)
{
    static const char *const kinds[] = {"rsa-2048", "p-256"};
    int kind = shim_field_word(value, kinds, COUNT(kinds));

    if (kind < 0 && json_is_string(value))
        shim_field_lack(job, "request-", json_string_value(value));
    *(enum shim_key *)target = kind == 1 ? SHIM_KEY_P256 : SHIM_KEY_RSA_2048;
    return json_is_string(value) ? 0 : -1;
}

static int request_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"key", key_read, AT(want.request)},
        {"kept", shim_field_text, AT(want.request_key)},
        {"name", shim_field_text, AT(want.request_name)},
    };

    (void)target;
    if (shim_field_object(job, value, "request.", fields, COUNT(fields)) == -1)
        return -1;
    if (job->want.request && job->want.request_name &&
        request_name_is_plain(job->want.request_name))
        return 0;
    return shim_field_fault(job,
                            "request: key, and a name of at most %d letters, "
                            "digits, spaces and -_.: are needed",
                            SHIM_REQUEST_NAME);
}

int shim_job_parse(struct shim_job *job, const char *line, size_t size)
{
    static const struct shim_field fields[] = {
        {"id", shim_field_text, AT(want.id)},
        {"host", shim_field_text, AT(want.host)},
        {"port", shim_field_port, AT(want.port)},
        {"source", shim_field_address, AT(want.source)},
        {"timeout_ms", shim_field_timeout, AT(want.timeout_ms)},
        {"want", want_read, 0},
        {"request", request_read, 0},
    };
    json_error_t error;

    defaults_set(job);
    job->root = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (!job->root)
        return shim_field_fault(job, "not JSON: %s", error.text);
    /* First of all, so that the answer to a malformed job carries it. */
    job->want.id = json_string_value(json_object_get(job->root, "id"));
    if (shim_field_object(job, job->root, "", fields, COUNT(fields)) == -1)
        return -1;
    if (job->want.id && job->want.request && !job->anchors)
        return 0;
    if (!job->want.id || !job->want.host || !job->want.port || !job->anchors)
        return shim_field_fault(job,
                                "the job: id, host, port and want are needed, "
                                "or id and request alone");
    return 0;
}

void shim_job_clear(struct shim_job *job)
{
    json_decref(job->root);
    *job = (struct shim_job){0};
}

char *shim_job_context_key(const struct shim_job *job, unsigned shares)
{
    json_t *want = json_object_get(job->root, "want");
    json_t *key = json_copy(want);
    json_t *limits = json_copy(json_object_get(want, "limits"));
    char *text = NULL;

    if (!key)
        goto out;
    json_object_del(key, "pins");
    json_object_del(key, "distrust");
    json_object_del(key, "require");
    json_object_del(key, "application");
    if (shares & SHIM_SHARE_CLOCK)
        json_object_del(key, "clock");
    if (shares & SHIM_SHARE_NAME)
        json_object_del(key, "name");
    if (limits) {
        json_object_del(limits, "heap");
        if (json_object_set(key, "limits", limits) == -1)
            goto out;
    }
    text = json_dumps(key, JSON_COMPACT | JSON_SORT_KEYS);
out:
    json_decref(limits);
    json_decref(key);
    return text;
}
