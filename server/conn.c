/* One connection: moves bytes between its socket and its TLS machine, minds the
 * limits, finds out how it ended, and reports it once. Must not know libssl. */
#include "server/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/diag.h"
#include "base/wire_marks.h"
#include "server/app/application.h"
#include "server/conn_inside.h"
#include "server/facts.h"
#include "server/listener.h"
#include "server/loop.h"
#include "server/setting.h"
#include "server/shared.h"
#include "server/tls.h"

static void application_clear(struct conn *c)
{
    const struct application *a = c->application->application;

    if (c->application_state != NULL && a->clear != NULL)
        a->clear(c->application_state);
    free(c->application_state);
}

static void backlog_drop(struct conn *c)
{
    if (c->backlog != NULL)
        evbuffer_free(c->backlog);
    c->backlog = NULL;
}

static void silence_end(struct conn *c)
{
    if (c->is_silent)
        TAILQ_REMOVE(loop_silent(c->loop), c, silent);
    c->is_silent = 0;
}

static void conn_free(struct conn *c)
{
    silence_end(c);
    if (c->link != NULL) {
        *c->link = c->next;
        if (c->next != NULL)
            c->next->link = c->link;
    }
    if (event_initialized(&c->event))
        event_del(&c->event);
    backlog_drop(c);
    if (c->hello != NULL)
        evbuffer_free(c->hello);
    tls_conn_free(c->tls);
    wire_marks_clear(&c->received);
    wire_marks_clear(&c->sent);
    application_clear(c);
    close(c->fd);
    setting_release(c->setting);
    shared_slot_release(loop_shared(c->loop));
    free(c);
}

static void close_note(struct conn *c, const char *by, const char *how)
{
    if (c->close_by != NULL)
        return;
    c->close_by = by;
    c->close_how = how;
    c->close_ms = conn_elapsed_ms(c);
}

static void application_stop(struct conn *c)
{
    const struct application *a = c->application->application;

    if (c->phase == PHASE_OPEN && c->application_state != NULL &&
        a->on_end != NULL)
        a->on_end(c, c->application_state);
    c->phase = PHASE_DRAIN;
}

void conn_end(struct conn *c, const char *by, const char *how)
{
    application_stop(c);
    close_note(c, by, how);
    shared_emit(loop_shared(c->loop), conn_record(c));
    conn_free(c);
}

/* An open connection ends in time, whatever it does; 0: not. */
static int open_ms_of(const struct conn *c)
{
    return c->setting->open_ms > 0 ? c->setting->open_ms
                                   : conn_limits(c)->open_ms;
}

/* How long it may stay open yet; `ms` where that is longer, or not limited. */
static int open_left(const struct conn *c, int ms)
{
    int open_ms = open_ms_of(c);
    double left;

    if (c->phase != PHASE_OPEN || open_ms == 0)
        return ms;
    left = c->opened_ms + open_ms - conn_elapsed_ms(c);
    return left >= ms ? ms : left < 1 ? 1 : (int)left;
}

static size_t backlog_size(const struct conn *c)
{
    return c->backlog == NULL ? 0 : evbuffer_get_length(c->backlog);
}

static int is_backlog_full(const struct conn *c)
{
    return backlog_size(c) > conn_limits(c)->message_bytes;
}

/* What is left of its time: libevent would begin it anew with each byte. */
static int event_wait(struct conn *c)
{
    double left = c->due_ms - conn_elapsed_ms(c);
    int ms = left > 0 ? (int)left + 1 : 0;
    const struct timeval wait = {ms / 1000, ms % 1000 * 1000};

    return event_add(&c->event, &wait);
}

static void timer_set(struct conn *c, int ms)
{
    int left = open_left(c, ms);

    c->is_last = left < ms;
    c->due_ms = conn_elapsed_ms(c) + left;
    event_wait(c);
}

static void on_event(evutil_socket_t fd, short what, void *arg);

/* A peer that does not read gets nothing more to answer; one whose data nobody
 * takes is not read from. 0, or -1: memory is out. */
static int watch(struct conn *c)
{
    int reads = c->broken || (!c->is_held && !is_backlog_full(c));
    short what =
        (short)((reads ? EV_READ : 0) | (backlog_size(c) > 0 ? EV_WRITE : 0));

    if (what == c->awaited)
        return 0;
    c->awaited = what;
    if (event_initialized(&c->event))
        event_del(&c->event);
    event_assign(&c->event, loop_base(c->loop), what == 0 ? -1 : c->fd,
                 what == 0 ? 0 : (short)(what | EV_PERSIST), on_event, c);
    return event_wait(c);
}

/* The peer's own last words may still wait in the receive buffer, so a failed
 * send ends nothing: reading goes on until it finds the end. */
static void send_failed(struct conn *c)
{
    c->broken = 1;
    backlog_drop(c);
    watch(c);
}

static void memory_short(struct conn *c)
{
    c->is_short = 1;
    loop_note_short(c->loop);
}

static void backlog_add(struct conn *c, const uint8_t *data, size_t size)
{
    if (c->backlog == NULL)
        c->backlog = evbuffer_new();
    if (c->backlog == NULL || evbuffer_add(c->backlog, data, size) != 0) {
        memory_short(c);
        send_failed(c);
        return;
    }
    watch(c);
}

/* How many bytes the socket took; -1: it is broken, and that is noted. */
static ssize_t socket_send(struct conn *c, const uint8_t *data, size_t size)
{
    ssize_t n = send(c->fd, data, size, MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        send_failed(c);
        return -1;
    }
    n = n < 0 ? 0 : n;
    wire_marks_add(&c->sent, data, (size_t)n);
    return n;
}

/* Until there is nothing more: the engine keeps no buffer then. */
static void flush(struct conn *c)
{
    const uint8_t *data;
    size_t size;

    while ((data = tls_conn_output(c->tls, &size)) != NULL && size > 0) {
        ssize_t n = 0;

        if (c->broken)
            continue;
        if (backlog_size(c) == 0)
            n = socket_send(c, data, size);
        if (n >= 0 && (size_t)n < size)
            backlog_add(c, data + n, size - (size_t)n);
    }
}

static void half_close(struct conn *c)
{
    if (c->phase == PHASE_DRAIN && backlog_size(c) == 0)
        shutdown(c->fd, SHUT_WR);
}

static void room_tell(struct conn *c)
{
    const struct application *a = c->application->application;

    if (c->phase != PHASE_OPEN || !c->is_full || is_backlog_full(c))
        return;
    c->is_full = 0;
    a->on_room(c, c->application_state);
}

static void writable(struct conn *c)
{
    size_t size = evbuffer_get_contiguous_space(c->backlog);
    ssize_t n =
        socket_send(c, evbuffer_pullup(c->backlog, (ssize_t)size), size);

    if (n < 0)
        return;
    evbuffer_drain(c->backlog, (size_t)n);
    if (backlog_size(c) == 0) {
        backlog_drop(c);
        half_close(c);
    }
    watch(c);
    room_tell(c);
}

/* Closing with unread bytes in the buffer makes the kernel send RST, which
 * would take the last alert from the peer. So: send, close the writing half,
 * and wait for the peer's FIN, but not for ever. */
static void drain(struct conn *c)
{
    application_stop(c);
    flush(c);
    half_close(c);
    c->is_held = 0;
    watch(c);
    timer_set(c, conn_limits(c)->idle_ms);
}

void conn_cut(struct conn *c, int resets)
{
    const struct linger at_once = {1, 0};

    if (resets) {
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        conn_end(c, "endpoint", "rst");
        return;
    }
    close_note(c, "endpoint", "fin");
    drain(c);
}

void conn_close(struct conn *c)
{
    if (c->phase == PHASE_DRAIN)
        return;
    tls_conn_close(c->tls);
    close_note(c, "endpoint", "alert");
    drain(c);
}

static void limit_reached(struct conn *c, const char *limit)
{
    c->limit = limit;
    conn_end(c, "endpoint", "silence");
}

/* It has spoken, only nobody has listened yet. */
static int has_unread(const struct conn *c)
{
    int size = 0;

    return ioctl(c->fd, FIONREAD, &size) == 0 && size > 0;
}

int conn_evict(struct loop *loop, int is_short)
{
    enum { LOOKED_AT = 32, YOUNG_MS = 50 };
    struct conn *oldest = TAILQ_FIRST(loop_silent(loop));

    for (int i = 0; oldest != NULL && i < LOOKED_AT && has_unread(oldest); i++)
        oldest = TAILQ_NEXT(oldest, silent);
    if (oldest == NULL || has_unread(oldest) ||
        (is_short && conn_elapsed_ms(oldest) < YOUNG_MS))
        return -1;
    oldest->is_short |= is_short != 0;
    limit_reached(oldest, "connections");
    return 0;
}

int conn_write(struct conn *c, const void *data, size_t size)
{
    if (tls_conn_write(c->tls, data, size) != 0)
        return -1;
    c->application_written += size;
    flush(c);
    return 0;
}

void conn_hold(struct conn *c, int is_held)
{
    if (c->phase != PHASE_OPEN)
        return;
    c->is_held = is_held != 0;
    watch(c);
}

int conn_is_full(struct conn *c)
{
    c->is_full = is_backlog_full(c) != 0;
    return (int)c->is_full;
}

void conn_note_short(struct conn *c)
{
    c->is_short = 1;
}

struct loop *conn_loop(struct conn *c)
{
    return c->loop;
}

const struct facts *conn_facts(const struct conn *c)
{
    return tls_conn_facts(c->tls);
}

const char *conn_peer(const struct conn *c)
{
    return c->peer_address;
}

const void *conn_settings(const struct conn *c)
{
    return c->application->settings;
}

/* 0, or -1 if the application wants it closed. */
static int application_start(struct conn *c)
{
    const struct application *a;

    c->application =
        setting_of_alpn(c->setting, tls_conn_facts(c->tls)->flight.alpn);
    a = c->application->application;
    c->phase = PHASE_OPEN;
    c->opened_ms = conn_elapsed_ms(c);
    timer_set(c, conn_limits(c)->idle_ms);
    c->application_state = calloc(1, a->state_size + 1);
    if (c->application_state == NULL) {
        memory_short(c);
        return -1;
    }
    return a->on_established == NULL
               ? 0
               : a->on_established(c, c->application_state);
}

static int application_feed(struct conn *c)
{
    uint8_t data[4096];
    size_t n;

    while ((n = tls_conn_read(c->tls, data, sizeof(data))) > 0) {
        c->application_read += n;
        if (c->application->application->on_data(c, c->application_state, data,
                                                 n) != 0)
            return -1;
    }
    return 0;
}

static void patience_set(struct conn *c)
{
    const struct application *a = c->application->application;
    int ms = a->patience_ms == NULL ? PATIENCE_OF_THE_ENDPOINT
                                    : a->patience_ms(c->application_state);

    if (ms == PATIENCE_AS_IT_WAS)
        return;
    c->is_patient = ms != PATIENCE_OF_THE_ENDPOINT;
    timer_set(c, c->is_patient ? ms : conn_limits(c)->idle_ms);
}

static void tls_failed(struct conn *c)
{
    flush(c);
    if (tls_conn_ended_by(c->tls) == TLS_PEER) {
        conn_end(c, "peer", "alert");
        return;
    }
    close_note(c, "endpoint",
               tls_conn_ended_by(c->tls) == TLS_SELF ? "alert" : "fin");
    drain(c);
}

static void tls_closed(struct conn *c)
{
    close_note(c, "peer", "alert");
    tls_conn_close(c->tls);
    drain(c);
}

void conn_feed(struct conn *c, const uint8_t *data, size_t size)
{
    enum tls_result result = tls_conn_input(c->tls, data, size);
    int status = 0;

    if (tls_conn_facts(c->tls)->is_short)
        memory_short(c);
    if (tls_conn_facts(c->tls)->hello.data != NULL)
        silence_end(c);
    if (c->phase == PHASE_HANDSHAKE && tls_conn_is_established(c->tls))
        status = application_start(c);
    if (status == 0 && c->phase == PHASE_OPEN)
        status = application_feed(c);
    flush(c);
    if (result == TLS_FAILED)
        tls_failed(c);
    else if (result == TLS_CLOSED)
        tls_closed(c);
    else if (status != 0)
        conn_close(c);
    else if (c->phase == PHASE_OPEN)
        patience_set(c);
}

static void received(struct conn *c, const uint8_t *data, size_t size)
{
    wire_marks_add(&c->received, data, size);
    if (c->phase == PHASE_DRAIN)
        return;
    if (c->phase == PHASE_HANDSHAKE &&
        c->received.bytes > conn_limits(c)->message_bytes) {
        limit_reached(c, "message_bytes");
        return;
    }
    if (c->hello != NULL)
        conn_hello_received(c, data, size);
    else
        conn_feed(c, data, size);
}

static void readable(struct conn *c)
{
    size_t size;
    uint8_t *data = loop_scratch(c->loop, &size);
    ssize_t n = recv(c->fd, data, size, 0);

    if (n > 0)
        received(c, data, (size_t)n);
    else if (n == 0)
        conn_end(c, "peer", c->broken ? "rst" : "fin");
    else if (errno != EAGAIN && errno != EINTR)
        conn_end(c, "peer", "rst");
}

static void time_over(struct conn *c)
{
    const struct application *a = c->application->application;

    if (c->phase == PHASE_DRAIN) {
        conn_end(c, "endpoint", "fin");
    } else if (c->is_last) {
        c->limit = "open_ms";
        conn_close(c);
    } else if (c->is_patient) {
        c->limit = "keep_alive";
        if (a->on_silence != NULL)
            a->on_silence(c, c->application_state);
        conn_close(c);
    } else {
        limit_reached(c, c->phase == PHASE_OPEN ? "idle_ms" : "handshake_ms");
    }
}

void conn_stop(struct conn *c)
{
    conn_end(c, "endpoint", "fin");
}

/* Only reading, or the end of time, may free it. */
static void on_event(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    if (what & (EV_READ | EV_WRITE))
        event_wait(c);
    if (what & EV_WRITE)
        writable(c);
    if (what & EV_READ)
        readable(c);
    else if (what & EV_TIMEOUT)
        time_over(c);
}

static void list_add(struct conn *c)
{
    struct conn **head = loop_conns(c->loop);

    c->next = *head;
    if (c->next != NULL)
        c->next->link = &c->next;
    *head = c;
    c->link = head;
    TAILQ_INSERT_TAIL(loop_silent(c->loop), c, silent);
    c->is_silent = 1;
}

static void peer_note(struct conn *c, const struct sockaddr *sa)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
    int is_v6 = sa->sa_family == AF_INET6;

    c->peer_port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
    inet_ntop(sa->sa_family,
              is_v6 ? (const void *)&v6->sin6_addr
                    : (const void *)&v4->sin_addr,
              c->peer_address, sizeof(c->peer_address));
}

int conn_new(struct loop *loop, struct listener *listener, int fd,
             const struct sockaddr *peer, int after_starving)
{
    struct conn *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        loop_note_short(loop);
        diag("out of memory: a connection is dropped");
        close(fd);
        shared_slot_release(loop_shared(loop));
        return -1;
    }
    c->loop = loop;
    peer_note(c, peer);
    c->setting = listener_setting(listener, c->peer_address);
    c->application = &c->setting->application;
    c->port = listener->port;
    c->fd = fd;
    c->after_starving = after_starving != 0;
    c->due_ms = conn_limits(c)->handshake_ms;
    c->number = shared_number(loop_shared(loop));
    clock_gettime(CLOCK_MONOTONIC, &c->started);
    c->tls = conn_tls_new(c, c->setting);
    if (setting_looks_at_hello(c->setting))
        c->hello = evbuffer_new();
    if (c->tls == NULL ||
        (c->hello == NULL && setting_looks_at_hello(c->setting)) ||
        watch(c) != 0) {
        loop_note_short(loop);
        diag("out of memory: a connection is dropped");
        conn_free(c);
        return -1;
    }
    list_add(c);
    return 0;
}
