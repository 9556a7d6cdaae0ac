/* What the lab's three files share: lab.c (its start, its end, its runs),
 * dispatch.c (trials and workers), watch.c (the endpoint, time and signals).
 * Nobody else includes it. */
#ifndef LAB_INSIDE_H
#define LAB_INSIDE_H

#include <stdint.h>

#include <event2/event.h>

#include "lab/backlog.h"
#include "lab/files.h"
#include "lab/flight.h"
#include "lab/lab.h"
#include "lab/process.h"
#include "lab/served.h"
#include "model/outcome.h"
#include "model/reason.h"
#include "model/record_codec.h"

struct slot {
    struct lab *lab;
    struct worker *worker; /* NULL: never used */
    struct backlog_queue *queue;
    size_t flights; /* that are not answered */
};

struct lab {
    struct lab_options options;
    struct event_base *base;
    struct event *signals[2], *tick;
    struct process *endpoint;
    int ready, interrupted;
    int status; /* of what goes on: 0, 1 interrupted, -1 failed */
    struct slot *slots;
    struct files *files;
    struct served served;
    struct hellos hellos;
    struct map anchors; /* lab/anchored.h */
    struct map kept;    /* lab/kept.h: what was measured in this run */
    struct flight *flights;
    uint32_t tokens;  /* addresses given so far */
    size_t stale;     /* connection events that were nobody's */
    size_t silences;  /* in a row */
    double last_turn; /* of the loop; seconds */
    double last_cpu;  /* this process's processor time then; seconds */
    /* of the run that is going on */
    const struct lab_order *order;
    struct backlog backlog;
    unsigned char *tries; /* per trial: begun again because the lab was away */
    size_t left;
    lab_trial_fn *trial;
    lab_result_fn *result;
    void *arg;
};

double lab_now(void); /* seconds, monotonic */
/* Ends the loop; the first status stays. */
void lab_stop(struct lab *lab, int status);

/* Gives every worker that has room its next trial. */
void dispatch_fill(struct lab *lab);
/* The flight's state is known, or is to be asked for: what is next. */
void dispatch_advance(struct lab *lab, struct flight *f);
/* Both sides are there: hands the record over. The flight is gone. */
void dispatch_joined(struct lab *lab, struct flight *f);
/* Hands over what is known, and why it is no more. The flight is gone. */
void dispatch_failed(struct lab *lab, struct flight *f, enum outcome outcome,
                     enum reason reason, const char *note);

/* Each callback begins with it: was the lab itself away? */
void watch_turn(struct lab *lab);
/* From now on absences count. */
void watch_begin(struct lab *lab);
/* For the loop: each second, SIGINT and SIGTERM, the endpoint. */
void watch_tick(evutil_socket_t fd, short what, void *arg);
void watch_signal(evutil_socket_t number, short what, void *arg);
extern const struct process_calls watch_endpoint;

#endif
