/* A child process that speaks lines on stdin and stdout, on an event loop. Must
 * not know what the lines mean. */
#ifndef LAB_PROCESS_H
#define LAB_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

struct event_base;
struct process;

struct process_calls {
    /* One line without its end, NUL-terminated; borrowed. */
    void (*line)(void *arg, char *line, size_t size);
    /* The process ended (or sent more than a line may hold and was killed);
     * `status` as from waitpid. The process is freed after the call. */
    void (*ended)(void *arg, int status);
};

/* Starts argv[0] in a process group of its own, so that an interrupt from the
 * terminal reaches the runner only. Calls come from the loop. NULL, reported.
 */
struct process *process_new(struct event_base *base, char *const *argv,
                            const struct process_calls *calls, void *arg);
/* Queues text and a line end. 0, or -1 if memory is out. */
int process_send(struct process *p, const char *text, size_t size);
/* Kills it and what it started in its group; `ended` is called from the loop.
 */
void process_kill(struct process *p);
/* Ends it without any call: closes its stdin, and waits if told to, else kills
 * it. NULL is fine. */
void process_free(struct process *p, int wait);

#endif
