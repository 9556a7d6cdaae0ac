/* Starts the parts of an account and ends them. Must not know TLS or HTTP. */
#include "cli/serve_account.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account/account.h"
#include "base/diag.h"
#include "base/file.h"
#include "cli/account_authority.h"
#include "cli/account_endpoints.h"
#include "cli/account_follow.h"
#include "cli/account_line.h"
#include "cli/account_served.h"
#include "cli/account_service.h"
#include "cli/account_text.h"
#include "cli/serve_run.h"
#include "cli/serve_text.h"
#include "lab/broker.h"
#include "model/wire_codec.h"
#include "pki/issuer.h"

enum {
    THREADS = 2,
    PATIENCE_MS = 60000 /* people and boards on a bench are slow */
};

struct served {
    const struct serve_account *options;
    struct issuer *issuer;
    struct account *account;
    struct account_authority authority;
    struct account_service *control;
    struct account_follow *follow;
    struct broker *broker;
    struct account_served *chains;
    struct account_endpoints *endpoints;
    struct account_text text;
    char *dir; /* absolute */
    char *work_dir, *socket, *upstream, *configuration;
    char *publish_socket, *publish_upstream, *follow_socket;
    struct hellos hellos;
};

/* --- The account --- */

static int open_account(struct served *s)
{
    const struct serve_account *o = s->options;
    struct account_options options = {
        .region = o->region,
        .fixed_defaults = o->fixed_defaults,
        .era = o->era == NULL                ? -1
               : strcmp(o->era, "2018") == 0 ? ACCOUNT_2018
                                             : ACCOUNT_2026,
    };

    if (file_mkdirs(o->dir, 0700) != 0)
        return -1;
    s->dir = realpath(o->dir, NULL);
    if (s->dir == NULL) {
        diag("%s: %s", o->dir, strerror(errno));
        return -1;
    }
    s->issuer = issuer_new(s->dir, 0);
    if (s->issuer == NULL)
        return -1;
    options.signer =
        (struct account_signer){s->issuer, issuer_sign, issuer_make};
    s->chains = account_served_new(s->dir);
    if (s->chains == NULL)
        return -1;
    options.chains = account_served_chains(s->chains);
    s->account = account_open(s->dir, &options);
    if (s->account == NULL)
        return -1;
    s->text.id = account_id(s->account);
    s->text.region = account_region(s->account);
    s->text.dir = s->dir;
    return 0;
}

/* Takes the line. */
static void line_tell(struct served *s, char *line)
{
    if (line != NULL)
        account_follow_tell(s->follow, line);
    free(line);
}

static void on_asked(void *arg, const struct authority_peer *peer,
                     const char *client, int is_let_in)
{
    line_tell(arg, account_line_opened(peer, client, is_let_in));
}

/* In the control plane's thread. */
static void on_change(void *arg)
{
    struct served *s = arg;

    account_endpoints_change(s->endpoints);
}

/* --- Together --- */

static int endpoints_start(struct served *s)
{
    const struct account_endpoints_options o = {
        .account = s->account,
        .served = s->chains,
        .dir = s->dir,
        .work_dir = s->work_dir,
        .region = s->text.region,
        .broker = broker_address(s->broker),
        .control = s->upstream,
        .publish = s->publish_upstream,
        .listen = s->options->listen,
        .has_aws_ports = s->options->has_aws_ports,
        .caps_keep_alive = s->options->caps_keep_alive,
        .alerts = s->options->alerts,
    };

    s->endpoints = account_endpoints_new(&o);
    s->text.anchors = format("%s/anchors.pem", s->dir);
    if (s->endpoints == NULL || s->text.anchors == NULL)
        return -1;
    for (int i = 0; i < ACCOUNT_ENDPOINTS; i++)
        s->text.endpoints[i].name = account_endpoints_name(s->endpoints, i);
    if (account_endpoints_anchors(s->endpoints, s->text.anchors) != 0)
        return -1;
    s->configuration =
        account_endpoints_configuration(s->endpoints, THREADS, PATIENCE_MS);
    return s->configuration == NULL ? -1 : 0;
}

static int start_services(struct served *s)
{
    s->socket = format("%s/control.sock", s->dir);
    s->upstream = s->socket == NULL ? NULL : format("unix:%s", s->socket);
    s->publish_socket = format("%s/publish.sock", s->dir);
    s->publish_upstream =
        s->publish_socket == NULL ? NULL : format("unix:%s", s->publish_socket);
    s->follow_socket = format("%s/follow.sock", s->dir);
    if (s->upstream == NULL || s->publish_upstream == NULL ||
        s->follow_socket == NULL)
        return -1;
    serve_run_hold();
    s->broker = broker_new(&(struct broker_options){.ended = NULL});
    if (s->broker == NULL || endpoints_start(s) != 0)
        return -1;
    s->follow = account_follow_new(s->follow_socket);
    if (s->follow == NULL)
        return -1;
    account_authority_init(&s->authority, s->account, on_change, s);
    s->authority.asked = on_asked;
    s->control = account_service_new(s->account, s->socket, s->publish_socket,
                                     broker_address(s->broker));
    return s->control == NULL ? -1 : 0;
}

static void listening_note(struct served *s, const struct endpoint_event *e)
{
    for (size_t i = 0; i < ACCOUNT_ENDPOINTS; i++)
        if (e->state != NULL &&
            strcmp(account_endpoints_state((int)i), e->state) == 0)
            s->text.endpoints[i].port = e->port;
}

static void on_event(const char *line, size_t size, void *arg)
{
    struct served *s = arg;
    struct endpoint_event *event =
        endpoint_event_decode(line, size, &s->hellos);

    if (event == NULL)
        return;
    if (event->kind == EVENT_LISTENING)
        listening_note(s, event);
    else if (event->kind == EVENT_READY)
        account_text_print(&s->text);
    else if (event->kind == EVENT_CONNECTION) {
        serve_text_connection(event);
        line_tell(s, account_line_closed(event));
    }
    endpoint_event_release(event);
}

/* 0, or -1 reported. */
static int address_check(struct served *s)
{
    const char *address = s->options->listen;
    struct in6_addr any;

    s->text.address = address == NULL ? "127.0.0.1" : address;
    if (inet_pton(AF_INET, s->text.address, &any) == 1 ||
        inet_pton(AF_INET6, s->text.address, &any) == 1)
        return 0;
    diag("--listen: %s: an account takes an IP address without a port, such as "
         "192.0.2.1 or ::1; ports are free ones, or --aws-ports",
         address);
    return -1;
}

static int prepare(struct served *s)
{
    if (address_check(s) != 0)
        return -1;
    s->work_dir = format("%s/serve/%ld", cache_dir(), (long)getpid());
    if (s->work_dir == NULL || file_mkdirs(s->work_dir, 0700) != 0 ||
        open_account(s) != 0)
        return -1;
    return start_services(s);
}

static void clear(struct served *s)
{
    account_service_free(s->control);
    account_follow_free(s->follow);
    broker_free(s->broker);
    account_close(s->account);
    issuer_free(s->issuer);
    if (s->work_dir != NULL)
        file_remove_tree(s->work_dir);
    account_endpoints_free(s->endpoints);
    account_served_free(s->chains);
    hellos_clear(&s->hellos);
    free(s->text.anchors);
    free(s->configuration);
    free(s->upstream);
    free(s->socket);
    free(s->follow_socket);
    free(s->publish_socket);
    free(s->publish_upstream);
    free(s->work_dir);
    free(s->dir);
}

int serve_account(const struct serve_account *o)
{
    struct served s = {.options = o};
    int status = EXIT_USAGE_ERROR;

    if (prepare(&s) == 0)
        status =
            serve_run(s.configuration, &s.authority.authority, on_event, &s);
    clear(&s);
    return status;
}
