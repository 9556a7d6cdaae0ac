/* What stands between the command and the endpoint. */
#include "clients/command/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes of a TLS 1.3 record (RFC 8446 section 5.2): what is in it, one byte of
 * type, 16 of the tag. No handshake message is as short as either. */
enum { RECORD_BYTE = 1 + 1 + 16, RECORD_ALERT = 2 + 1 + 16 };

int relay_open(struct relay *r, const struct shim_want *want)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof a;

    memset(r, 0, offsetof(struct relay, io) + offsetof(struct shim_io, read));
    r->client = r->io.fd = -1;
    shim_io_watch_begin(&r->io.in);
    shim_io_watch_begin(&r->io.out);
    r->want = want;
    r->deadline_ms = shim_io_now_ms() + 1 + want->timeout_ms;
    r->listener =
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (r->listener < 0 ||
        bind(r->listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(r->listener, 1) != 0 ||
        getsockname(r->listener, (struct sockaddr *)&a, &size) != 0)
        return -1;
    r->port = ntohs(a.sin_port);
    return 0;
}

static void listener_close(struct relay *r)
{
    if (r->listener >= 0)
        close(r->listener);
    r->listener = -1;
}

static void first_note(struct relay *r, enum relay_side side)
{
    if (r->first == RELAY_NONE)
        r->first = side;
}

/* Did an alert pass that ends the connection? Every alert of TLS 1.3 does, and
 * up to 1.2 those that come after the handshake. */
static int alert_passed(const struct relay *r, const struct shim_io_wire *wire)
{
    return wire->fatal || wire->alert == 0 || wire->sealed_alert ||
           (r->encrypted_first && wire->least == RECORD_ALERT);
}

/* The one connection: a second one is refused by the closed port. */
static int client_accept(struct relay *r)
{
    int one = 1;
    int64_t left = r->deadline_ms - shim_io_now_ms();

    r->client = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (r->client < 0)
        return errno == EAGAIN || errno == ECONNABORTED ? 0 : -1;
    r->accepted = 1;
    listener_close(r);
    setsockopt(r->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (shim_io_open(&r->io, r->want->host, r->want->port, r->want->source,
                     left > 0 ? (int)left : 1) == SHIM_IO_READY)
        return 0;
    errno = r->io.error ? r->io.error : ETIMEDOUT;
    return -1;
}

/* Sends it all, within the deadline. What cannot be sent has no receiver. */
static void forward(const struct relay *r, int fd, const uint8_t *data,
                    size_t size)
{
    while (size > 0) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        int64_t left = r->deadline_ms - shim_io_now_ms();
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

        if (n >= 0) {
            data += n;
            size -= (size_t)n;
        } else if ((errno != EAGAIN && errno != EINTR) || left <= 0 ||
                   poll(&p, 1, (int)left) == 0) {
            return;
        }
    }
}

/* Ends the client's reading: clients that wait for more than the one byte must
 * not wait until the deadline. */
static void hang_up(struct relay *r)
{
    if (r->hung_up || r->client < 0)
        return;
    r->hung_up = 1;
    shutdown(r->client, SHUT_WR);
}

static void from_client(struct relay *r)
{
    uint8_t data[SHIM_IO_BUFFER];
    ssize_t n = recv(r->client, data, sizeof data, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        first_note(r, RELAY_CLIENT);
        r->client_ended = 1;
        shutdown(r->io.fd, SHUT_WR);
        return;
    }
    shim_io_watch(&r->io.out, data, (size_t)n);
    if (alert_passed(r, &r->io.out))
        first_note(r, RELAY_CLIENT);
    forward(r, r->io.fd, data, (size_t)n);
}

static void from_server(struct relay *r)
{
    uint8_t data[SHIM_IO_BUFFER];
    ssize_t n = recv(r->io.fd, data, sizeof data, 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        first_note(r, RELAY_SERVER);
        r->server_ended = 1;
        hang_up(r);
        return;
    }
    shim_io_watch(&r->io.in, data, (size_t)n);
    if (r->io.in.encrypted && !r->io.out.encrypted)
        r->encrypted_first = 1;
    if (alert_passed(r, &r->io.in))
        first_note(r, RELAY_SERVER);
    if (!r->client_ended)
        forward(r, r->client, data, (size_t)n);
    if (relay_answered(r) && !r->io.in.left)
        hang_up(r);
}

int relay_polls(const struct relay *r, struct pollfd *polls)
{
    int n = 0;

    if (r->listener >= 0)
        polls[n++] = (struct pollfd){.fd = r->listener, .events = POLLIN};
    if (r->client >= 0 && !r->client_ended)
        polls[n++] = (struct pollfd){.fd = r->client, .events = POLLIN};
    if (r->io.fd >= 0 && !r->server_ended)
        polls[n++] = (struct pollfd){.fd = r->io.fd, .events = POLLIN};
    return n;
}

int relay_move(struct relay *r, const struct pollfd *polls, int count)
{
    for (int i = 0; i < count; i++) {
        if (!polls[i].revents)
            continue;
        if (polls[i].fd == r->listener) {
            if (client_accept(r))
                return -1;
        } else if (polls[i].fd == r->client) {
            from_client(r);
        } else {
            from_server(r);
        }
    }
    return 0;
}

int relay_is_over(const struct relay *r)
{
    if (!r->accepted)
        return r->listener < 0;
    return r->client_ended && r->server_ended;
}

int relay_client_gone(struct relay *r)
{
    /* It may have connected and ended at once. */
    if (r->listener >= 0 && client_accept(r))
        return -1;
    listener_close(r);
    return 0;
}

int relay_answered(const struct relay *r)
{
    if (!r->io.in.encrypted)
        return 0;
    return !r->encrypted_first || r->io.in.least <= RECORD_BYTE;
}

int relay_refused_sealed(const struct relay *r)
{
    return r->encrypted_first && r->io.in.least == RECORD_ALERT;
}

int relay_finished(const struct relay *r)
{
    return r->encrypted_first ? r->io.out.most > RECORD_ALERT
                              : r->io.out.cipher_change;
}

void relay_close(struct relay *r)
{
    listener_close(r);
    if (r->client >= 0)
        close(r->client);
    if (r->io.fd >= 0)
        close(r->io.fd);
    r->client = r->io.fd = -1;
}
