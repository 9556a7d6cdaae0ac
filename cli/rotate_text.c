/* Cells that differ in their stack build alone are one line. */
#include "cli/rotate_text.h"

#include <string.h>

enum { OUTCOME_ROOM = 64 };

static int is_at(const struct rotation_cell *c,
                 const struct rotation_cell *like)
{
    return c->fault == like->fault && c->step == like->step;
}

/* The first cell of a store with the fault of another one; NULL: none. */
static const struct rotation_cell *cell_at(const struct rotation_cell *cells,
                                           size_t count,
                                           const struct rotation_cell *like,
                                           enum rotation_store store)
{
    for (size_t i = 0; i < count; i++)
        if (is_at(&cells[i], like) && cells[i].store == store)
            return &cells[i];
    return NULL;
}

/* What is told of a cell in the table. */
static void outcome_text(const struct rotation_cell *c, char to[OUTCOME_ROOM])
{
    const char *more = c->others > 0 ? " +" : "";

    switch (rotation_cell_verdict(c)) {
    case ROTATION_RECOVERS:
        if (c->rotated_on < 0)
            snprintf(to, OUTCOME_ROOM, "recovers late%s", more);
        else
            snprintf(to, OUTCOME_ROOM, "recovers, day %d%s", c->rotated_on,
                     more);
        break;
    case ROTATION_STRANDED:
        snprintf(to, OUTCOME_ROOM, "STRANDED at %s%s",
                 rotation_step_name(c->at), more);
        break;
    default:
        snprintf(to, OUTCOME_ROOM, "%s%s",
                 rotation_verdict_name(rotation_cell_verdict(c)), more);
    }
}

static int is_alike(const struct rotation_cell *a,
                    const struct rotation_cell *b)
{
    char one[OUTCOME_ROOM], other[OUTCOME_ROOM];

    outcome_text(a, one);
    outcome_text(b, other);
    return strcmp(one, other) == 0;
}

static void fault_text(const struct rotation_cell *c, char to[64])
{
    if (c->fault == ROTATION_FAULT_NONE)
        snprintf(to, 64, "none");
    else
        snprintf(to, 64, "%s@%s", rotation_fault_name(c->fault),
                 rotation_step_name(c->step));
}

static void row_print(FILE *to, const struct rotation_cell *cells, size_t count,
                      const struct rotation_cell *first)
{
    char text[64];

    fault_text(first, text);
    fprintf(to, "%-35s", text);
    for (int s = 0; s < ROTATION_STORES; s++) {
        const struct rotation_cell *c =
            cell_at(cells, count, first, (enum rotation_store)s);

        text[0] = '\0';
        if (c != NULL)
            outcome_text(c, text);
        fprintf(to, " %-23s", text);
    }
    fprintf(to, "\n");
}

/* Every fault once, as it went for the first stack build that has it. */
static void table_print(FILE *to, const struct rotation_cell *cells,
                        size_t count)
{
    fprintf(to, "\n%-35s", "");
    for (int s = 0; s < ROTATION_STORES; s++)
        fprintf(to, " %-23s", rotation_store_name((enum rotation_store)s));
    fprintf(to, "\n");
    for (size_t i = 0; i < count; i++) {
        int is_told = 0;

        for (size_t k = 0; k < i && !is_told; k++)
            is_told = is_at(&cells[k], &cells[i]);
        if (!is_told)
            row_print(to, cells, count, &cells[i]);
    }
}

/* What is not as the table says, and what failed. */
static void others_print(FILE *to, const struct rotation_cell *cells,
                         size_t count)
{
    int is_headed = 0;

    for (size_t i = 0; i < count; i++) {
        const struct rotation_cell *c = &cells[i];
        char text[OUTCOME_ROOM];

        if (c->error == NULL && is_alike(c, cell_at(cells, count, c, c->store)))
            continue;
        if (!is_headed)
            fprintf(to, "\nnot as in the table\n");
        is_headed = 1;
        outcome_text(c, text);
        fprintf(to, "  %s: %s%s%s\n", c->id, text, c->error ? ": " : "",
                c->error ? c->error : "");
    }
}

static int strands(const struct rotation_cell *cells, size_t count,
                   const struct rotation_cell *like, enum rotation_store store)
{
    const struct rotation_cell *c = cell_at(cells, count, like, store);

    return c == NULL || rotation_cell_verdict(c) == ROTATION_STRANDED ||
           rotation_cell_verdict(c) == ROTATION_ERROR;
}

/* Both sides as they were at the end. */
static void sides_print(FILE *to, const struct rotation_cell *c)
{
    static const char *const uses[] = {"nothing", "the old one", "the new one"};

    fprintf(to, "the device has %s, the cloud has the old one %s",
            uses[c->uses],
            c->old_status[0] == '\0' ? "deleted" : c->old_status);
    if (c->others > 0)
        fprintf(to, " and %zu more active", c->others);
    fprintf(to, "; ");
}

/* Another store that was tried with the same fault, and is not stranded. */
static void mends_print(FILE *to, const struct rotation_cell *cells,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct rotation_cell *c = &cells[i];
        char text[64];
        int mends = 0;

        if (rotation_cell_verdict(c) != ROTATION_STRANDED ||
            cell_at(cells, count, c, c->store) != c)
            continue;
        fault_text(c, text);
        fprintf(to, "  %s with %s: ", rotation_store_name(c->store), text);
        sides_print(to, c);
        for (int s = 0; s < ROTATION_STORES; s++)
            if (!strands(cells, count, c, (enum rotation_store)s))
                fprintf(to, "%s%s", mends++ > 0 ? ", " : "mended by ",
                        rotation_store_name((enum rotation_store)s));
        fprintf(to, "%s\n",
                mends > 0 ? "" : "no store that was tried mends it");
    }
}

void rotate_text_print(FILE *to, const struct rotation_cell *cells,
                       size_t count)
{
    size_t counts[ROTATION_VERDICTS] = {0}, left = 0;

    for (size_t i = 0; i < count; i++) {
        counts[rotation_cell_verdict(&cells[i])]++;
        left += cells[i].others > 0;
    }
    fprintf(to, "%zu devices:", count);
    for (int v = 0; v < ROTATION_VERDICTS; v++)
        if (counts[v] > 0 || v != ROTATION_ERROR)
            fprintf(to, "%s %zu %s", v == 0 ? "" : ",", counts[v],
                    rotation_verdict_name((enum rotation_verdict)v));
    fprintf(to, "\n");
    if (left > 0)
        fprintf(to,
                "%zu of them (+) leave a certificate active that no device "
                "uses\n",
                left);
    table_print(to, cells, count);
    others_print(to, cells, count);
    if (counts[ROTATION_STRANDED] > 0) {
        fprintf(to, "\nstranded\n");
        mends_print(to, cells, count);
    }
}
