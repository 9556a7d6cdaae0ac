/* libmosquitto on a loop that is not its own. What comes is kept in a queue and
 * done outside its callbacks, so that a hook may restart the broker. */
#include "rotation/cloud.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <mosquitto.h>

#include "base/diag.h"
#include "base/file.h"
#include "rotation/calls.h"
#include "rotation/message.h"

enum {
    KEEP_ALIVE = 60,
    QOS = 1,
    CSR_MAX = 4096,
    CONNECT_MS = 10000,
    TURN_MS = 100
};

struct arrival {
    char *id, *payload;
    const char *what; /* "csr_res" and so on */
    struct arrival *next;
};

struct due { /* what the last audit found */
    char *id, *certificate;
};

struct cloud {
    struct account *account;
    const char *address;
    struct cloud_hooks hooks;
    struct mosquitto *mosquitto;
    struct event_base *base;
    struct event *readable, *writable, *tick, *work;
    struct arrival *first, **last;
    struct due *due;
    size_t due_count;
    int unacknowledged; /* of what it published */
    int is_subscribed, is_settling, has_failed;
};

static const struct {
    const char *what, *filter;
} rules[] = {
    {"csr_res", "management/topic/+/csr_res"},
    {"crt_ack", "management/topic/+/crt_ack"},
    {"crt_err", "management/topic/+/crt_err"},
    {"settled", "management/topic/+/settled"}, /* its own */
};
enum { RULES = sizeof(rules) / sizeof(*rules) };

static void fail(struct cloud *c, const char *what)
{
    if (!c->has_failed)
        diag("the cloud's client of the broker: %s", what);
    c->has_failed = 1;
}

static void check(struct cloud *c, int code)
{
    if (code != MOSQ_ERR_SUCCESS)
        fail(c, mosquitto_strerror(code));
}

/* Whatever was said may have to be written. */
static void flush(struct cloud *c)
{
    if (mosquitto_want_write(c->mosquitto))
        event_add(c->writable, NULL);
}

static enum rotation_fault at(struct cloud *c, const char *id,
                              enum rotation_step step)
{
    return c->hooks.at(c->hooks.arg, id, step);
}

static int publish(struct cloud *c, const char *id, const char *what,
                   const char *payload)
{
    char *topic = message_topic(id, what);
    int code = topic == NULL
                   ? MOSQ_ERR_NOMEM
                   : mosquitto_publish(c->mosquitto, NULL, topic,
                                       (int)strlen(payload), payload, QOS, 0);

    free(topic);
    check(c, code);
    c->unacknowledged += code == MOSQ_ERR_SUCCESS;
    flush(c);
    return code == MOSQ_ERR_SUCCESS ? 0 : -1;
}

/* --- What it does about a message --- */

/* Its place in the list; due_count: it is not there. */
static size_t due_of(const struct cloud *c, const char *id)
{
    size_t i = 0;

    while (i < c->due_count && strcmp(c->due[i].id, id) != 0)
        i++;
    return i;
}

static void due_remove(struct cloud *c, size_t i)
{
    free(c->due[i].id);
    free(c->due[i].certificate);
    c->due[i] = c->due[--c->due_count];
}

static void due_clear(struct cloud *c)
{
    while (c->due_count > 0)
        due_remove(c, c->due_count - 1);
    free(c->due);
    c->due = NULL;
}

/* The new certificate gets what the old one had. */
static int policies_copy(struct cloud *c, const char *from, const char *to)
{
    char **policies;
    int status = calls_policies_of(c->account, from, &policies);

    for (size_t i = 0; status == 0 && policies[i] != NULL; i++)
        status = calls_policy_attach(c->account, policies[i], to);
    strings_free(policies);
    return status;
}

/* *pem becomes what is sent in its place. */
static int spoil(struct cloud *c, enum rotation_fault fault, char **pem)
{
    char *other = NULL;

    if (fault == ROTATION_FAULT_MALFORMED)
        (*pem)[strlen(*pem) / 2] = '\0';
    if (fault != ROTATION_FAULT_OTHER_KEY)
        return 0;
    if (calls_certificate_other(c->account, &other) != 0)
        return -1;
    free(*pem);
    *pem = other;
    return 0;
}

static int certificate_send(struct cloud *c, const char *id, char **pem)
{
    enum rotation_fault fault = at(c, id, ROTATION_CRT);
    int times = fault == ROTATION_FAULT_CLOUD || fault == ROTATION_FAULT_LOST
                    ? 0
                    : 1 + (fault == ROTATION_FAULT_TWICE);
    char *payload =
        spoil(c, fault, pem) == 0 ? message_write("certificate", *pem) : NULL;
    int status = payload == NULL ? -1 : 0;

    for (int i = 0; status == 0 && i < times; i++)
        status = publish(c, id, "crt", payload);
    free(payload);
    return status;
}

/* By the account's CA or the customer's own. 1: the request is not taken. */
static int certificate_make(struct cloud *c, const char *csr, int is_active,
                            char **id, char **pem)
{
    if (c->hooks.sign == NULL)
        return calls_certificate_issue(c->account, csr, is_active, id, pem);
    if (strlen(csr) > CSR_MAX)
        return 1;
    *pem = c->hooks.sign(c->hooks.arg, csr);
    return *pem == NULL
               ? -1
               : calls_certificate_register(c->account, *pem, is_active, id);
}

/* A request of one whose certificate does not expire gets no answer: there is
 * no policy to copy. */
static int request_answer(struct cloud *c, const char *id, const char *payload)
{
    size_t old = due_of(c, id);
    char *csr = message_read(payload, "CSR"), *pem = NULL, *new = NULL;
    enum rotation_fault fault;
    int status = 0;

    if (old == c->due_count || csr == NULL)
        goto out;
    fault = at(c, id, ROTATION_ISSUE);
    status =
        certificate_make(c, csr, fault != ROTATION_FAULT_INACTIVE, &new, &pem);
    if (status == 0)
        status = calls_thing_attach(c->account, id, new);
    if (status != 0 || fault == ROTATION_FAULT_CLOUD)
        goto out;
    if (fault != ROTATION_FAULT_NO_POLICY)
        status = policies_copy(c, c->due[old].certificate, new);
    if (status == 0)
        status = certificate_send(c, id, &pem);
out:
    free(csr);
    free(pem);
    free(new);
    return status < 0 ? -1 : 0;
}

/* What the last audit found of a device. */
static int old_remove(struct cloud *c, const char *id, int is_deleted)
{
    int status = 0;

    for (size_t i = c->due_count; i-- > 0 && status == 0;) {
        const char *certificate = c->due[i].certificate;

        if (strcmp(c->due[i].id, id) != 0)
            continue;
        status = calls_deactivate(c->account, certificate);
        if (status == 0 && is_deleted)
            status = calls_delete(c->account, certificate, id);
        due_remove(c, i);
    }
    return status;
}

static int retire(struct cloud *c, const char *id)
{
    if (due_of(c, id) == c->due_count)
        return 0;
    return old_remove(c, id,
                      at(c, id, ROTATION_RETIRE) != ROTATION_FAULT_CLOUD);
}

static int do_once(struct cloud *c, const struct arrival *a)
{
    char *error;

    if (strcmp(a->what, "csr_res") == 0)
        return request_answer(c, a->id, a->payload);
    if (strcmp(a->what, "crt_ack") == 0)
        return retire(c, a->id);
    if (strcmp(a->what, "settled") == 0) {
        c->is_settling = 0;
        return 0;
    }
    error = message_read(a->payload, "error");
    c->hooks.failed(c->hooks.arg, a->id, error == NULL ? "" : error);
    free(error);
    return 0;
}

static int arrival_do(struct cloud *c, const struct arrival *a)
{
    enum rotation_fault fault = ROTATION_FAULT_NONE;
    int status = 0, times = 1;

    if (strcmp(a->what, "csr_res") == 0)
        fault = at(c, a->id, ROTATION_CSR_RES);
    else if (strcmp(a->what, "crt_ack") == 0)
        fault = at(c, a->id, ROTATION_CRT_ACK);
    if (fault == ROTATION_FAULT_LOST || fault == ROTATION_FAULT_CLOUD)
        times = 0;
    else if (fault == ROTATION_FAULT_TWICE)
        times = 2;
    for (int i = 0; status == 0 && i < times; i++)
        status = do_once(c, a);
    return status;
}

static void arrival_free(struct arrival *a)
{
    free(a->id);
    free(a->payload);
    free(a);
}

static void on_work(evutil_socket_t fd, short what, void *arg)
{
    struct cloud *c = arg;
    struct arrival *a;

    (void)fd;
    (void)what;
    while ((a = c->first) != NULL) {
        c->first = a->next;
        if (c->first == NULL)
            c->last = &c->first;
        if (arrival_do(c, a) != 0)
            fail(c, "a call of the account failed");
        arrival_free(a);
    }
}

static void on_message(struct mosquitto *m, void *arg,
                       const struct mosquitto_message *message)
{
    struct cloud *c = arg;
    struct arrival *a = calloc(1, sizeof(*a));
    const char *what = NULL;

    (void)m;
    if (a != NULL)
        a->payload = strndup(message->payloadlen > 0 ? message->payload : "",
                             (size_t)message->payloadlen);
    if (a == NULL || a->payload == NULL ||
        message_topic_read(message->topic, &a->id, &what) != 0) {
        fail(c, "a message cannot be taken");
        if (a != NULL)
            arrival_free(a);
        return;
    }
    for (size_t i = 0; i < RULES; i++)
        if (strcmp(rules[i].what, what) == 0)
            a->what = rules[i].what;
    *c->last = a;
    c->last = &a->next;
    event_active(c->work, EV_TIMEOUT, 0);
}

/* --- Its connection --- */

static void on_connect(struct mosquitto *m, void *arg, int code)
{
    struct cloud *c = arg;

    if (code != 0)
        fail(c, mosquitto_connack_string(code));
    for (size_t i = 0; i < RULES; i++)
        check(c, mosquitto_subscribe(m, NULL, rules[i].filter, QOS));
}

static void on_subscribe(struct mosquitto *m, void *arg, int mid, int count,
                         const int *granted)
{
    struct cloud *c = arg;

    (void)m;
    (void)mid;
    for (int i = 0; i < count; i++)
        if (granted[i] != QOS)
            fail(c, "a subscription was refused");
    c->is_subscribed++;
}

static void on_publish(struct mosquitto *m, void *arg, int mid)
{
    struct cloud *c = arg;

    (void)m;
    (void)mid;
    c->unacknowledged--;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct cloud *c = arg;

    (void)fd;
    (void)what;
    check(c, mosquitto_loop_read(c->mosquitto, 1));
    flush(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct cloud *c = arg;

    (void)fd;
    (void)what;
    check(c, mosquitto_loop_write(c->mosquitto, 1));
    flush(c);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct cloud *c = arg;

    (void)fd;
    (void)what;
    check(c, mosquitto_loop_misc(c->mosquitto));
    flush(c);
}

static void disconnect(struct cloud *c)
{
    if (c->readable != NULL)
        event_free(c->readable);
    if (c->writable != NULL)
        event_free(c->writable);
    c->readable = c->writable = NULL;
    if (c->mosquitto != NULL)
        mosquitto_destroy(c->mosquitto);
    c->mosquitto = NULL;
}

int cloud_reconnect(struct cloud *c)
{
    int fd, tries = 0;

    disconnect(c);
    c->unacknowledged = 0;
    c->is_subscribed = 0;
    c->is_settling = 0;
    c->mosquitto = mosquitto_new("cloud", true, c);
    if (c->mosquitto == NULL)
        return -1;
    mosquitto_connect_callback_set(c->mosquitto, on_connect);
    mosquitto_subscribe_callback_set(c->mosquitto, on_subscribe);
    mosquitto_publish_callback_set(c->mosquitto, on_publish);
    mosquitto_message_callback_set(c->mosquitto, on_message);
    check(c, mosquitto_connect(c->mosquitto, c->address + strlen("unix:"), 0,
                               KEEP_ALIVE));
    while (!c->has_failed && c->is_subscribed < RULES &&
           tries++ < CONNECT_MS / TURN_MS)
        check(c, mosquitto_loop(c->mosquitto, TURN_MS, 1));
    if (c->is_subscribed < RULES)
        fail(c, "it cannot subscribe");
    fd = mosquitto_socket(c->mosquitto);
    if (c->has_failed || fd < 0)
        return -1;
    c->readable = event_new(c->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    c->writable = event_new(c->base, fd, EV_WRITE, on_writable, c);
    if (c->readable == NULL || c->writable == NULL ||
        event_add(c->readable, NULL) != 0)
        return -1;
    flush(c);
    return 0;
}

struct cloud *cloud_new(struct event_base *base, struct account *a,
                        const char *address, const struct cloud_hooks *hooks)
{
    const struct timeval second = {1, 0};
    struct cloud *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return NULL;
    mosquitto_lib_init();
    c->account = a;
    c->address = address;
    c->hooks = *hooks;
    c->base = base;
    c->last = &c->first;
    c->work = event_new(base, -1, 0, on_work, c);
    c->tick = event_new(base, -1, EV_PERSIST, on_tick, c);
    if (c->work != NULL && c->tick != NULL && cloud_reconnect(c) == 0 &&
        event_add(c->tick, &second) == 0)
        return c;
    cloud_free(c);
    return NULL;
}

void cloud_free(struct cloud *c)
{
    if (c == NULL)
        return;
    disconnect(c);
    if (c->work != NULL)
        event_free(c->work);
    if (c->tick != NULL)
        event_free(c->tick);
    while (c->first != NULL) {
        struct arrival *a = c->first;

        c->first = a->next;
        arrival_free(a);
    }
    due_clear(c);
    free(c);
    mosquitto_lib_cleanup();
}

/* --- The audit --- */

static int due_add(struct cloud *c, const char *certificate)
{
    struct due *grown = realloc(c->due, (c->due_count + 1) * sizeof(*grown));
    struct due new = {NULL, strdup(certificate)};
    int status = calls_thing_of(c->account, certificate, &new.id);

    if (grown != NULL)
        c->due = grown;
    if (grown != NULL && new.certificate != NULL &&new.id != NULL) {
        c->due[c->due_count++] = new;
        return 0;
    }
    free(new.certificate);
    free(new.id);
    return status;
}

static int request_ask(struct cloud *c, const char *id)
{
    enum rotation_fault fault;
    int times = 1;

    fault = at(c, id, ROTATION_CSR_REQ);
    if (fault == ROTATION_FAULT_CLOUD || fault == ROTATION_FAULT_LOST)
        times = 0;
    else if (fault == ROTATION_FAULT_TWICE)
        times = 2;
    for (int i = 0; i < times; i++)
        if (publish(c, id, "csr_req", "{}") != 0)
            return -1;
    return 0;
}

int cloud_audit(struct cloud *c)
{
    char **found;
    int status = calls_audit(c->account, &found);

    due_clear(c);
    for (size_t i = 0; status == 0 && found[i] != NULL; i++)
        status = due_add(c, found[i]);
    strings_free(found);
    for (size_t i = 0; status == 0 && i < c->due_count; i++)
        if (at(c, c->due[i].id, ROTATION_AUDIT) != ROTATION_FAULT_CLOUD)
            status = request_ask(c, c->due[i].id);
    return status;
}

int cloud_delete_old(struct cloud *c, const char *id)
{
    return old_remove(c, id, 1);
}

void cloud_settle(struct cloud *c)
{
    c->is_settling = 1;
    if (publish(c, "cloud", "settled", "{}") != 0)
        c->is_settling = 0;
}

int cloud_is_quiet(const struct cloud *c)
{
    return c->unacknowledged == 0 && !c->is_settling && c->first == NULL;
}

int cloud_has_failed(const struct cloud *c)
{
    return c->has_failed;
}
