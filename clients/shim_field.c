/* Readers of single JSON values of a job: each checks its value's type and
 * range. */
#include "clients/shim_field.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/tls_names.h"

int shim_field_fault(struct shim_job *job, const char *fmt, ...)
{
    va_list args;

    if (!*job->fault) {
        va_start(args, fmt);
        vsnprintf(job->fault, sizeof job->fault, fmt, args);
        va_end(args);
    }
    return -1;
}

void shim_field_lack(struct shim_job *job, const char *where, const char *name)
{
    if (!*job->lacks)
        snprintf(job->lacks, sizeof job->lacks, "%s%s", where, name);
}

static const struct shim_field *field_find(const struct shim_field *fields,
                                           size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(fields[i].name, name))
            return &fields[i];
    return NULL;
}

/* Reads all members of an object. A null member counts as left out. */
int shim_field_object(struct shim_job *job, json_t *object, const char *where,
                      const struct shim_field *fields, size_t count)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object))
        return shim_field_fault(job, "%s is not an object",
                                *where ? where : "the job");
    json_object_foreach(object, name, value)
    {
        const struct shim_field *f = field_find(fields, count, name);
        if (!f)
            shim_field_lack(job, where, name);
        if (!f || json_is_null(value))
            continue;
        if (f->read(job, value, (char *)job + f->offset) == -1)
            return shim_field_fault(job, "%.32s%.32s: bad value", where, name);
    }
    return 0;
}

int shim_field_text(struct shim_job *job, json_t *value, void *target)
{
    (void)job;
    *(const char **)target = json_string_value(value);
    return json_string_length(value) ? 0 : -1;
}

int shim_field_flag(struct shim_job *job, json_t *value, void *target)
{
    (void)job;
    *(int *)target = json_is_true(value);
    return json_is_boolean(value) ? 0 : -1;
}

int shim_field_time(struct shim_job *job, json_t *value, void *target)
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

int shim_field_port(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 1, 65535, &n) == -1)
        return -1;
    *(uint16_t *)target = (uint16_t)n;
    return 0;
}

int shim_field_timeout(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 1, 3600000, &n) == -1)
        return -1;
    *(int *)target = (int)n;
    return 0;
}

int shim_field_size(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 0, INT32_MAX, &n) == -1)
        return -1;
    *(size_t *)target = (size_t)n;
    return 0;
}

int shim_field_depth(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 0, 1000, &n) == -1)
        return -1;
    *(unsigned *)target = (unsigned)n;
    return 0;
}

/* RFC 6066 section 4: "The allowed values are 2^9, 2^10, 2^11, 2^12". */
int shim_field_fragment(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n = json_integer_value(value);

    (void)job;
    *(unsigned *)target = (unsigned)n;
    return json_is_integer(value) &&
                   (n == 0 || n == 512 || n == 1024 || n == 2048 || n == 4096)
               ? 0
               : -1;
}

int shim_field_version(struct shim_job *job, json_t *value, void *target)
{
    const char *name = json_string_value(value);

    (void)job;
    *(uint16_t *)target = name ? tls_version_parse(name) : 0;
    return *(uint16_t *)target ? 0 : -1;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

int shim_field_level(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n;

    (void)job;
    if (integer_read(value, 0, 5, &n) == -1)
        return -1;
    *(int *)target = (int)n;
    return 0;
}

int shim_field_address(struct shim_job *job, json_t *value, void *target)
{
    struct in_addr a;
    const char *text = json_string_value(value);

    (void)job;
    *(const char **)target = text;
    return text && inet_pton(AF_INET, text, &a) == 1 ? 0 : -1;
}

int shim_field_hash(json_t *value, uint8_t *out, size_t size)
{
    const char *hex = json_string_value(value);

    if (json_string_length(value) != 2 * size)
        return -1;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

/* Index of the value's text in names, or -1. */
int shim_field_word(json_t *value, const char *const *names, int count)
{
    const char *word = json_string_value(value);

    for (int i = 0; word && i < count; i++)
        if (!strcmp(names[i], word))
            return i;
    return -1;
}
