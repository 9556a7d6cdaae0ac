/* A run of devices, and its lanes. Part of cli/rotate_run.c and
 * cli/rotate_lane.c. */
#ifndef CLI_ROTATE_INSIDE_H
#define CLI_ROTATE_INSIDE_H

#include <stddef.h>

#include "cli/rotate_run.h"
#include "rotation/cell.h"

struct account;
struct cloud;
struct cloud_hooks;
struct event_base;
struct run;
struct worker;

enum phase { BEGINS, GOES, ENDS };

struct lane {
    struct run *run;
    struct worker *worker;
    struct rotation_cell *cell; /* NULL: idle */
    struct rotation_connection connection;
    int is_request; /* the job in flight */
};

struct run {
    struct rotate_site *site;
    const struct rotate_run_options *options;
    struct event_base *base;
    struct cloud *cloud;
    struct lane *lanes;
    size_t lanes_count;
    struct rotation_cell *cells; /* of this part of the run */
    size_t count, next;
    size_t total, done; /* of the whole run: devices */
    enum phase phase;
    int day;
    int has_failed;
};

/* What every device's certificate may, in the account. */
#define ROTATE_POLICY "rotation"

/* Has the cell nothing more to do, as far as anybody knows? */
int run_is_done(const struct run *r, const struct rotation_cell *c);
/* What the run's cloud asks. */
struct cloud_hooks lane_hooks(struct run *r);
/* 0, or -1 reported. */
int lane_open(struct lane *l, struct run *r);
/* Takes the next cell of the run that has something to do. */
void lane_next(struct lane *l);
int lanes_are_idle(const struct run *r);

#endif
