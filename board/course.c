/* One function per kind of step. */
#include "board/course.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "judge/alone.h"

int course_init(struct course *c, const struct steps *s)
{
    memset(c, 0, sizeof(*c));
    c->steps = s;
    c->came_back = 1;
    c->home = s->count;
    c->results = calloc(s->count + 1, sizeof(*c->results));
    if (c->results != NULL)
        return 0;
    diag("out of memory");
    return -1;
}

void course_clear(struct course *c)
{
    for (size_t i = 0; c->results != NULL && i < c->steps->count; i++)
        free(c->results[i].note);
    free(c->results);
    memset(c, 0, sizeof(*c));
}

int course_is_over(const struct course *c)
{
    return c->step >= c->steps->count;
}

size_t course_served(const struct course *c)
{
    return c->rests ? c->home : c->step;
}

static int is_to_be_refused(const struct step *s)
{
    return s->kind != STEP_CELL || s->is_attack;
}

/* One refusal behind the other makes a device wait longer and longer: between
 * two of them it gets a state in which it connects. */
static void go_on(struct course *c, int was_refused)
{
    c->step++;
    while (!course_is_over(c) && c->results[c->step].is_there)
        c->step++;
    c->tries = 0;
    c->failed_at = 0;
    c->rests = was_refused && !course_is_over(c) && c->home < c->steps->count &&
               is_to_be_refused(&c->steps->items[c->step]);
}

static enum course_turn home_take(struct course *c,
                                  const struct course_connection *of)
{
    if (of->record->outcome != OUTCOME_CONNECTED && ++c->tries < TRIES_MAX)
        return COURSE_AGAIN;
    c->tries = 0;
    c->rests = 0;
    return COURSE_RESTED;
}

static void result_set(struct course *c, size_t at, const struct record *r)
{
    struct course_result *out = &c->results[at];

    out->is_there = 1;
    out->outcome = r->outcome;
    out->reason = r->reason;
    out->grade = grade_record(r, c->steps->items[at].is_attack ||
                                     c->steps->items[at].kind != STEP_CELL);
    if (c->steps->items[at].kind == STEP_ANCHOR)
        out->grade = GRADE_NONE;
    out->alert = r->endpoint == NULL ? ALERT_NONE : alone_alert(r->endpoint);
    free(out->note);
    out->note = r->note == NULL ? NULL : strdup(r->note);
    reaction_of(r, &out->reaction);
}

/* Does it tell what the step asks? */
static int tells(const struct step *s, const struct record *r)
{
    struct reaction reaction;

    if (s->kind == STEP_CELL)
        return r->outcome != OUTCOME_ERROR;
    reaction_of(r, &reaction);
    return reaction.there;
}

static void pause_note(struct course *c, const struct course_connection *of)
{
    int failed = of->record->outcome == OUTCOME_REFUSED;

    if (c->failed_at > 0 && c->pauses_count < PAUSES_MAX)
        c->pauses[c->pauses_count++] =
            of->began_at > c->failed_at ? (double)(of->began_at - c->failed_at)
                                        : 0;
    c->failed_at = failed ? of->ended_at : 0;
}

static enum course_turn retries_take(struct course *c,
                                     const struct course_connection *of,
                                     size_t wanted)
{
    pause_note(c, of);
    result_set(c, of->step, of->record);
    if (of->record->outcome == OUTCOME_REFUSED && c->pauses_count < wanted) {
        c->results[of->step].is_there = 0;
        return COURSE_AGAIN;
    }
    c->retry = retry_judge(c->pauses, c->pauses_count, 1);
    c->results[of->step].grade = grade_retry(c->retry);
    go_on(c, 1);
    return COURSE_DONE;
}

enum course_turn course_take(struct course *c,
                             const struct course_connection *of)
{
    const struct step *s = &c->steps->items[of->step];

    c->misses = 0;
    c->connections++;
    if (c->rests && of->step == c->home)
        return home_take(c, of);
    if (of->step != c->step || c->rests)
        return COURSE_AGAIN;
    if (s->kind == STEP_RETRIES)
        return retries_take(c, of, s->repeats);
    if (!tells(s, of->record)) {
        if (++c->tries < TRIES_MAX)
            return COURSE_AGAIN;
        result_set(c, of->step, of->record);
        go_on(c, 1);
        return COURSE_PASSED;
    }
    result_set(c, of->step, of->record);
    if (!is_to_be_refused(s) && of->record->outcome == OUTCOME_CONNECTED)
        c->home = of->step;
    go_on(c, of->record->outcome == OUTCOME_REFUSED);
    return COURSE_DONE;
}

enum course_turn course_miss(struct course *c)
{
    size_t at = c->step;
    struct course_result *out = &c->results[at];

    c->misses++;
    out->is_there = 1;
    out->outcome = OUTCOME_ERROR;
    out->reason = REASON_TIMEOUT;
    out->alert = ALERT_NONE;
    free(out->note);
    out->note = strdup("no connection came");
    c->rests = 0;
    if (c->steps->items[at].kind == STEP_RETRIES) {
        c->came_back = 0;
        c->retry = retry_judge(c->pauses, c->pauses_count, 0);
        out->outcome = OUTCOME_REFUSED;
        out->grade = grade_retry(c->retry);
    }
    go_on(c, 0);
    return COURSE_PASSED;
}

void course_trust(const struct course *c, enum trust *out)
{
    const struct steps *s = c->steps;
    struct reaction *roots = calloc(s->anchors + 1, sizeof(*roots));

    for (size_t i = 0; i < s->anchors; i++) {
        out[i] = TRUST_UNTRIED;
        if (roots != NULL)
            roots[i] = c->results[s->first_anchor + i].reaction;
    }
    if (roots != NULL && s->anchors > 0)
        trust_judge(&c->results[s->first_anchor - 1].reaction, roots,
                    s->anchors, out);
    free(roots);
}
