/* Binds one socket per endpoint state. Several loops may accept from the same
 * socket, so a port that is in use is an error and never shared by accident.
 * Must not know connections. */
#include "server/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"
#include "server/setting.h"
#include "server/shared.h"

/* Accepted sockets inherit TCP_NODELAY from the listening one. */
static int socket_bind(const struct sockaddr *sa, socklen_t size)
{
    int on = 1;
    int fd =
        socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
        bind(fd, sa, size) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* What the kernel gave: the port may have been asked for as 0. */
static int address_read(struct listener *l)
{
    struct sockaddr_storage sa = {0};
    socklen_t size = sizeof(sa);
    char port[8];

    if (getsockname(l->fd, (struct sockaddr *)&sa, &size) != 0 ||
        getnameinfo((struct sockaddr *)&sa, size, l->address,
                    sizeof(l->address), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return -1;
    l->port = (uint16_t)strtol(port, NULL, 10);
    return 0;
}

/* getaddrinfo would take 99999 for 34463. */
static int is_port(const char *text)
{
    size_t size = strspn(text, "0123456789");

    return size > 0 && size < 6 && text[size] == '\0' &&
           strtol(text, NULL, 10) < 65536;
}

/* "ADDR:PORT" or "[ADDR]:PORT", both numeric. NULL if it is neither; freed with
 * freeaddrinfo. libevent's parser refuses port 0. */
static struct addrinfo *address_parse(const char *where)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    const char *colon = strrchr(where, ':');
    char host[64];
    struct addrinfo *out = NULL;
    size_t size;

    if (colon == NULL || colon == where || !is_port(colon + 1))
        return NULL;
    size = (size_t)(colon - where);
    if (where[0] == '[' && colon[-1] == ']') {
        where++;
        size -= 2;
    }
    if (size == 0 || size >= sizeof(host))
        return NULL;
    memcpy(host, where, size);
    host[size] = '\0';
    return getaddrinfo(host, colon + 1, &hints, &out) == 0 ? out : NULL;
}

static int listener_open(struct listener *l, const char *where)
{
    struct addrinfo *address = address_parse(where);

    if (address == NULL) {
        diag("state %s: %s: not an address; give a numeric one, as in "
             "127.0.0.1:8883 or [::1]:8883",
             l->id, where);
        return -1;
    }
    l->fd = socket_bind(address->ai_addr, address->ai_addrlen);
    freeaddrinfo(address);
    if (l->fd < 0 || address_read(l) != 0) {
        diag("state %s: cannot listen on %s: %s", l->id, where,
             strerror(errno));
        return -1;
    }
    return 0;
}

static int listener_build(struct listener *l, json_t *state,
                          const struct limits *limits)
{
    json_error_t error;
    const char *id, *where;

    if (json_unpack_ex(state, &error, 0, "{s:s, s:s}", "id", &id, "listen",
                       &where) != 0) {
        diag("endpoint configuration: a state: %s", error.text);
        return -1;
    }
    l->id = strdup(id);
    if (l->id == NULL) {
        diag("out of memory");
        return -1;
    }
    l->setting = setting_new(state, limits);
    if (l->setting == NULL)
        return -1;
    return listener_open(l, where);
}

struct listener *listener_new(const json_t *state, const struct limits *limits)
{
    struct listener *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        diag("out of memory");
        return NULL;
    }
    l->fd = -1;
    atomic_init(&l->holders, 1);
    pthread_mutex_init(&l->lock, NULL);
    /* jansson's unpacking takes a non-const pointer and changes nothing */
    if (listener_build(l, (json_t *)state, limits) != 0) {
        listener_release(l);
        return NULL;
    }
    return l;
}

struct setting *listener_setting(struct listener *l, const char *peer)
{
    struct setting *s;

    pthread_mutex_lock(&l->lock);
    s = setting_hold(setting_of_peer(l->setting, peer));
    pthread_mutex_unlock(&l->lock);
    return s;
}

int listener_change(struct listener *l, const json_t *state,
                    const struct limits *limits)
{
    struct setting *later = setting_new(state, limits), *before;

    if (later == NULL)
        return -1;
    pthread_mutex_lock(&l->lock);
    before = l->setting;
    l->setting = later;
    pthread_mutex_unlock(&l->lock);
    setting_release(before);
    return 0;
}

struct listener *listener_hold(struct listener *l)
{
    atomic_fetch_add(&l->holders, 1);
    return l;
}

void listener_release(struct listener *l)
{
    if (l == NULL || atomic_fetch_sub(&l->holders, 1) > 1)
        return;
    if (l->fd >= 0)
        close(l->fd);
    if (l->announce != NULL)
        shared_emit(l->announce, json_pack("{s:s, s:s}", "event", "removed",
                                           "state", l->id));
    setting_release(l->setting);
    pthread_mutex_destroy(&l->lock);
    free(l->id);
    free(l);
}
