/* The socket of a connection. Knows TLS records by their headers only. */
#include "clients/shim_io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    RECORD_HEADER = 5,
    ALERT_END = RECORD_HEADER + 2,
    TYPE_FIRST = 20,
    TYPE_CIPHER_CHANGE = 20,
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_APPLICATION = 23,
    TYPE_LAST = 24,
    LEVEL_FATAL = 2,
    DRAIN_MS = 500
};

int64_t shim_io_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void encrypted_note(struct shim_io_wire *wire)
{
    if (!wire->encrypted++ || wire->left < wire->least)
        wire->least = wire->left;
    if (wire->left > wire->most)
        wire->most = wire->left;
}

/* The header in wire->head is complete. */
static void record_start(struct shim_io_wire *wire)
{
    unsigned type = wire->head[0];

    if (type < TYPE_FIRST || type > TYPE_LAST || wire->head[1] != 3) {
        wire->lost = 1;
        return;
    }
    wire->left = (unsigned)wire->head[3] << 8 | wire->head[4];
    if (type == TYPE_HANDSHAKE)
        wire->handshake = 1;
    if (type == TYPE_CIPHER_CHANGE)
        wire->cipher_change = 1;
    if (type == TYPE_APPLICATION)
        encrypted_note(wire);
    if (type == TYPE_ALERT && wire->left != 2)
        wire->sealed_alert = 1;
    if (type != TYPE_ALERT || wire->left != 2)
        wire->have = 0;
}

void shim_io_watch_begin(struct shim_io_wire *wire)
{
    *wire = (struct shim_io_wire){.alert = -1};
    shim_wire_init(&wire->seen);
}

/* One byte of a header, or of a plain alert. */
static void head_byte(struct shim_io_wire *wire, uint8_t byte)
{
    wire->head[wire->have++] = byte;
    if (wire->have == RECORD_HEADER)
        record_start(wire);
    if (wire->have == ALERT_END) {
        wire->fatal = wire->head[5] == LEVEL_FATAL;
        wire->alert = wire->head[6];
        wire->have = wire->left = 0;
    }
}

void shim_io_watch(struct shim_io_wire *wire, const uint8_t *data, size_t size)
{
    while (size && !wire->lost) {
        int body = wire->left && !wire->have;
        size_t pass = !body ? 1 : size < wire->left ? size : wire->left;

        shim_wire_add(&wire->seen, data, pass);
        if (body)
            wire->left -= (unsigned)pass;
        else
            head_byte(wire, *data);
        if (!wire->left && !wire->have && !wire->lost)
            shim_wire_mark(&wire->seen);
        data += pass;
        size -= pass;
    }
    shim_wire_add(&wire->seen, data, size);
}

/* Numeric only: a name would need a resolver, and so the network. */
static socklen_t address_parse(const char *host, uint16_t port,
                               struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    return 0;
}

static enum shim_io_wait fault(struct shim_io *io, int error)
{
    io->error = error;
    return SHIM_IO_FAULT;
}

static int local_port_read(struct shim_io *io)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } a = {.v6 = {0}};
    socklen_t size = sizeof a;

    if (getsockname(io->fd, &a.any, &size) == -1)
        return -1;
    io->local_port =
        ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    return 0;
}

/* The connection in progress has ended, well or not. */
static enum shim_io_wait connect_finish(struct shim_io *io)
{
    int error = 0;
    socklen_t size = sizeof error;
    enum shim_io_wait w = shim_io_poll(io, 1);

    if (w != SHIM_IO_READY)
        return w;
    if (getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
        return fault(io, errno);
    return error ? fault(io, error) : SHIM_IO_READY;
}

int shim_io_is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS ||
           error == ENOMEM;
}

/* 0 or -1 with errno. */
static int source_bind(int fd, const char *source)
{
    struct sockaddr_storage a;
    socklen_t size = source ? address_parse(source, 0, &a) : 0;

    return source ? bind(fd, (struct sockaddr *)&a, size) : 0;
}

enum shim_io_wait shim_io_open(struct shim_io *io, const char *host,
                               uint16_t port, const char *source,
                               int timeout_ms)
{
    struct sockaddr_storage a;
    socklen_t size = address_parse(host, port, &a);
    enum shim_io_wait w = SHIM_IO_READY;
    int one = 1;

    memset(io, 0, offsetof(struct shim_io, read));
    shim_io_watch_begin(&io->in);
    shim_io_watch_begin(&io->out);
    io->fd = -1;
    /* Now is cut to a whole millisecond: never end early. */
    io->deadline_ms = shim_io_now_ms() + 1 + timeout_ms;
    if (!size)
        return fault(io, EADDRNOTAVAIL);
    io->fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (io->fd == -1)
        return fault(io, errno);
    /* Finished and the application byte are two small writes in a row:
     * Nagle's algorithm would hold the second for the peer's delayed ACK. */
    setsockopt(io->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (source_bind(io->fd, source) == -1)
        return fault(io, errno);
    if (connect(io->fd, (struct sockaddr *)&a, size) == -1) {
        if (errno != EINPROGRESS)
            return fault(io, errno);
        w = connect_finish(io);
    }
    if (w == SHIM_IO_READY && local_port_read(io) == -1)
        return fault(io, errno);
    return w;
}

/* Waits for events until `until`. */
static enum shim_io_wait wait_until(struct shim_io *io, short events,
                                    int64_t until)
{
    struct pollfd p = {.fd = io->fd, .events = events};

    for (;;) {
        int64_t left = until - shim_io_now_ms();
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (n > 0)
            return SHIM_IO_READY;
        if (n == 0)
            return SHIM_IO_DEADLINE;
        if (errno != EINTR)
            return fault(io, errno);
    }
}

/* Sends what waits. A peer that refuses and closes at once breaks this; that is
 * no fault, because the next read finds what it said. */
static void flush(struct shim_io *io)
{
    size_t sent = 0;

    while (sent < io->write_end && !io->write_broken) {
        ssize_t n =
            send(io->fd, io->write + sent, io->write_end - sent, MSG_NOSIGNAL);

        if (n >= 0)
            sent += (size_t)n;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        else if (errno != EINTR)
            io->write_broken = io->ended = 1;
    }
    io->write_end = io->write_broken ? 0 : io->write_end - sent;
    memmove(io->write, io->write + sent, io->write_end);
}

enum shim_io_wait shim_io_poll(struct shim_io *io, int for_write)
{
    short events = for_write ? POLLOUT : POLLIN;

    flush(io);
    if (io->write_end)
        events |= POLLOUT;
    return wait_until(io, events, io->deadline_ms);
}

static ssize_t outcome(struct shim_io *io)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return -1;
    io->error = errno;
    io->ended |= errno == ECONNRESET || errno == EPIPE;
    return -2;
}

/* 1: bytes are there; else what shim_io_read returns. */
static ssize_t fill(struct shim_io *io)
{
    ssize_t n;

    flush(io);
    n = recv(io->fd, io->read, sizeof io->read, 0);
    if (n < 0)
        return outcome(io);
    io->ended |= n == 0;
    io->read_at = 0;
    io->read_end = (size_t)n;
    shim_io_watch(&io->in, io->read, (size_t)n);
    return n > 0;
}

ssize_t shim_io_read(struct shim_io *io, void *data, size_t size)
{
    if (io->read_at == io->read_end) {
        ssize_t n = fill(io);

        if (n != 1)
            return n;
    }
    if (size > io->read_end - io->read_at)
        size = io->read_end - io->read_at;
    memcpy(data, io->read + io->read_at, size);
    io->read_at += size;
    return (ssize_t)size;
}

ssize_t shim_io_write(struct shim_io *io, const void *data, size_t size)
{
    if (io->write_end == sizeof io->write)
        flush(io);
    if (io->write_broken)
        return (ssize_t)size;
    if (io->write_end == sizeof io->write)
        return -1;
    if (size > sizeof io->write - io->write_end)
        size = sizeof io->write - io->write_end;
    memcpy(io->write + io->write_end, data, size);
    io->write_end += size;
    shim_io_watch(&io->out, data, size);
    return (ssize_t)size;
}

static void drain(struct shim_io *io)
{
    uint8_t sink[4096];
    int64_t until = shim_io_now_ms() + DRAIN_MS;

    if (shutdown(io->fd, SHUT_WR) == -1)
        return;
    for (;;) {
        ssize_t n = recv(io->fd, sink, sizeof sink, 0);
        if (n == 0)
            return;
        if (n < 0 && outcome(io) == -2)
            return;
        if (n < 0 && wait_until(io, POLLIN, until) != SHIM_IO_READY)
            return;
        if (n > 0 && shim_io_now_ms() > until)
            return;
    }
}

void shim_io_close(struct shim_io *io, int gentle)
{
    if (io->fd == -1)
        return;
    if (gentle && !io->error) {
        flush(io);
        drain(io);
    }
    close(io->fd);
    io->fd = -1;
}
