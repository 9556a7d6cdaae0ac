/* Connections become records, and records a board's way. */
#include "board/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "judge/alone.h"
#include "judge/judging.h"
#include "model/wire_line.h"

int take_missing(struct bench *b, size_t cell, const char *note)
{
    char *id;
    struct record *r;
    int status;

    if (results_has(b->results, cell))
        return 0;
    id = lab_plan_cell_id(b->steps.plan, cell);
    r = id == NULL ? NULL : record_new(id, BOARD_STACK);
    free(id);
    if (r == NULL) {
        diag("out of memory");
        return -1;
    }
    r->reason = REASON_TIMEOUT;
    r->note = strdup(note);
    judging_outcome(&b->steps.plan->plan, r);
    status = results_append(b->results, r);
    record_free(r);
    return status;
}

static struct record *record_make(struct bench *b, size_t board, size_t step,
                                  struct endpoint_side *side)
{
    const struct step *s = &b->steps.items[step];
    const struct plan_scenario *scenario =
        &b->steps.plan->plan.scenarios[s->scenario];
    char *id =
        s->kind == STEP_CELL
            ? lab_plan_cell_id(b->steps.plan, steps_cell(&b->steps, s, board))
            : format("board/%zu/%s-" BOARD_STACK, step, b->boards[board].name);
    struct record *r = id == NULL ? NULL : record_new(id, BOARD_STACK);

    free(id);
    if (r == NULL)
        return NULL;
    r->endpoint = endpoint_side_hold(side);
    alone_judge(
        r, plan_state_served(scenario, &scenario->states[s->state],
                             side->hello == NULL || side->hello->sni != NULL));
    return r;
}

/* Whose is it? b->count: nobody's. What a board says of itself counts more than
 * the address that it came from. */
static size_t board_of(struct bench *b, const struct endpoint_event *e,
                       size_t *step)
{
    const struct endpoint_side *side = e->side;
    size_t board = b->count, said;

    if (serve_step_of(b, e->state, step, &board) != 0) {
        *step = 0;
        board = b->count;
    }
    said = who_says(b->boards, b->count, e->peer_address,
                    side->mqtt == NULL ? NULL : side->mqtt->client_id,
                    side->client_certificate.there
                        ? side->client_certificate.sha256
                        : NULL);
    return said < b->count ? said : board;
}

int take_connection(struct bench *b, const struct endpoint_event *e, int64_t at,
                    int is_live)
{
    size_t step, board = board_of(b, e, &step);
    struct course_connection of = {.step = step, .ended_at = at};
    struct course *c;
    struct record *r;
    enum course_turn turn;
    int status = 0;

    if (board == b->count) {
        if (is_live)
            text_nobody(e->peer_address, e->side);
        return 0;
    }
    c = &b->seats[board].course;
    b->seats[board].waits_since = at;
    r = record_make(b, board, step, e->side);
    if (r == NULL)
        return -1;
    of.record = r;
    of.began_at = at - (int64_t)e->side->ms;
    if (e->side->hello != NULL)
        c->suites = suites_grade(b->suites, e->side->hello);
    turn = course_take(c, &of);
    if (is_live)
        text_connection(b, board, step, r, turn);
    if ((turn == COURSE_DONE || turn == COURSE_PASSED) &&
        b->steps.items[step].kind == STEP_CELL &&
        !results_has(b->results,
                     steps_cell(&b->steps, &b->steps.items[step], board)))
        status = results_append(b->results, r);
    record_free(r);
    return status != 0 ? -1 : turn != COURSE_AGAIN ? (int)board + 1 : 0;
}
