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
    return s->kind == STEP_CELL ? s->is_attack : s->kind != STEP_DRILL;
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
    struct course_result *out = &c->results[of->step];

    if (c->failed_at > 0 && out->pauses_count < PAUSES_MAX)
        out->pauses[out->pauses_count++] =
            of->began_at > c->failed_at ? (double)(of->began_at - c->failed_at)
                                        : 0;
    c->failed_at = of->ended_at;
}

/* The pause behind each of these connections counts, until one ends otherwise
 * than it must, or there are enough. */
static enum course_turn repeats_take(struct course *c,
                                     const struct course_connection *of)
{
    const struct step *s = &c->steps->items[of->step];
    struct course_result *out = &c->results[of->step];
    int goes_on =
        s->kind == STEP_DRILL || of->record->outcome == OUTCOME_REFUSED;

    pause_note(c, of);
    result_set(c, of->step, of->record);
    if (goes_on && out->pauses_count < s->repeats) {
        out->is_there = 0;
        return COURSE_AGAIN;
    }
    out->retry = retry_judge(out->pauses, out->pauses_count, 1);
    out->grade = grade_retry(out->retry);
    go_on(c, 1);
    return COURSE_DONE;
}

/* One connection tells, if it spoke MQTT at all. */
static enum course_turn drill_take(struct course *c,
                                   const struct course_connection *of)
{
    const struct step *s = &c->steps->items[of->step];
    const struct endpoint_side *e = of->record->endpoint;
    const char *why;
    enum grade grade = drill_grade(s->drill, e, &why);

    if ((!e || !e->mqtt || e->mqtt->version == 0) && ++c->tries < TRIES_MAX)
        return COURSE_AGAIN;
    result_set(c, of->step, of->record);
    c->results[of->step].grade = grade;
    free(c->results[of->step].note);
    c->results[of->step].note = strdup(why);
    go_on(c, 0);
    return COURSE_DONE;
}

static void mqtt_count(struct course *c, const struct mqtt_side *m)
{
    if (m == NULL)
        return;
    c->mqtt[0] += m->connack == 0;
    c->mqtt[1] += m->subscribed;
    c->mqtt[2] += m->published[0] + m->published[1];
}

enum course_turn course_take(struct course *c,
                             const struct course_connection *of)
{
    const struct step *s = &c->steps->items[of->step];

    c->misses = 0;
    c->connections++;
    if (of->record->endpoint != NULL)
        mqtt_count(c, of->record->endpoint->mqtt);
    if (c->rests && of->step == c->home)
        return home_take(c, of);
    if (of->step != c->step || c->rests)
        return COURSE_AGAIN;
    if (s->repeats > 0)
        return repeats_take(c, of);
    if (s->kind == STEP_DRILL)
        return drill_take(c, of);
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
    if (c->steps->items[at].repeats > 0) {
        out->retry = retry_judge(out->pauses, out->pauses_count, 0);
        out->outcome = OUTCOME_REFUSED;
        out->grade = grade_retry(out->retry);
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
