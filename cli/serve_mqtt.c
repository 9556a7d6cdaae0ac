/* Must not know TLS or packets. */
#include "cli/serve_mqtt.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/diag.h"
#include "base/text.h"
#include "lab/broker.h"

static int is_mqtt(const struct serve_mqtt *m)
{
    return m->application != NULL && strcmp(m->application, "mqtt") == 0;
}

static void on_broker_end(void *arg, int status)
{
    (void)arg;
    diag("the MQTT broker ended (%s %d): MQTT is not served any more; start "
         "again",
         WIFSIGNALED(status) ? "signal" : "status",
         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int serve_mqtt_start(struct serve_mqtt *m)
{
    if (m->application != NULL && !is_mqtt(m) &&
        strcmp(m->application, "byte") != 0) {
        diag("--application: %s: there are: byte, mqtt", m->application);
        return -1;
    }
    if (m->upstream != NULL && !is_mqtt(m)) {
        diag("--mqtt-upstream: it is for --application mqtt");
        return -1;
    }
    if (!is_mqtt(m) || m->upstream != NULL)
        return 0;
    m->broker = broker_new(&(struct broker_options){.ended = on_broker_end});
    return m->broker == NULL ? -1 : 0;
}

int serve_mqtt_state(const struct serve_mqtt *m, json_t *state)
{
    json_t *application;

    if (!is_mqtt(m))
        return 0;
    application = json_pack("{s:s, s:s}", "protocol", "mqtt", "upstream",
                            m->upstream != NULL ? m->upstream
                                                : broker_address(m->broker));
    if (json_object_set_new(state, "application", application) == 0)
        return 0;
    diag("out of memory");
    return -1;
}

static void alpn_print(const struct trial *t)
{
    for (size_t i = 0; i < t->policy.alpn_count; i++) {
        if (strstr(t->policy.alpn[i], "mqtt") == NULL)
            continue;
        fputs(" --tls-alpn ", stdout);
        text_print(stdout, t->policy.alpn[i]);
        return;
    }
}

/* mosquitto's clients ask for the host that they connect to: its name is not
 * the endpoint's, which does not lead here. The chain is checked all the same.
 */
static void command_print(const char *program, const struct trial *t,
                          const char *anchors_path,
                          const char *const identity[2],
                          const json_t *listening)
{
    printf("           %s -h %s -p %lld --cafile '", program,
           json_string_value(json_object_get(listening, "address")),
           json_integer_value(json_object_get(listening, "port")));
    text_print(stdout, anchors_path);
    printf("' --insecure");
    alpn_print(t);
    if (identity != NULL) {
        printf(" \\\n               --cert '");
        text_print(stdout, identity[0]);
        printf("' --key '");
        text_print(stdout, identity[1]);
        putchar('\'');
    }
}

void serve_mqtt_text(const struct serve_mqtt *m, const struct trial *trial,
                     const char *anchors_path, const char *const identity[2],
                     const json_t *listening)
{
    if (!is_mqtt(m))
        return;
    printf("MQTT       %s; --insecure leaves out the name, not the chain:\n",
           m->upstream != NULL ? m->upstream : "mosquitto behind TLS");
    command_print("mosquitto_sub", trial, anchors_path, identity, listening);
    printf(" -i listener -q 1 -t 'demo/#' -v\n");
    command_print("mosquitto_pub", trial, anchors_path, identity, listening);
    printf(" -i talker -q 1 -t demo/hello -m hello\n");
}

static long long sum_of(const json_t *mqtt, const char *field)
{
    const json_t *both = json_object_get(mqtt, field);

    return json_integer_value(json_array_get(both, 0)) +
           json_integer_value(json_array_get(both, 1));
}

void serve_mqtt_connection(const json_t *event)
{
    const json_t *mqtt =
        json_object_get(json_object_get(event, "application"), "mqtt");
    const char *id = json_string_value(json_object_get(mqtt, "client_id"));
    const char *closed = json_string_value(json_object_get(mqtt, "closed_for"));
    const char *broker = json_string_value(json_object_get(mqtt, "broker"));
    json_int_t version = json_integer_value(json_object_get(mqtt, "version"));

    if (!json_is_object(mqtt))
        return;
    printf("; MQTT%s client ", version == 5   ? " 5"
                               : version == 4 ? " 3.1.1"
                                              : "");
    text_print(stdout, id == NULL ? "(no CONNECT)" : id);
    printf(", %lld published, %lld received", sum_of(mqtt, "published"),
           sum_of(mqtt, "received"));
    if (closed != NULL)
        printf(", closed for %s", closed);
    if (broker != NULL)
        printf(", the broker is %s", broker);
}

void serve_mqtt_clear(struct serve_mqtt *m)
{
    broker_free(m->broker);
    m->broker = NULL;
}
