/* The command as a process: its environment, its output, its end. Must not know
 * what the output means. */
#ifndef CLIENTS_COMMAND_START_H
#define CLIENTS_COMMAND_START_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    START_OUTPUT = 4096,        /* bytes of output that are kept: the last */
    START_WRITTEN_MAX = 1 << 24 /* that a command may write */
};

struct start_how {
    const char *program; /* a path, or a name on PATH */
    char *const *argv;
    const char *input;        /* for stdin; NULL: end of file at once */
    const char *preload;      /* LD_PRELOAD; "": none */
    const char *hosts;        /* file for libnss_wrapper, or NULL */
    char *const *environment; /* what the client's file names */
    size_t environment_count;
    int faked;     /* by libfaketime: */
    int64_t clock; /* UTC seconds of its start */
};

struct start {
    pid_t pid;  /* of the process and of its group; 0: none */
    int ended;  /* a pidfd: readable when it has ended; -1: none */
    int output; /* its stdout and stderr; -1: none, or end of file */
    int status; /* of waitpid, after start_end */
    size_t size;
    size_t written;              /* bytes of output so far */
    char text[START_OUTPUT + 1]; /* NUL-terminated; ASCII, else '?' */
};

/* 0, or -1 with errno; start_end in every case. */
int start_begin(struct start *s, const struct start_how *how);
/* Reads some of its output, without waiting. */
void start_read(struct start *s);
/* Waits until it has ended, at most that long. */
void start_wait(struct start *s, int timeout_ms);
/* Kills what is left of its group, waits for it, reads the rest. */
void start_end(struct start *s);

#endif
