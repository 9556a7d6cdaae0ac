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

/* What the cell does now, beside what it did in the run. */
void story_again(FILE *to, const struct record *old, const struct record *now);
/* What the cell does with a change (`explain --try`). */
void story_tried(FILE *to, const char *change, const struct record *now);
/* What was sent, link by link, and each anchor of the device
 * (cli/story_path.c).
 */
void story_path(const struct story *s);

#endif
