/* For tests: an account's control plane in the clear, on a TCP port of the
 * loopback and on a local socket. Prints the port, then serves until SIGTERM.
 * `--now N` stops its clock. */
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "account/account.h"
#include "account/control_http.h"
#include "base/diag.h"
#include "pki/issuer.h"

static int64_t stopped_clock;

static int64_t now(void *context)
{
    (void)context;
    return stopped_clock;
}

static int tcp_socket(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        perror("socket");
        exit(EXIT_HARNESS);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void read_options(int argc, char **argv, struct account_options *o)
{
    static const struct option options[] = {
        {"id", required_argument, NULL, 'i'},
        {"region", required_argument, NULL, 'r'},
        {"era", required_argument, NULL, 'e'},
        {"now", required_argument, NULL, 'n'},
        {"fixed-defaults", no_argument, NULL, 'f'},
        {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (c == 'i')
            o->id = optarg;
        else if (c == 'r')
            o->region = optarg;
        else if (c == 'e')
            o->era = atoi(optarg) == 2018 ? ACCOUNT_2018 : ACCOUNT_2026;
        else if (c == 'f')
            o->fixed_defaults = 1;
        else if (c == 'n') {
            stopped_clock = atoll(optarg);
            o->now = now;
        } else
            exit(EXIT_USAGE_ERROR);
}

static void on_signal(evutil_socket_t signal, short events, void *base)
{
    (void)signal, (void)events;
    event_base_loopbreak(base);
}

static int serve(struct account *a, const char *path)
{
    struct event_base *base = event_base_new();
    struct event *term = evsignal_new(base, SIGTERM, on_signal, base);
    int fd = control_http_socket(path), status = EXIT_HARNESS;
    struct control_http *local = NULL, *tcp = NULL;

    if (fd >= 0 && event_add(term, NULL) == 0) {
        local = control_http_new(base, a, fd);
        tcp = control_http_new(base, a, tcp_socket());
    }
    if (local != NULL && tcp != NULL && event_base_dispatch(base) >= 0)
        status = EXIT_HELD;
    control_http_free(local);
    control_http_free(tcp);
    event_free(term);
    event_base_free(base);
    return status;
}

int main(int argc, char **argv)
{
    struct account_options o = {.era = -1};
    struct account *a = NULL;
    struct issuer *issuer;
    int status = EXIT_HARNESS;

    diag_program("account-service");
    read_options(argc, argv, &o);
    if (optind + 2 != argc)
        return EXIT_USAGE_ERROR;
    issuer = issuer_new(argv[optind], 0);
    o.signer = (struct account_signer){issuer, issuer_sign, issuer_make};
    if (issuer != NULL)
        a = account_open(argv[optind], &o);
    if (a != NULL)
        status = serve(a, argv[optind + 1]);
    account_close(a);
    issuer_free(issuer);
    return status;
}
