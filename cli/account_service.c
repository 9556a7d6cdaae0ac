/* Must not know TLS: the endpoint stands in front. */
#include "cli/account_service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/thread.h>

#include "account/control_http.h"
#include "base/diag.h"
#include "cli/account_publish.h"

struct account_service {
    struct event_base *base;
    struct control_http *http;
    struct account_publish *publish;
    char *path;
    pthread_t thread;
    int started;
};

static void *run(void *arg)
{
    struct account_service *s = arg;

    event_base_loop(s->base, EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

struct account_service *account_service_new(struct account *a, const char *path,
                                            const char *publish,
                                            const char *broker)
{
    struct account_service *s = calloc(1, sizeof *s);
    int fd = s == NULL ? -1 : control_http_socket(path);

    if (s == NULL)
        diag("out of memory");
    if (fd < 0)
        goto fail;
    s->path = strdup(path);
    if (evthread_use_pthreads() == 0)
        s->base = event_base_new();
    if (s->path == NULL || s->base == NULL) {
        diag("the control plane: cannot set up an event loop");
        close(fd);
        goto fail;
    }
    s->http = control_http_new(s->base, a, fd);
    if (s->http == NULL)
        goto fail;
    s->publish = account_publish_new(s->base, a, publish, broker);
    if (s->publish == NULL)
        goto fail;
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        diag("the control plane: no thread can be started");
        goto fail;
    }
    s->started = 1;
    return s;
fail:
    account_service_free(s);
    return NULL;
}

static void on_stop(evutil_socket_t fd, short what, void *base)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(base);
}

/* A loop that has not begun yet forgets that it was told to break; an event
 * waits for it. */
static void stop(struct account_service *s)
{
    const struct timeval now = {0, 0};

    if (event_base_once(s->base, -1, EV_TIMEOUT, on_stop, s->base, &now) != 0)
        event_base_loopbreak(s->base);
    pthread_join(s->thread, NULL);
}

void account_service_free(struct account_service *s)
{
    if (s == NULL)
        return;
    if (s->started)
        stop(s);
    control_http_free(s->http);
    account_publish_free(s->publish);
    if (s->base != NULL)
        event_base_free(s->base);
    if (s->path != NULL)
        unlink(s->path);
    free(s->path);
    free(s);
}
