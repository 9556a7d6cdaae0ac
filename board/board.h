/* `chainbreak board`: a real device is taken through the states of scenarios at
 * one address, and through what tells what it trusts and how it comes back. The
 * records are the endpoint's side alone. */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include "lab/plan.h"
#include "lab/results.h"

struct board_options {
    char *const *scenarios;   /* as of a plan; NULL: all built-in ones */
    char *const *boards;      /* NAME[=KEY], see who.h */
    char *const *trust_store; /* files with the roots that a board has */
    const char *out;          /* the folder of the results */
    const char *listen;       /* ADDR:PORT */
    const char *name;         /* the host that boards ask for; NULL: as the
                                 scenarios have it */
    const char *now;          /* a time, or "scenario"; NULL: the real one */
    const char *application;  /* "byte", "mqtt" */
    const char *upstream;     /* another broker; NULL */
    const char *trigger;      /* a command for the shell, at each step; NULL */
    int wait_s;               /* for a connection, at each step */
    int open_ms;              /* how long a connection is left open */
    int drill_ms; /* how long a connection of a drill is left open; 0: no drills
                   */
    int retries; /* how often a refusal is repeated to see the pauses; 0: not */
    int anchors; /* 1: find out what the board trusts */
    int page_port; /* of the page on the loopback address; 0: a free one */
    enum results_mode mode;
    /* When each cell has its record: judges and reports. The exit status. */
    int (*close)(void *arg, struct lab_plan *plan, struct results *results,
                 int64_t started);
    void *close_arg;
};

struct judgements;
struct records;
/* What each board did, as the cause of its verdict: for `close`, since no
 * experiment can be made. 0. */
int board_causes(struct judgements *verdicts, struct records *records);

/* The exit status of the program. */
int board_run(const struct board_options *o);

#endif
