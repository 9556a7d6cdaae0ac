/* The bench while it runs, from inside. Private to board/. */
#ifndef BOARD_BENCH_H
#define BOARD_BENCH_H

#include <stdio.h>

#include "board/board.h"
#include "board/course.h"
#include "board/steps.h"
#include "board/who.h"
#include "lab/endpoint_codec.h"
#include "lab/files.h"
#include "lab/results.h"
#include "model/record_codec.h"

struct endpoint_event;
struct event;
struct event_base;
struct page;
struct process;

enum bench_phase {
    BENCH_STARTING,
    BENCH_ASKING, /* for the name that boards ask for */
    BENCH_RUNNING,
    BENCH_OVER
};

struct seat { /* of a board at the bench */
    struct course course;
    int64_t waits_since; /* ms */
    int triggered;       /* a process, or 0 */
    int is_due;          /* its trigger, when what it is to meet is served */
};

struct bench {
    const struct board_options *options;
    struct who *boards;
    struct seat *seats; /* of each board */
    size_t count;
    unsigned unanswered; /* changes that the endpoint has not told of yet */
    int64_t now;         /* the clock of all states, unless: */
    int has_own_clocks;
    char *name; /* that boards ask for */
    int is_name_known;
    struct steps steps;
    struct suites *suites; /* of the cloud */
    struct results *results;
    struct files *files;
    struct hellos hellos;
    FILE *log; /* connections.jsonl */
    int64_t started;
    enum bench_phase phase;
    int status; /* 0, 1 interrupted, -1 failed and reported */
    char address[64];
    int port; /* where it listens */

    struct event_base *base;
    struct process *endpoint;
    struct event *tick, *signals[2];
    struct page *page;
};

int64_t bench_ms(void); /* the real time */

/* serve.c. Each NULL or -1 reported. */
/* A client certificate is wanted where boards are told apart by it. */
void serve_ask_certificates(struct bench *b);
char *serve_configuration(const struct bench *b);
/* Puts the courses' steps behind the one address. */
int serve_steps(struct bench *b);
/* From the id of a state: 0; -1: it is not a board's. */
int serve_step_of(const struct bench *b, const char *id, size_t *step,
                  size_t *board);

/* take.c */
/* Notes a connection that was told at this time. 0, the number of the board
 * that is at its next step now, plus one, or -1 reported. */
int take_connection(struct bench *b, const struct endpoint_event *e, int64_t at,
                    int is_live);
/* The harness's word about a cell, unless it has a record. 0, or -1 reported.
 */
int take_missing(struct bench *b, size_t cell, const char *note);

/* trigger.c */
/* Starts the command for a board's step; its environment tells what is served.
 */
void trigger_run(struct bench *b, size_t board);
void trigger_reap(struct bench *b, size_t board, int kills);

/* suites.c: what AWS IoT Core's policies have. NULL reported. */
struct suites *suites_new(void);
void suites_free(struct suites *s);
enum grade suites_grade(const struct suites *s, const struct hello *h);

/* log.c: every connection, as the endpoint told it. Each 0, or -1 reported. */
/* Takes clock and name of a run that was stopped, where there is one. */
int log_look(struct bench *b);
/* Opens the log, and gives each connection of it to `take`. */
int log_open(struct bench *b, int (*take)(struct bench *b, int64_t at,
                                          const char *line, size_t size));
int log_add(struct bench *b, int64_t at, const char *line, size_t size);

/* text.c: for the terminal. */
void text_start(const struct bench *b);
void text_steps(const struct bench *b);
void text_asked(const char *address, const char *sni);
void text_connection(const struct bench *b, size_t board, size_t step,
                     const struct record *r, enum course_turn turn);
void text_nobody(const char *address, const struct endpoint_side *side);
void text_missed(const struct bench *b, size_t board, size_t step);
void text_end(const struct bench *b);

/* bench_codec.c: as JSON, malloc'd; NULL if memory is out. */
char *bench_progress(const struct bench *b);
/* The first line of connections.jsonl; NULL reported. */
char *bench_head_encode(const struct bench *b);
/* *now is kept where each state has its own clock. The name, malloc'd; NULL: it
 * is no such line. */
char *bench_head_decode(const char *line, size_t size, int64_t *now,
                        int *has_own_clocks);
/* The event of another line, and when it was told. NULL: it is none. */
char *bench_line_decode(const char *line, size_t size, int64_t *at);

/* finish.c: judges, writes, reports. The exit status. */
int finish(struct bench *b);

/* store.c: the roots for the board's firmware, in OUT.roots. 0, or -1 reported.
 */
int store_write(struct bench *b);

/* page.c: a page that follows the bench. NULL reported. */
struct page *page_new(struct bench *b, int port);
int page_port(const struct page *p);
void page_free(struct page *p);

#endif
