/* A job line and the shim_want it stands for. One table per JSON object: field
 * name, reader, where the value goes. */
#include "clients/shim_job.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim_feature.h"
#include "core/tls_names.h"

/* One field of a JSON object. read returns 0, or -1 if the value is no value of
 * this field. */
struct field {
    const char *name;
    int (*read)(struct shim_job *job, json_t *value, void *target);
    size_t offset; /* of the target in struct shim_job */
};

#define AT(member)   offsetof(struct shim_job, member)
#define COUNT(table) (sizeof(table) / sizeof *(table))

static int fault(struct shim_job *job, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static int fault(struct shim_job *job, const char *fmt, ...)
{
    va_list args;

    if (!*job->fault) {
        va_start(args, fmt);
        vsnprintf(job->fault, sizeof job->fault, fmt, args);
        va_end(args);
    }
    return -1;
}

static void lack(struct shim_job *job, const char *where, const char *name)
{
    if (!*job->lacks)
        snprintf(job->lacks, sizeof job->lacks, "%s%s", where, name);
}

static const struct field *field_find(const struct field *fields, size_t count,
                                      const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(fields[i].name, name))
            return &fields[i];
    return NULL;
}

/* Reads all members of an object. A null member counts as left out. */
static int object_read(struct shim_job *job, json_t *object, const char *where,
                       const struct field *fields, size_t count)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object))
        return fault(job, "%s is not an object", *where ? where : "the job");
    json_object_foreach(object, name, value)
    {
        const struct field *f = field_find(fields, count, name);
        if (!f)
            lack(job, where, name);
        if (!f || json_is_null(value))
            continue;
        if (f->read(job, value, (char *)job + f->offset) == -1)
            return fault(job, "%.32s%.32s: bad value", where, name);
    }
    return 0;
}

static int text_read(struct shim_job *job, json_t *value, void *target)
{
    (void)job;
    *(const char **)target = json_string_value(value);
    return json_string_length(value) ? 0 : -1;
}

static int flag_read(struct shim_job *job, json_t *value, void *target)
{
    (void)job;
    *(int *)target = json_is_true(value);
    return json_is_boolean(value) ? 0 : -1;
}

static int time_read(struct shim_job *job, json_t *value, void *target)
{
    (void)job;
    *(int64_t *)target = json_integer_value(value);
    return json_is_integer(value) ? 0 : -1;
}

/* An integer from min to max. 0 or -1. */
static int integer_read(json_t *value, json_int_t min, json_int_t max,
                        json_int_t *out)
{
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= min && *out <= max ? 0 : -1;
}

static int port_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 1, 65535, &n) == -1)
        return -1;
    *(uint16_t *)target = (uint16_t)n;
    return 0;
}

static int timeout_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 1, 3600000, &n) == -1)
        return -1;
    *(int *)target = (int)n;
    return 0;
}

static int size_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 0, INT32_MAX, &n) == -1)
        return -1;
    *(size_t *)target = (size_t)n;
    return 0;
}

static int depth_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 0, 1000, &n) == -1)
        return -1;
    *(unsigned *)target = (unsigned)n;
    return 0;
}

/* RFC 6066 section 4: "The allowed values are 2^9, 2^10, 2^11, 2^12". */
static int fragment_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n = json_integer_value(value);

    (void)job;
    *(unsigned *)target = (unsigned)n;
    return json_is_integer(value) &&
                   (n == 0 || n == 512 || n == 1024 || n == 2048 || n == 4096)
               ? 0
               : -1;
}

static int version_read(struct shim_job *job, json_t *value, void *target)
{
    const char *name = json_string_value(value);

    (void)job;
    *(uint16_t *)target = name ? tls_version_parse(name) : 0;
    return *(uint16_t *)target ? 0 : -1;
}

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
            lack(job, "", json_string_value(item));
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

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static int sha256_read(json_t *value, uint8_t out[32])
{
    const char *hex = json_string_value(value);

    if (json_string_length(value) != 64)
        return -1;
    for (size_t i = 0; i < 32; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

/* Index of the value's text in names, or -1. */
static int word_read(json_t *value, const char *const *names, int count)
{
    const char *word = json_string_value(value);

    for (int i = 0; word && i < count; i++)
        if (!strcmp(names[i], word))
            return i;
    return -1;
}

static int place_read(struct shim_job *job, json_t *value, void *target)
{
    static const char *const names[] = {"any", "leaf", "intermediate",
                                        "anchor"}; /* enum shim_pin_place */
    int place = word_read(value, names, COUNT(names));

    (void)target;
    job->pins[job->want.pins_count].what = (enum shim_pin_place)place;
    return place < 0 ? -1 : 0;
}

static int match_read(struct shim_job *job, json_t *value, void *target)
{
    static const char *const names[] = {"certificate-sha256", "spki-sha256"};
    int match = word_read(value, names, COUNT(names));

    (void)target;
    job->pins[job->want.pins_count].spki = match;
    return match < 0 ? -1 : 0;
}

static int pin_hash_read(struct shim_job *job, json_t *value, void *target)
{
    (void)target;
    return sha256_read(value, job->pins[job->want.pins_count].sha256);
}

static int pins_read(struct shim_job *job, json_t *list, void *target)
{
    static const struct field fields[] = {
        {"what", place_read, 0},
        {"match", match_read, 0},
        {"sha256", pin_hash_read, 0},
    };
    size_t i;
    json_t *item;

    (void)target;
    if (!json_is_array(list) || json_array_size(list) > SHIM_JOB_LIST)
        return -1;
    json_array_foreach(list, i, item)
    {
        if (object_read(job, item, "pins.", fields, COUNT(fields)) == -1)
            return -1;
        if (!json_is_string(json_object_get(item, "sha256")))
            return fault(job, "pins: sha256 is missing");
        job->want.pins_count++;
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
    json_array_foreach(list, i, item) if (sha256_read(item, job->distrust[i]) ==
                                          -1) return -1;
    job->want.distrust_count = json_array_size(list);
    return 0;
}

static int distrust_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct field fields[] = {
        {"anchors", distrust_anchors_read, 0},
        {"after", time_read, AT(want.distrust_after)},
    };

    (void)target;
    if (object_read(job, value, "distrust.", fields, COUNT(fields)) == -1)
        return -1;
    return json_is_integer(json_object_get(value, "after"))
               ? 0
               : fault(job, "distrust: after is missing");
}

static int verify_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct field fields[] = {
        {"chain", flag_read, AT(want.verify_chain)},
        {"name", flag_read, AT(want.verify_name)},
        {"time", flag_read, AT(want.verify_time)},
        {"partial_chain", flag_read, AT(want.partial_chain)},
    };

    (void)target;
    return object_read(job, value, "verify.", fields, COUNT(fields));
}

static int versions_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct field fields[] = {
        {"min", version_read, AT(want.min_version)},
        {"max", version_read, AT(want.max_version)},
    };
    const struct shim_want *w = &job->want;

    (void)target;
    if (object_read(job, value, "versions.", fields, COUNT(fields)) == -1)
        return -1;
    return w->min_version && w->max_version && w->min_version > w->max_version
               ? fault(job, "versions: min is above max")
               : 0;
}

static int limits_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct field fields[] = {
        {"heap", size_read, AT(want.heap)},
        {"max_depth", depth_read, AT(want.max_depth)},
        {"max_certificate", size_read, AT(want.max_certificate)},
    };

    (void)target;
    return object_read(job, value, "limits.", fields, COUNT(fields));
}

static int identity_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct field fields[] = {
        {"certificate", text_read, AT(want.identity_certificate)},
        {"key", text_read, AT(want.identity_key)},
    };

    (void)target;
    if (object_read(job, value, "identity.", fields, COUNT(fields)) == -1)
        return -1;
    return job->want.identity_certificate && job->want.identity_key
               ? 0
               : fault(job, "identity: certificate and key belong together");
}

static int path_read(struct shim_job *job, json_t *value, void *target)
{
    static const char *const names[] = {"default", "peer-first"};
    int path = word_read(value, names, COUNT(names));

    (void)target;
    job->want.path_peer_first = path == 1;
    if (path < 0 && json_is_string(value))
        lack(job, "path-", json_string_value(value));
    return json_is_string(value) ? 0 : -1;
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
            lack(job, "", json_string_value(item));
    }
    return 0;
}

static int application_read(struct shim_job *job, json_t *value, void *target)
{
    const char *name = json_string_value(value);

    (void)target;
    if (name && strcmp(name, "byte") != 0)
        lack(job, "application-", name);
    return name ? 0 : -1;
}

static int want_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct field fields[] = {
        {"anchors", text_read, AT(anchors)},
        {"name", text_read, AT(want.name)},
        {"sni", flag_read, AT(want.sni)},
        {"clock", time_read, AT(want.clock)},
        {"verify", verify_read, 0},
        {"versions", versions_read, 0},
        {"suites", suites_read, AT(suites)},
        {"groups", groups_read, AT(groups)},
        {"signature_algorithms", sigalgs_read, AT(signature_algorithms)},
        {"alpn", alpn_read, AT(alpn)},
        {"max_fragment_length", fragment_read, AT(want.max_fragment_length)},
        {"pins", pins_read, 0},
        {"distrust", distrust_read, 0},
        {"limits", limits_read, 0},
        {"identity", identity_read, 0},
        {"path", path_read, 0},
        {"require", require_read, 0},
        {"application", application_read, 0},
    };

    (void)target;
    if (object_read(job, value, "want.", fields, COUNT(fields)) == -1)
        return -1;
    if (!job->anchors || !job->want.name ||
        !json_is_integer(json_object_get(value, "clock")))
        return fault(job, "want: anchors, name and clock are needed");
    return 0;
}

static void defaults_set(struct shim_job *job)
{
    *job = (struct shim_job){0};
    job->want.timeout_ms = 10000;
    job->want.sni = 1;
    job->want.verify_chain = job->want.verify_name = job->want.verify_time = 1;
    job->want.suites = job->suites;
    job->want.groups = job->groups;
    job->want.signature_algorithms = job->signature_algorithms;
    job->want.pins = job->pins;
    job->want.distrust_spki = (const uint8_t(*)[32])job->distrust;
}

int shim_job_parse(struct shim_job *job, const char *line, size_t size)
{
    static const struct field fields[] = {
        {"id", text_read, AT(want.id)},
        {"host", text_read, AT(want.host)},
        {"port", port_read, AT(want.port)},
        {"timeout_ms", timeout_read, AT(want.timeout_ms)},
        {"want", want_read, 0},
    };
    json_error_t error;

    defaults_set(job);
    job->root = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (!job->root)
        return fault(job, "not JSON: %s", error.text);
    /* First of all, so that the answer to a malformed job carries it. */
    job->want.id = json_string_value(json_object_get(job->root, "id"));
    if (object_read(job, job->root, "", fields, COUNT(fields)) == -1)
        return -1;
    if (!job->want.id || !job->want.host || !job->want.port || !job->anchors)
        return fault(job, "the job: id, host, port and want are needed");
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
