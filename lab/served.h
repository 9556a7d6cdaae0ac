/* The endpoint states that the endpoint knows: equal content is one state, a
 * bounded number of them listens. Must not know cells or workers. */
#ifndef LAB_SERVED_H
#define LAB_SERVED_H

#include <stddef.h>

#include "lab/files.h"
#include "lab/map.h"
#include "lab/process.h"
#include "lab/trial.h"

enum state_phase {
    STATE_ABSENT,
    STATE_ASKED, /* added or to be added: the endpoint has not answered yet */
    STATE_LISTENING,
    STATE_REFUSED /* in this run: the endpoint cannot serve it, see refusal */
};

struct endpoint_state {
    char id[24];
    enum state_phase phase;
    int port;
    size_t users; /* trials that are not over: it stays */
    unsigned long used;
    double asked; /* seconds, monotonic */
    char *refusal;
    int harness_short; /* 1: refused for want of memory or descriptors */
};

struct served {
    struct map by_content;
    struct endpoint_state **items; /* by number */
    size_t count;
    struct endpoint_state **there; /* asked or listening */
    size_t there_count;
    size_t most; /* that listen at a time, if they are not in use */
    unsigned long clock;
};

void served_clear(struct served *s);
/* The state of a trial, in use by it from now on. NULL if memory is out. */
struct endpoint_state *served_hold(struct served *s, const struct trial *t);
void served_release(struct endpoint_state *st);
/* Asks the endpoint for a state that is absent; one that nobody uses goes for
 * it if there are too many. 0; -1 reported, and st->refusal may say why. */
int served_ask(struct served *s, struct endpoint_state *st,
               const struct trial *t, struct files *f, struct process *endpoint,
               double now);
/* By the id in an event, or NULL. */
struct endpoint_state *served_find(const struct served *s, const char *id);
/* What the endpoint answered: a port, or a refusal (`text` may be NULL), for
 * want of memory or descriptors or for what the state asks for. */
void served_listening(struct served *s, struct endpoint_state *st, int port);
void served_refused(struct served *s, struct endpoint_state *st,
                    const char *text, int harness_short);
/* Takes it as absent, whatever the endpoint says later. */
void served_forget(struct served *s, struct endpoint_state *st);
/* A new run begins: what was refused is asked for again. */
void served_restart(struct served *s);

#endif
