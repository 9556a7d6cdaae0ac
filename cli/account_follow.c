/* Followers wait in the listening socket's queue until there is a line: no loop
 * and no thread are needed. Must not know what a line says. */
#include "cli/account_follow.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account/control_http.h"
#include "base/diag.h"

enum { FOLLOWERS = 64 };

struct account_follow {
    pthread_mutex_t lock;
    char *path;
    int fd; /* listens */
    int followers[FOLLOWERS];
    size_t count;
};

struct account_follow *account_follow_new(const char *path)
{
    struct account_follow *f = calloc(1, sizeof *f);

    if (f == NULL) {
        diag("out of memory");
        return NULL;
    }
    pthread_mutex_init(&f->lock, NULL);
    f->path = strdup(path);
    f->fd = control_http_socket(path);
    if (f->fd >= 0 && f->path != NULL)
        return f;
    account_follow_free(f);
    return NULL;
}

void account_follow_free(struct account_follow *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->count; i++)
        close(f->followers[i]);
    if (f->fd >= 0)
        close(f->fd);
    if (f->path != NULL)
        unlink(f->path);
    pthread_mutex_destroy(&f->lock);
    free(f->path);
    free(f);
}

static void newcomers_take(struct account_follow *f)
{
    int fd;

    while (f->count < FOLLOWERS &&
           (fd = accept4(f->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
        f->followers[f->count++] = fd;
}

void account_follow_tell(struct account_follow *f, const char *line)
{
    size_t size = strlen(line), kept = 0;

    pthread_mutex_lock(&f->lock);
    newcomers_take(f);
    for (size_t i = 0; i < f->count; i++)
        if (send(f->followers[i], line, size, MSG_NOSIGNAL | MSG_DONTWAIT) ==
            (ssize_t)size)
            f->followers[kept++] = f->followers[i];
        else
            close(f->followers[i]);
    f->count = kept;
    pthread_mutex_unlock(&f->lock);
}
