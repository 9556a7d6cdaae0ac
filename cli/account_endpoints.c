/* Everything is made anew from the account at each change, and what came out
 * another line than before goes to the endpoint: connections that are up are
 * not touched. Must not know TLS or HTTP. */
#include "cli/account_endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/diag.h"
#include "base/file.h"
#include "cli/account_served.h"
#include "cli/anchors.h"
#include "cli/serve_run.h"
#include "lab/endpoint_codec.h"
#include "lab/files.h"

static const char loopback[] = "127.0.0.1";
static const char websocket_path[] = "/mqtt"; /* AWS IoT Core's */

enum { MQTT_8883, BOTH_443, OLDER, CONTROL, HTTPS_8443 }; /* in ports */

static const struct {
    const char *state;  /* of account/endpoints.yaml */
    const char *type;   /* whose name it has; NULL: the control plane */
    int number;         /* as AWS has it; 0: a free one */
    int is_by_name;     /* every domain of the account is there, by SNI; who
                           sends no name gets `type`'s */
} ports[ACCOUNT_ENDPOINTS] = {
    {"data-ats", "iot:Data-ATS", 8883, 1},
    {"data-ats-443", "iot:Data-ATS", 443, 1},
    {"data", "iot:Data", 0, 0},
    {"control", NULL, 0, 0},
    {"data-ats-8443", "iot:Data-ATS", 8443, 1},
};

struct account_endpoints {
    struct account_endpoints_options o;
    struct files *files;
    struct endpoint_application publish; /* HTTPS */
    struct endpoint_application by_alpn[2]; /* of who agrees to MQTT */
    char *names[ACCOUNT_ENDPOINTS];      /* NULL: not served */
    char *lines[ACCOUNT_ENDPOINTS];      /* as the endpoint was told last */
    struct account_domains domains;      /* as they were then */
};

static void lines_drop(char *lines[ACCOUNT_ENDPOINTS])
{
    for (int i = 0; i < ACCOUNT_ENDPOINTS; i++) {
        free(lines[i]);
        lines[i] = NULL;
    }
}

void account_endpoints_free(struct account_endpoints *e)
{
    if (e == NULL)
        return;
    lines_drop(e->names);
    lines_drop(e->lines);
    account_domains_clear(&e->domains);
    files_free(e->files);
    free(e);
}

struct account_endpoints *
account_endpoints_new(const struct account_endpoints_options *o)
{
    struct account_endpoints *e = calloc(1, sizeof *e);

    if (e == NULL) {
        diag("out of memory");
        return NULL;
    }
    e->o = *o;
    e->publish = (struct endpoint_application){
        .protocol = "relay", .upstream = o->publish, .tells_identity = 1};
    e->by_alpn[1] = (struct endpoint_application){.protocol = "mqtt",
                                                  .upstream = o->broker,
                                                  .caps_keep_alive =
                                                      o->caps_keep_alive,
                                                  .other_alpn =
                                                      "x-amzn-http-ca",
                                                  .other = &e->publish};
    e->by_alpn[0] = e->by_alpn[1];
    e->by_alpn[0].other_alpn = "mqtt";
    e->by_alpn[0].other = &e->by_alpn[1];
    e->files = files_new(o->work_dir);
    for (int i = 0; i < ACCOUNT_ENDPOINTS; i++)
        e->names[i] = ports[i].type == NULL
                          ? format("iot.%s.amazonaws.com", o->region)
                          : account_address(o->account, ports[i].type);
    if (e->files != NULL)
        return e;
    account_endpoints_free(e);
    return NULL;
}

const char *account_endpoints_name(const struct account_endpoints *e, int port)
{
    return e->names[port];
}

const char *account_endpoints_state(int port)
{
    return ports[port].state;
}

/* --- One domain at one port --- */

static int is(const struct account_domain *d, const char *protocol)
{
    return strcmp(d->protocol, protocol) == 0;
}

static int is_served(const struct account_domain *d, int port)
{
    if (!d->enabled)
        return 0;
    if (is(d, "SECURE_MQTT"))
        return port == MQTT_8883 || port == BOTH_443;
    if (is(d, "HTTPS"))
        return port == HTTPS_8443 || port == BOTH_443;
    if (is(d, "MQTT_WSS"))
        return port == BOTH_443;
    return is(d, "DEFAULT");
}

/* "DEFAULT": the port says what is spoken, and ALPN where it is shared; who
 * says nothing there, or HTTP, speaks MQTT over WebSocket. */
static struct endpoint_application
application_of(const struct account_endpoints *e,
               const struct account_domain *d, int port)
{
    struct endpoint_application a = {.protocol = "mqtt",
                                     .upstream = e->o.broker,
                                     .caps_keep_alive = e->o.caps_keep_alive};

    if (port == CONTROL)
        return (struct endpoint_application){.protocol = "relay",
                                             .upstream = e->o.control};
    if (port == HTTPS_8443 || is(d, "HTTPS"))
        return e->publish;
    if (is(d, "MQTT_WSS"))
        a.websocket = websocket_path;
    if (port == BOTH_443 && is(d, "DEFAULT")) {
        a.websocket = websocket_path;
        a.other_alpn = "x-amzn-mqtt-ca";
        a.other = &e->by_alpn[0];
    }
    return a;
}

static const struct account_domain *domain_of(const struct account_domains *all,
                                              const char *configuration)
{
    for (size_t i = 0; configuration != NULL && i < all->count; i++)
        if (strcmp(all->items[i].configuration, configuration) == 0)
            return &all->items[i];
    return NULL;
}

/* A policy as server/policies/ has it: the older ones are others at 443, and in
 * 2018 took TLS 1.0 and 1.1 ("existing data endpoints keep them"). malloc'd. */
static char *policy_of(const struct account_endpoints *e,
                       const struct account_domain *d, int port)
{
    static const char older[] = "IoTSecurityPolicy_TLS12_1_0_";
    static const char differs[] = "IoTSecurityPolicy_TLS12_1_0_2016_01";
    const int is_older = strncmp(d->policy, older, sizeof older - 1) == 0;
    const int is_443 = port == BOTH_443 && strcmp(d->policy, differs) == 0;
    const int is_2018 =
        is_older && account_era_of(e->o.account) == ACCOUNT_2018;

    return format("%s%s%s", d->policy, is_443 ? "-443" : "",
                  is_2018 ? "-legacy" : "");
}

/* NULL reported. */
static const struct trial *trial_of(struct account_endpoints *e,
                                    const struct account_domain *d, int port)
{
    char *policy = policy_of(e, d, port);
    const int is_older = strcmp(d->configuration, "iot:Data") == 0;
    const struct account_side side = {
        .port = ports[port].state,
        .name = d->domain_name,
        .policy = policy == NULL ? d->policy : policy,
        .chain = d->chain != NULL ? d->chain
                 : is_older       ? ports[OLDER].state
                                  : NULL,
        .is_mutual = 1,
        .is_asked = e->o.alerts,
        .is_apart = !is(d, "DEFAULT"),
    };

    const struct trial *trial = account_served_trial(e->o.served, &side);

    free(policy);
    return trial;
}

static const struct trial *control_trial(struct account_endpoints *e)
{
    const struct account_side side = {
        .port = ports[CONTROL].state,
        .name = e->names[CONTROL],
        .policy = "IoTSecurityPolicy_TLS13_1_2_2022_10",
    };

    return account_served_trial(e->o.served, &side);
}

/* What who sends no name gets. NULL: the account has none, or it was reported.
 */
static const struct trial *default_trial(struct account_endpoints *e,
                                         const struct account_domains *all,
                                         int port)
{
    const struct account_domain *d;

    if (e->names[port] == NULL)
        return NULL;
    if (port == CONTROL)
        return control_trial(e);
    d = domain_of(all, ports[port].type);
    return d == NULL ? NULL : trial_of(e, d, port);
}

/* --- A port with all its domains --- */

struct named { /* what is served at a port by name */
    struct endpoint_name *items;
    struct endpoint_application *applications; /* of the items */
    size_t count;
};

static void named_clear(struct named *n)
{
    free(n->items);
    free(n->applications);
}

/* 0, or -1 reported. A domain that cannot be served was told of, and is left
 * out. */
static int named_fill(struct named *n, struct account_endpoints *e,
                      const struct account_domains *all, int port)
{
    *n = (struct named){.items = calloc(all->count + 1, sizeof *n->items),
                        .applications =
                            calloc(all->count + 1, sizeof *n->applications)};
    if (n->items == NULL || n->applications == NULL) {
        diag("out of memory");
        return -1;
    }
    for (size_t i = 0; ports[port].is_by_name && i < all->count; i++) {
        const struct account_domain *d = &all->items[i];
        const struct trial *trial =
            is_served(d, port) ? trial_of(e, d, port) : NULL;

        if (trial == NULL)
            continue;
        n->applications[n->count] = application_of(e, d, port);
        n->items[n->count] = (struct endpoint_name){
            d->domain_name, trial, &n->applications[n->count],
            d->custom                              ? d->configuration
            : strcmp(d->configuration, "iot:Data") ? ports[port].state
                                                   : ports[OLDER].state};
        n->count++;
    }
    return 0;
}

/* The line that says what a port serves; NULL: nothing, or it was reported. */
static char *line_make(struct account_endpoints *e,
                       const struct account_domains *all, int port)
{
    const struct account_domain *own = domain_of(all, ports[port].type);
    const struct trial *trial = default_trial(e, all, port);
    struct endpoint_application a;
    struct named named = {NULL, NULL, 0};
    char *line = NULL;

    if (trial == NULL)
        return NULL;
    a = application_of(e, own, port);
    if (named_fill(&named, e, all, port) == 0)
        line = endpoint_change_line(trial, &a, e->files, ports[port].state,
                                    named.items, named.count);
    named_clear(&named);
    return line;
}

/* The control plane does not ask who somebody is: it stays on the loopback
 * address. malloc'd; NULL: memory is out. */
static char *listen_of(const struct account_endpoints *e, int port)
{
    const char *address =
        e->o.listen == NULL || port == CONTROL ? loopback : e->o.listen;
    const int number = e->o.has_aws_ports ? ports[port].number : 0;

    return format(strchr(address, ':') == NULL ? "%s:%d" : "[%s]:%d", address,
                  number);
}

static int port_add(struct account_endpoints *e,
                    struct endpoint_configuration *c, int port)
{
    const struct account_domain *own = domain_of(&e->domains, ports[port].type);
    const struct trial *trial = default_trial(e, &e->domains, port);
    const struct endpoint_application a =
        trial == NULL ? e->publish : application_of(e, own, port);
    struct named named = {NULL, NULL, 0};
    char *at;
    int status = -1;

    if (e->names[port] == NULL)
        return 0;
    at = listen_of(e, port);
    if (at != NULL && trial != NULL && named_fill(&named, e, &e->domains, port) == 0 &&
        endpoint_configuration_add(c, trial, &a, e->files, ports[port].state,
                                   at) == 0)
        status =
            endpoint_configuration_names(c, e->files, named.items, named.count);
    named_clear(&named);
    free(at);
    e->lines[port] = line_make(e, &e->domains, port);
    return status;
}

char *account_endpoints_configuration(struct account_endpoints *e, int threads,
                                      int patience_ms)
{
    struct endpoint_configuration *c =
        endpoint_configuration_new(threads, patience_ms);
    int status =
        c == NULL ? -1 : account_domains_list(e->o.account, &e->domains);
    char *out = NULL;

    for (int i = 0; i < ACCOUNT_ENDPOINTS && status == 0; i++)
        status = port_add(e, c, i);
    if (status == 0)
        out = endpoint_configuration_text(c);
    endpoint_configuration_free(c);
    return out;
}

int account_endpoints_anchors(struct account_endpoints *e, const char *path)
{
    const struct trial *list[ACCOUNT_ENDPOINTS];
    struct account_domains all;
    int status = account_domains_list(e->o.account, &all);
    size_t count = 0;

    for (int i = 0; i < ACCOUNT_ENDPOINTS && status == 0; i++) {
        const struct trial *t = default_trial(e, &all, i);

        if (t != NULL)
            list[count++] = t;
    }
    if (status == 0)
        status =
            anchors_write(account_served_pki(e->o.served), list, count, path);
    account_domains_clear(&all);
    return status;
}

/* --- Changes --- */

static int same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int is_same(const struct account_domain *a,
                   const struct account_domain *b)
{
    return b != NULL && same(a->policy, b->policy) &&
           same(a->chain, b->chain) && same(a->protocol, b->protocol) &&
           a->enabled == b->enabled;
}

/* The root of a domain that is not under anchors.pem. */
static char *anchors_of(struct account_endpoints *e,
                        const struct account_domain *d)
{
    const int port = is(d, "HTTPS") ? HTTPS_8443 : MQTT_8883;
    const struct trial *trial = d->enabled ? trial_of(e, d, port) : NULL;
    char *folder = format("%s/anchors", e->o.dir);
    char *path = format("%s/anchors/%s.pem", e->o.dir, d->domain_name);

    if (trial == NULL || folder == NULL || path == NULL ||
        file_mkdirs(folder, 0700) != 0 ||
        anchors_write(account_served_pki(e->o.served), &trial, 1, path) != 0) {
        free(path);
        path = NULL;
    }
    free(folder);
    return path;
}

static void domain_tell(struct account_endpoints *e,
                        const struct account_domain *d)
{
    char *anchors = anchors_of(e, d);

    account_text_domain(d, anchors);
    free(anchors);
}

static void changes_tell(struct account_endpoints *e,
                         const struct account_domains *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct account_domain *d = &now->items[i];

        if (!is_same(d, domain_of(&e->domains, d->configuration)))
            domain_tell(e, d);
    }
    for (size_t i = 0; i < e->domains.count; i++)
        if (domain_of(now, e->domains.items[i].configuration) == NULL)
            account_text_gone(&e->domains.items[i]);
}

void account_endpoints_change(struct account_endpoints *e)
{
    struct account_domains now;

    if (account_domains_list(e->o.account, &now) != 0) {
        account_domains_clear(&now);
        return;
    }
    for (int i = 0; i < ACCOUNT_ENDPOINTS; i++) {
        char *line = e->lines[i] == NULL ? NULL : line_make(e, &now, i);

        if (line == NULL || strcmp(line, e->lines[i]) == 0) {
            free(line);
            continue;
        }
        serve_run_control(line);
        free(e->lines[i]);
        e->lines[i] = line;
    }
    changes_tell(e, &now);
    account_domains_clear(&e->domains);
    e->domains = now;
}
