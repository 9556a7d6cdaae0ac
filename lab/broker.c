/* mosquitto 2.0.11: a listener on a unix socket keeps its path from other users
 * by the folder's mode; started as root it drops to a user of its own, who
 * could not use the folder, if the configuration does not name one. */
#include "lab/broker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

enum {
    START_MS = 10000,
    TRY_MS = 5,
    END_MS = 3000,
    PAYLOAD_BYTES = 131072,
    KEEP_ALIVE_MAX = 1200,
    LOG_SHOWN = 4096
};

struct broker {
    char *folder, *address; /* NULL until made */
    pid_t pid;              /* 0: not started */
    pthread_t watcher;
    int is_watched;
    atomic_int is_ending; /* by us */
    broker_ended_fn *ended;
    void *arg;
};

static char *program_in(const char *folders)
{
    char *copy = strdup(folders), *rest = NULL, *found = NULL;

    for (char *f = copy ? strtok_r(copy, ":", &rest) : NULL; f && !found;
         f = strtok_r(NULL, ":", &rest)) {
        found = format("%s/mosquitto", f);
        if (found && access(found, X_OK) != 0) {
            free(found);
            found = NULL;
        }
    }
    free(copy);
    return found;
}

/* Debian puts it where a user's PATH does not look. */
static char *program_find(void)
{
    const char *path = getenv("PATH");
    char *found = program_in(path ? path : "");

    if (!found)
        found = program_in("/usr/local/sbin:/usr/sbin:/sbin");
    if (!found)
        diag("MQTT needs the broker mosquitto, which is not on this machine: "
             "sudo apt-get install mosquitto, or name another one with "
             "--mqtt-upstream");
    return found;
}

static const char folder_prefix[] = "chainbreak-broker-";

/* Whoever was killed could not clean up: the folder's name has the number of
 * the process that made it. */
static void remnant_remove(const char *base, const char *name)
{
    long pid = strtol(name + strlen(folder_prefix), NULL, 10);
    char *path = format("%s/%s", base, name);
    struct stat st;

    if (path && pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH &&
        lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid())
        file_remove_tree(path);
    free(path);
}

static void remnants_remove(const char *base)
{
    DIR *dir = opendir(base);
    const struct dirent *e;

    while (dir && (e = readdir(dir)) != NULL)
        if (strncmp(e->d_name, folder_prefix, strlen(folder_prefix)) == 0)
            remnant_remove(base, e->d_name);
    if (dir)
        closedir(dir);
}

/* A socket's path is short. */
static int folder_make(struct broker *b)
{
    const char *base = getenv("TMPDIR");

    if (!base || base[0] != '/' || strlen(base) > 60)
        base = "/tmp";
    remnants_remove(base);
    b->folder = format("%s/%s%ld-XXXXXX", base, folder_prefix, (long)getpid());
    if (!b->folder || !mkdtemp(b->folder)) {
        diag("%s: cannot make a folder for the broker: %s", base,
             strerror(errno));
        free(b->folder);
        b->folder = NULL;
        return -1;
    }
    b->address = format("unix:%s/broker.sock", b->folder);
    return b->address ? 0 : -1;
}

/* What AWS does with sessions is: they stay for an hour. They live in memory:
 * the folder goes with the broker. */
static int configuration_write(const struct broker *b,
                               const struct broker_options *o, const char *path)
{
    const struct passwd *user = getpwuid(geteuid());
    char *text =
        format("# written by chainbreak\n"
               "listener 0 %s/broker.sock\n"
               "protocol mqtt\n"
               "allow_anonymous true\n"
               "max_qos 1\n"
               "message_size_limit %zu\n"
               "max_keepalive %u\n"
               "max_connections -1\n"
               "persistence false\n"
               "persistent_client_expiration 1h\n"
               "log_dest file %s/broker.log\n"
               "log_type error\nlog_type warning\nlog_type notice\n"
               "connection_messages false\n"
               "%s%s\n",
               b->folder, o->payload_bytes ? o->payload_bytes : PAYLOAD_BYTES,
               o->keep_alive_max ? o->keep_alive_max : KEEP_ALIVE_MAX,
               b->folder, user ? "user " : "", user ? user->pw_name : "");
    int status = text ? file_write(path, 0600, text, strlen(text)) : -1;

    free(text);
    return status;
}

/* In the child. The broker goes when its parent goes, however that was; what
 * the terminal sends is the parent's to decide. */
static void child_run(const char *program, const char *configuration,
                      pid_t parent)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_HARNESS);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    execl(program, program, "-c", configuration, (char *)NULL);
    _exit(127);
}

static int start(struct broker *b, const char *program,
                 const char *configuration)
{
    pid_t parent = getpid(), pid = fork();

    if (pid < 0) {
        diag("%s: cannot be started: %s", program, strerror(errno));
        return -1;
    }
    if (pid == 0)
        child_run(program, configuration, parent);
    b->pid = pid;
    return 0;
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pause_ms(int ms)
{
    const struct timespec wait = {0, ms * 1000000L};

    nanosleep(&wait, NULL);
}

static int is_up(const struct broker *b)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), up;

    if (fd < 0)
        return 0;
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s/broker.sock", b->folder);
    up = connect(fd, (const struct sockaddr *)&sa, sizeof sa) == 0;
    close(fd);
    return up;
}

/* 1 if the process is no more (it stays to be reaped), or waits for that. */
static int is_over(const struct broker *b)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)b->pid, &info, WEXITED | WNOWAIT | WNOHANG) !=
               0 ||
           info.si_pid != 0;
}

/* The last line of what it wrote. */
static void failure_tell(const struct broker *b, const char *program,
                         const char *what)
{
    char *path = format("%s/broker.log", b->folder), *line = NULL;
    uint8_t *log = NULL;
    size_t size = 0;

    if (path && file_exists(path) &&
        file_read(path, LOG_SHOWN << 10, &log, &size) == 0) {
        while (size > 0 && log[size - 1] == '\n')
            log[--size] = '\0';
        line = strrchr((char *)log, '\n');
        line = line ? line + 1 : (char *)log;
    }
    diag("the broker %s %s%s%s", program, what, line ? ": " : "",
         line ? line : "");
    free(log);
    free(path);
}

static int wait_up(const struct broker *b, const char *program)
{
    long long end = now_ms() + START_MS;

    while (!is_up(b)) {
        if (is_over(b)) {
            failure_tell(b, program, "ended as it started");
            return -1;
        }
        if (now_ms() > end) {
            failure_tell(b, program, "takes no connections");
            return -1;
        }
        pause_ms(TRY_MS);
    }
    return 0;
}

static void *watch(void *arg)
{
    struct broker *b = arg;
    siginfo_t info;
    int status;

    while (waitid(P_PID, (id_t)b->pid, &info, WEXITED | WNOWAIT) != 0)
        if (errno != EINTR)
            return NULL;
    if (atomic_load(&b->is_ending))
        return NULL;
    status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
    b->ended(b->arg, status);
    return NULL;
}

/* Signals stay with the threads that were there before. */
static int watch_start(struct broker *b)
{
    sigset_t all, before;
    int error;

    if (!b->ended)
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&b->watcher, NULL, watch, b);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        diag("pthread_create: %s", strerror(error));
        return -1;
    }
    b->is_watched = 1;
    return 0;
}

struct broker *broker_new(const struct broker_options *o)
{
    struct broker *b = NULL;
    char *program = program_find(), *configuration = NULL;
    int status = -1;

    if (!program)
        return NULL;
    b = calloc(1, sizeof *b);
    if (b && folder_make(b) == 0) {
        b->ended = o->ended;
        b->arg = o->arg;
        configuration = format("%s/mosquitto.conf", b->folder);
        if (configuration && configuration_write(b, o, configuration) == 0 &&
            start(b, program, configuration) == 0 && wait_up(b, program) == 0)
            status = watch_start(b);
    }
    free(configuration);
    free(program);
    if (status == 0)
        return b;
    broker_free(b);
    return NULL;
}

const char *broker_address(const struct broker *b)
{
    return b->address;
}

/* First in good order: it has nothing to save, but others see it leave. */
static void end(struct broker *b)
{
    long long by = now_ms() + END_MS;

    atomic_store(&b->is_ending, 1);
    kill(b->pid, SIGTERM);
    while (!is_over(b) && now_ms() < by)
        pause_ms(TRY_MS);
    kill(b->pid, SIGKILL);
    if (b->is_watched)
        pthread_join(b->watcher, NULL);
    while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

int broker_restart(struct broker *b)
{
    char *program = program_find();
    char *configuration = format("%s/mosquitto.conf", b->folder);
    int status = -1;

    end(b);
    b->pid = 0;
    b->is_watched = 0;
    atomic_store(&b->is_ending, 0);
    if (program != NULL && configuration != NULL &&
        start(b, program, configuration) == 0 && wait_up(b, program) == 0)
        status = watch_start(b);
    free(configuration);
    free(program);
    return status;
}

void broker_free(struct broker *b)
{
    if (!b)
        return;
    if (b->pid > 0)
        end(b);
    if (b->folder)
        file_remove_tree(b->folder);
    free(b->folder);
    free(b->address);
    free(b);
}
