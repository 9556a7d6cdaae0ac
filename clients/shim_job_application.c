/* What a job says of the application: a byte, or MQTT. */
#include "clients/shim_job.h"

#include <stddef.h>
#include <string.h>

#include "clients/shim_field.h"
#include "clients/shim_mqtt.h"
#include "base/mqtt.h"

#define AT(member)   offsetof(struct shim_job, member)
#define COUNT(table) (sizeof(table) / sizeof *(table))

static int protocol_read(struct shim_job *job, json_t *value, void *target)
{
    const char *name = json_string_value(value);

    (void)target;
    if (name && strcmp(name, "mqtt") != 0)
        shim_field_lack(job, "application-", name);
    return name ? 0 : -1;
}

static int mqtt_version_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n = json_integer_value(value);

    (void)job;
    *(int *)target = (int)n;
    return n == MQTT_3_1_1 || n == MQTT_5_0 ? 0 : -1;
}

static int keep_alive_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n = json_integer_value(value);

    (void)job;
    *(unsigned *)target = (unsigned)n;
    return json_is_integer(value) && n >= 0 && n <= 65535 ? 0 : -1;
}

/* The topics that a kept session subscribes to. */
static int filters_read(struct shim_job *job, json_t *list, void *target)
{
    const char **filters = target;
    size_t i;
    json_t *item;

    (void)job;
    if (!json_is_array(list) || json_array_size(list) > SHIM_SESSION_FILTERS)
        return -1;
    json_array_foreach(list, i, item)
    {
        filters[i] = json_string_value(item);
        if (!json_string_length(item))
            return -1;
    }
    return 0;
}

static int publish_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"topic", shim_field_text, AT(session.topic)},
        {"payload", shim_field_text, AT(session.payload)},
    };

    (void)target;
    if (shim_field_object(job, value, "want.application.session.publish.",
                          fields, COUNT(fields)) == -1)
        return -1;
    return job->session.topic && job->session.payload ? 0 : -1;
}

static int wait_read(struct shim_job *job, json_t *value, void *target)
{
    json_int_t n = json_integer_value(value);

    (void)job;
    *(unsigned *)target = (unsigned)n;
    return json_is_integer(value) && n >= 0 && n <= 3600000 ? 0 : -1;
}

static int session_read(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"subscribe", filters_read, AT(session.filters)},
        {"publish", publish_read, 0},
        {"wait_ms", wait_read, AT(session.wait_ms)},
    };

    (void)target;
    job->want.mqtt_session = &job->session;
    return shim_field_object(job, value, "want.application.session.", fields,
                             COUNT(fields));
}

/* The name of a protocol, or an object with the name and its keys. */
int shim_job_application(struct shim_job *job, json_t *value, void *target)
{
    static const struct shim_field fields[] = {
        {"protocol", protocol_read, 0},
        {"version", mqtt_version_read, AT(want.mqtt_version)},
        {"keep_alive", keep_alive_read, AT(want.mqtt_keep_alive)},
        {"client_id", shim_field_text, AT(want.mqtt_client_id)},
        {"topic", shim_field_text, AT(want.mqtt_topic)},
        {"payload", shim_field_size, AT(want.mqtt_payload)},
        {"session", session_read, 0},
    };
    const char *name = json_string_value(value);

    (void)target;
    if (name && strcmp(name, "byte") != 0)
        shim_field_lack(job, "application-", name);
    if (name)
        return 0;
    if (shim_field_object(job, value, "want.application.", fields,
                          COUNT(fields)) == -1)
        return -1;
    if (job->want.mqtt_version && job->want.mqtt_client_id &&
        job->want.mqtt_payload <= SHIM_MQTT_PAYLOAD &&
        !(job->want.mqtt_session &&
          (job->want.mqtt_topic || job->want.mqtt_version != MQTT_3_1_1)))
        return 0;
    return shim_field_fault(job,
                            "want.application: version, client_id and a "
                            "payload of at most %d bytes are needed, "
                            "and topic, or session and version 4",
                            SHIM_MQTT_PAYLOAD);
}
