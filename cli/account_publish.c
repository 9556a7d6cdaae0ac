/* The answers are those of the public API; a message goes to the broker over
 * one connection, kept from request to request. */
#include "cli/account_publish.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "account/account.h"
#include "account/control_http.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/mqtt.h"
#include "base/utf8.h"
#include "server/app/mqtt_gate.h"
#include "server/app/mqtt_topic.h"
#include "server/app/relay.h"

enum {
    PAYLOAD_MAX = 128 * 1024,
    BODY_HARD = 4 * PAYLOAD_MAX, /* above it evhttp answers itself */
    BROKER_SECONDS = 5,
    PACKET_ROOM = PAYLOAD_MAX + 2048
};

static const char topics[] = "/topics/";

struct account_publish {
    struct evhttp *http;
    struct account *account;
    struct sockaddr_un broker;
    char *path;
    int fd;         /* to the broker; -1: none */
    unsigned count; /* of packets, for their ids */
    uint8_t packet[PACKET_ROOM];
};

/* --- To the broker --- */

static void broker_close(struct account_publish *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static int send_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

        if (n <= 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Reads packets until one of this type; nothing is subscribed to, so little
 * else comes. 0, or -1. */
static int answer_wait(int fd, enum mqtt_type type, unsigned id)
{
    uint8_t bytes[256];
    size_t size = 0;
    struct mqtt_packet packet;
    struct mqtt_connack connack;
    struct mqtt_ack ack;

    for (;;) {
        int whole = mqtt_packet_next(bytes, size, &packet);

        if (whole == 1 && packet.type == type)
            break;
        if (whole == 1) {
            size -= packet.size;
            memmove(bytes, bytes + packet.size, size);
            continue;
        }
        ssize_t n = whole < 0 || size == sizeof(bytes)
                        ? -1
                        : recv(fd, bytes + size, sizeof(bytes) - size, 0);

        if (n <= 0)
            return -1;
        size += (size_t)n;
    }
    if (type == MQTT_CONNACK)
        return mqtt_connack_read(&packet, MQTT_3_1_1, &connack) == 0 &&
                       connack.code == 0
                   ? 0
                   : -1;
    return mqtt_ack_read(&packet, MQTT_3_1_1, &ack) == 0 && ack.id == id ? 0
                                                                         : -1;
}

static int broker_open(struct account_publish *p)
{
    const struct timeval wait = {BROKER_SECONDS, 0};
    const struct mqtt_connect c = {.version = MQTT_3_1_1,
                                   .clean = 1,
                                   .client_id = mqtt_text("https-publish"),
                                   .properties = {-1, -1, -1, {NULL, 0}}};
    size_t size = mqtt_connect_write(p->packet, sizeof(p->packet), &c);

    p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        return -1;
    setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (connect(p->fd, (struct sockaddr *)&p->broker, sizeof(p->broker)) == 0 &&
        send_all(p->fd, p->packet, size) == 0 &&
        answer_wait(p->fd, MQTT_CONNACK, 0) == 0)
        return 0;
    broker_close(p);
    return -1;
}

static int publish_once(struct account_publish *p, struct mqtt_publish *m)
{
    size_t size;

    if (p->fd < 0 && broker_open(p) != 0)
        return -1;
    m->id = m->qos == 0 ? 0 : 1 + p->count++ % 60000;
    size = mqtt_publish_write(p->packet, sizeof(p->packet), MQTT_3_1_1, m);
    if (size > 0 && send_all(p->fd, p->packet, size) == 0 &&
        (m->qos == 0 || answer_wait(p->fd, MQTT_PUBACK, m->id) == 0))
        return 0;
    broker_close(p);
    return -1;
}

/* The broker may have closed a connection that stood idle: once more then. */
static int publish(struct account_publish *p, struct mqtt_publish *m)
{
    int was_open = p->fd >= 0;

    return publish_once(p, m) == 0 || (was_open && publish_once(p, m) == 0)
               ? 0
               : -1;
}

/* --- A request --- */

static void answer(struct evhttp_request *req, int status, const char *message)
{
    static unsigned count;
    struct evbuffer *body = evhttp_request_get_output_buffer(req);

    evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
                      "application/json");
    evbuffer_add_printf(body, "{\"message\":\"%s\",\"traceId\":\"%08x\"}",
                        message, ++count);
    evhttp_send_reply(req, status, message, NULL);
}

/* The certificate of whoever is at the other end: 64 hex digits, or "". */
static void identity_of(struct evhttp_request *req, char out[static 65])
{
    struct evhttp_connection *c = evhttp_request_get_connection(req);
    int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(c));
    struct sockaddr_un peer;
    socklen_t size = sizeof(peer);
    const size_t prefix = sizeof(RELAY_PREFIX) - 1;
    char name[sizeof(peer.sun_path) + 1] = "";
    const char *digest;

    out[0] = '\0';
    memset(&peer, 0, sizeof(peer));
    if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0 ||
        size <= offsetof(struct sockaddr_un, sun_path) + 1 ||
        peer.sun_path[0] != '\0')
        return;
    memcpy(name, peer.sun_path + 1,
           size - offsetof(struct sockaddr_un, sun_path) - 1);
    digest = strrchr(name, ':');
    if (strncmp(name, RELAY_PREFIX, prefix) == 0 && digest != NULL &&
        strlen(digest + 1) == 64)
        memcpy(out, digest + 1, 65);
}

/* The topic, decoded; malloc'd. NULL: the path names none. */
static char *topic_of(const struct evhttp_uri *uri, size_t *size)
{
    const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);

    if (path == NULL || strncmp(path, topics, sizeof(topics) - 1) != 0)
        return NULL;
    return evhttp_uridecode(path + sizeof(topics) - 1, 0, size);
}

/* 0, 1, or -1: another one. */
static int qos_of(const struct evhttp_uri *uri)
{
    const char *query = uri == NULL ? NULL : evhttp_uri_get_query(uri), *value;
    struct evkeyvalq all;
    int qos = 0;

    TAILQ_INIT(&all);
    if (query == NULL)
        return 0;
    if (evhttp_parse_query_str(query, &all) != 0)
        return -1;
    value = evhttp_find_header(&all, "qos");
    if (value != NULL)
        qos = strcmp(value, "0") == 0 ? 0 : strcmp(value, "1") == 0 ? 1 : -1;
    evhttp_clear_headers(&all);
    return qos;
}

static int is_utf8(const char *text, size_t size)
{
    size_t at = 0, n = 1;

    while (at < size && n > 0) {
        n = utf8_size((const uint8_t *)text + at, size - at);
        at += n;
    }
    return at == size;
}

/* As a topic of MQTT may be, and as AWS IoT Core takes them: the rules of the
 * gate. */
static int is_topic(const char *topic, size_t size)
{
    const struct mqtt_text text = {(const uint8_t *)topic, size};
    struct mqtt_rules rules;

    mqtt_rules_default(&rules);
    return size > 0 && size <= rules.topic_bytes && strlen(topic) == size &&
           is_utf8(topic, size) && !mqtt_topic_is_wild(text) &&
           mqtt_topic_slashes(text) <= rules.topic_slashes && topic[0] != '$';
}

static int is_permitted(struct account_publish *p, struct evhttp_request *req,
                        const char *topic)
{
    const struct account_connection connection = {.client_id = NULL};
    struct account_principal *principal;
    char id[65];
    int yes;

    identity_of(req, id);
    if (id[0] == '\0')
        return 0;
    principal = account_principal_of_id(p->account, id);
    yes = principal != NULL &&
          account_permits(principal, &connection, ACCOUNT_PUBLISH, topic);
    account_principal_free(principal);
    return yes;
}

static void message_take(struct account_publish *p, struct evhttp_request *req,
                         const char *topic, int qos)
{
    struct evbuffer *body = evhttp_request_get_input_buffer(req);
    size_t size = evbuffer_get_length(body);
    struct mqtt_publish m = {.qos = qos,
                             .topic = mqtt_text(topic),
                             .payload = {evbuffer_pullup(body, -1), size},
                             .properties = {-1, -1, -1, {NULL, 0}}};

    if (size > PAYLOAD_MAX)
        answer(req, 413, "Payload too large");
    else if (!is_permitted(p, req, topic))
        answer(req, 403, "Forbidden");
    else if (publish(p, &m) != 0)
        answer(req, 503, "Service unavailable");
    else
        answer(req, 200, "OK");
}

static void on_request(struct evhttp_request *req, void *context)
{
    struct account_publish *p = context;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
    size_t size = 0;
    char *topic = topic_of(uri, &size);
    int qos = qos_of(uri);

    /* libevent 2.1.12 reads sizes of chunks that are none */
    if (evhttp_find_header(evhttp_request_get_input_headers(req),
                           "Transfer-Encoding") != NULL) {
        evhttp_add_header(evhttp_request_get_output_headers(req), "Connection",
                          "close");
        answer(req, 400, "Bad Request");
    } else if (topic == NULL) {
        answer(req, 404, "Not Found");
    } else if (evhttp_request_get_command(req) != EVHTTP_REQ_POST) {
        answer(req, 405, "Method Not Allowed");
    } else if (qos < 0 || !is_topic(topic, size)) {
        answer(req, 400, "Bad Request");
    } else {
        message_take(p, req, topic, qos);
    }
    free(topic);
}

static int http_open(struct account_publish *p, struct event_base *base, int fd)
{
    const struct control_service service = {
        .methods = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                   EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH,
        .body_most = BODY_HARD,
        .answer = on_request,
        .context = p,
    };

    p->http = control_http_service(base, fd, &service);
    return p->http == NULL ? -1 : 0;
}

static int broker_take(struct account_publish *p, const char *broker)
{
    static const char prefix[] = "unix:";

    p->broker.sun_family = AF_UNIX;
    if (strncmp(broker, prefix, sizeof(prefix) - 1) != 0 ||
        strlen(broker) - sizeof(prefix) + 1 >= sizeof(p->broker.sun_path)) {
        diag("HTTPS publish: %s: a broker on a unix socket is needed", broker);
        return -1;
    }
    memcpy(p->broker.sun_path, broker + sizeof(prefix) - 1,
           strlen(broker) - sizeof(prefix) + 2);
    return 0;
}

struct account_publish *account_publish_new(struct event_base *base,
                                            struct account *a, const char *path,
                                            const char *broker)
{
    struct account_publish *p = calloc(1, sizeof(*p));
    int fd;

    if (p == NULL) {
        diag("out of memory");
        return NULL;
    }
    p->fd = -1;
    p->account = a;
    fd = broker_take(p, broker) == 0 ? control_http_socket(path) : -1;
    p->path = fd < 0 ? NULL : strdup(path);
    if (fd >= 0 && http_open(p, base, fd) == 0)
        return p;
    diag("HTTPS publish: it cannot be served");
    account_publish_free(p);
    return NULL;
}

void account_publish_free(struct account_publish *p)
{
    if (p == NULL)
        return;
    if (p->http != NULL)
        evhttp_free(p->http);
    broker_close(p);
    if (p->path != NULL)
        unlink(p->path);
    free(p->path);
    free(p);
}
