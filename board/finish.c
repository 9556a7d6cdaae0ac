/* The verdicts of a board are not diagnosed by experiments, which would need
 * the board: what it did is told instead. */
#include "board/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "judge/alone.h"
#include "lab/reading.h"
#include "model/reason.h"
#include "model/verdict.h"

/* States that cannot be served, and cells of a board that never came. */
static int missing_add(struct bench *b)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < b->steps.plan->cells_count; i++)
        status = take_missing(b, i, "the board did not connect");
    return status;
}

static char *how_text(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;
    int code = alone_alert(e);
    const char *name = code == ALERT_NONE ? NULL : alert_name(code);

    if (code != ALERT_NONE)
        return format("It sent the alert %s (%d)", name == NULL ? "?" : name,
                      code);
    return format("It closed the connection (%s) without an alert",
                  record_hows[e->closed_how]);
}

/* What the board did, and what it was sent before and after. */
static char *cause_text(const struct record *before, const struct record *at)
{
    const struct endpoint_side *e = at->endpoint;
    const struct endpoint_side *was =
        before == NULL || before == at ? NULL : before->endpoint;
    char *how = how_text(at), *text = NULL;

    if (how == NULL)
        return NULL;
    if (e->certificates == 0)
        text = format("%s before it was sent a certificate, after %.0f ms.",
                      how, e->ms);
    else if (was != NULL && was->certificates > 0)
        text = format("%s %.0f ms after it connected; it was sent %u "
                      "certificates in %zu bytes, and %u in %zu bytes in the "
                      "state before.",
                      how, e->ms, e->certificates, e->certificate_bytes,
                      was->certificates, was->certificate_bytes);
    else
        text = format("%s %.0f ms after it connected; it was sent %u "
                      "certificates in %zu bytes.",
                      how, e->ms, e->certificates, e->certificate_bytes);
    free(how);
    return text;
}

int board_causes(struct judgements *verdicts, struct records *records)
{
    for (size_t i = 0; i < verdicts->count; i++) {
        struct judgement *j = &verdicts->items[i];
        const struct record *at = records_find(records, j->cell);
        char *id = format("%s/%s/%s", j->scenario, j->before, j->device);
        const struct record *before =
            id == NULL ? NULL : records_find(records, id);

        free(id);
        if (at == NULL || at->endpoint == NULL || j->cause != NULL)
            continue;
        if (at->outcome == OUTCOME_REFUSED && at->refused_by == PARTY_CLIENT)
            j->cause = cause_text(before, at);
        else if (j->verdict == VERDICT_INSECURE)
            j->cause = strdup("It finished the handshake and went on to speak "
                              "to an endpoint that it must refuse.");
    }
    return 0;
}

static int progress_write(const struct bench *b)
{
    char *text = bench_progress(b);
    char *path = format("%s/board.json", results_partial(b->results));
    int status = text == NULL || path == NULL
                     ? -1
                     : file_write(path, 0644, text, strlen(text));

    free(text);
    free(path);
    return status;
}

int finish(struct bench *b)
{
    if (missing_add(b) != 0 || progress_write(b) != 0)
        return EXIT_HARNESS;
    text_end(b);
    return b->options->close(b->options->close_arg, b->steps.plan, b->results,
                             b->started);
}
