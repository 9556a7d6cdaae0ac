/* The story of one cell for `explain`. */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include <stdio.h>

#include "report/view.h"

struct story {
    FILE *to;
    const struct run_view *view;
    const struct judgement *verdict;
    const struct record *record;
    const struct plan_scenario *scenario;
    const struct plan_state *state;
    const struct plan_device *device;
};

/* Finds what the record is about. 0, or -1: the plan has no such cell. */
int story_init(struct story *s, FILE *to, const struct run_view *v,
               const struct judgement *j, const struct record *r);
/* dir: the results, for the command that runs the cell alone. */
void story_print(const struct story *s, const char *dir);

/* What happened, from the record alone: also for a record that is no part of
 * the run (`explain --again`). */
void story_talk(FILE *to, const struct record *r);
/* What was sent, link by link, and each anchor of the device
 * (cli/story_path.c).
 */
void story_path(const struct story *s);

#endif
