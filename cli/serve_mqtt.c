/* Must not know TLS or packets. */
#include "cli/serve_mqtt.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/diag.h"
#include "base/text.h"
#include "lab/broker.h"

/* AWS IoT Core's path. */
static const char websocket_path[] = "/mqtt";

static int is_websocket(const struct serve_mqtt *m)
{
    return m->application != NULL &&
           strcmp(m->application, "mqtt-websocket") == 0;
}

static int is_mqtt(const struct serve_mqtt *m)
{
    return is_websocket(m) ||
           (m->application != NULL && strcmp(m->application, "mqtt") == 0);
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
        diag("--application: %s: there are: byte, mqtt, "
             "mqtt-websocket",
             m->application);
        return -1;
    }
    if (m->upstream != NULL && !is_mqtt(m)) {
        diag("--mqtt-upstream: it is for --application mqtt and "
             "mqtt-websocket");
        return -1;
    }
    if (!is_mqtt(m) || m->upstream != NULL)
        return 0;
    m->broker = broker_new(&(struct broker_options){.ended = on_broker_end});
    return m->broker == NULL ? -1 : 0;
}

struct endpoint_application serve_mqtt_application(const struct serve_mqtt *m)
{
    struct endpoint_application a = {.protocol = "byte"};

    if (!is_mqtt(m))
        return a;
    a.protocol = "mqtt";
    a.websocket = is_websocket(m) ? websocket_path : NULL;
    a.upstream = m->upstream != NULL ? m->upstream : broker_address(m->broker);
    return a;
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
                          const struct endpoint_event *listening)
{
    printf("           %s -h %s -p %d --cafile '", program, listening->address,
           listening->port);
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
                     const struct endpoint_event *listening)
{
    if (!is_mqtt(m))
        return;
    if (is_websocket(m)) {
        printf("MQTT       over WebSocket: wss://%s:%d%s, subprotocol mqtt\n",
               listening->address, listening->port, websocket_path);
        return;
    }
    printf("MQTT       %s; --insecure leaves out the name, not the chain:\n",
           m->upstream != NULL ? m->upstream : "mosquitto behind TLS");
    command_print("mosquitto_sub", trial, anchors_path, identity, listening);
    printf(" -i listener -q 1 -t 'demo/#' -v\n");
    command_print("mosquitto_pub", trial, anchors_path, identity, listening);
    printf(" -i talker -q 1 -t demo/hello -m hello\n");
}

void serve_mqtt_connection(const struct mqtt_side *m)
{
    if (m == NULL)
        return;
    printf("; MQTT%s client ", m->version == 5   ? " 5"
                               : m->version == 4 ? " 3.1.1"
                                                 : "");
    text_print(stdout, m->client_id == NULL ? "(no CONNECT)" : m->client_id);
    printf(", %u published, %u received", m->published[0] + m->published[1],
           m->received[0] + m->received[1]);
    if (m->closed_for != NULL)
        printf(", closed for %s", m->closed_for);
    if (m->broker != NULL)
        printf(", the broker is %s", m->broker);
}

void serve_mqtt_clear(struct serve_mqtt *m)
{
    broker_free(m->broker);
    m->broker = NULL;
}
