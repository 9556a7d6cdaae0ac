/* Signals come to one process that serves one thing. */
#include "cli/serve_run.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/diag.h"

static struct server *running;
static pthread_mutex_t controls = PTHREAD_MUTEX_INITIALIZER; /* of another
                                                               thread, while: */
static int is_open;

static void signals_hold(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(how, &set, NULL);
}

void serve_run_hold(void)
{
    signals_hold(SIG_BLOCK);
}

static void open_set(int is)
{
    pthread_mutex_lock(&controls);
    is_open = is;
    pthread_mutex_unlock(&controls);
}

void serve_run_control(const char *line)
{
    pthread_mutex_lock(&controls);
    if (is_open)
        server_control(running, line, strlen(line));
    pthread_mutex_unlock(&controls);
}

static void on_signal(int number)
{
    (void)number;
    server_stop(running);
}

int serve_run(const char *configuration, const struct authority *authority,
              server_event_fn *on_event, void *arg)
{
    struct sigaction action = {.sa_handler = on_signal};

    signal(SIGPIPE, SIG_IGN);
    running = server_start(configuration, strlen(configuration), authority,
                           on_event, arg);
    if (running == NULL)
        return EXIT_USAGE_ERROR;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    open_set(1);
    signals_hold(SIG_UNBLOCK);
    server_wait(running);
    open_set(0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    server_free(running);
    running = NULL;
    return EXIT_HELD;
}
