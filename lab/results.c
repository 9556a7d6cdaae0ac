/* Files of a run. Nothing appears under its final name before it is whole. */
#include "lab/results.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/results_lines.h"
#include "lab/results_minted.h"
#include "lab/results_place.h"
#include "model/line_codec.h"
#include "model/plan_codec.h"
#include "model/verdict_stream.h"

struct results {
    char *out, *partial;
    int lock;
    struct lines records, hellos, experiments;
    struct minted minted;
    struct lab_plan *plan;
    size_t *places;      /* of each cell: where its line starts, plus one; 0: it
                            has none */
    struct hellos known; /* those of hellos.jsonl */
};

char *results_beside(const char *out, const char *ending)
{
    size_t n = strlen(out);

    while (n > 1 && out[n - 1] == '/')
        n--;
    return format("%.*s%s", (int)n, out, ending);
}

static char *partial_of(const char *out)
{
    return results_beside(out, ".partial");
}

static int refuse_foreign(const char *path)
{
    diag("%s: holds something that is no run of chainbreak, or is a link; it "
         "is not touched: name another folder with --out",
         path);
    return -1;
}

static int has_lines(const char *partial)
{
    char *path = format("%s/results.jsonl", partial);
    FILE *f = path ? fopen(path, "re") : NULL;
    int has = f && fgetc(f) != EOF;

    if (f)
        fclose(f);
    free(path);
    return has;
}

/* A run that was swapped in left the one before it here when it was killed: the
 * newer one stands. */
static int is_leftover(const char *out, const char *partial)
{
    int64_t there, here;

    return place_look(out, &there) == PLACE_OURS &&
           place_look(partial, &here) == PLACE_OURS && here <= there &&
           there > 0;
}

static int check_partial(const char *out, const char *partial,
                         enum results_mode mode)
{
    int64_t run;
    enum place place = place_look(partial, &run);

    if (place == PLACE_FOREIGN)
        return refuse_foreign(partial);
    if (place != PLACE_OURS || mode != RESULTS_NEW || !has_lines(partial) ||
        is_leftover(out, partial))
        return 0;
    diag("%s: a run that was stopped; take it up with --resume, or begin anew "
         "with --fresh",
         partial);
    return -1;
}

int results_check(const char *out, enum results_mode mode)
{
    char *place = results_beside(out, ""), *partial = partial_of(out);
    const char *slash = place ? strrchr(place, '/') : NULL;
    const char *last = slash ? slash + 1 : place;
    int64_t run;
    int status = -1;

    if (!place || !partial)
        diag("out of memory");
    else if (!*last || !strcmp(last, ".") || !strcmp(last, "..") ||
             place_is_above(place))
        diag("--out %s: is the current folder or one above it; name a folder "
             "of its own",
             out);
    else if (place_look(place, &run) == PLACE_FOREIGN)
        refuse_foreign(place);
    else
        status = check_partial(place, partial, mode);
    free(place);
    free(partial);
    return status;
}

static int lock(struct results *r)
{
    if (file_mkdirs(r->partial, 0755))
        return -1;
    r->lock = open(r->partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (r->lock < 0) {
        diag("%s: %s", r->partial, strerror(errno));
        return -1;
    }
    if (flock(r->lock, LOCK_EX | LOCK_NB) != 0) {
        diag("%s: another run writes there now", r->out);
        return -1;
    }
    return 0;
}

static int empty(const char *dir)
{
    DIR *d = opendir(dir);
    const struct dirent *e;
    int status = 0;

    while (d && status == 0 && (e = readdir(d)) != NULL) {
        char *path;

        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        path = format("%s/%s", dir, e->d_name);
        status = path ? file_remove_tree(path) : -1;
        free(path);
    }
    if (d)
        closedir(d);
    return status;
}

/* Is the file there, and exactly so? */
static int same_file(const struct results *r, const char *name,
                     const char *text)
{
    char *path = format("%s/%s", r->partial, name);
    FILE *f = path ? fopen(path, "re") : NULL;
    char buffer[65536];
    size_t n, all = strlen(text), at = 0;
    int same = f != NULL;

    while (same && (n = fread(buffer, 1, sizeof buffer, f)) > 0) {
        same = n <= all - at && !memcmp(buffer, text + at, n);
        at += n;
    }
    if (f)
        fclose(f);
    free(path);
    return same && at == all;
}

static int write_file(const char *dir, const char *name, const char *text)
{
    char *path = format("%s/%s", dir, name);
    int status = path ? file_write(path, 0644, text, strlen(text)) : -1;

    free(path);
    return status;
}

static int64_t run_number(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int start_anew(struct results *r, const char *plan, const char *programs)
{
    return empty(r->partial) || place_mark(r->partial, run_number()) ||
                   write_file(r->partial, "planned.json", plan) ||
                   write_file(r->partial, "programs", programs)
               ? -1
               : 0;
}

static int note_hello(void *arg, const char *line, size_t size, size_t at)
{
    struct results *r = arg;

    (void)at;
    return hello_of_line(line, size, &r->known);
}

/* NULL: no such cell. */
static size_t *place_of(const struct results *r, const char *cell)
{
    size_t number = lab_plan_find(r->plan, cell);

    return number < r->plan->cells_count ? &r->places[number] : NULL;
}

/* Errors are run again, so they have no place. */
static int note_record(void *arg, const char *line, size_t size, size_t at)
{
    struct results *r = arg;
    struct record *record = record_of_line(line, size, &r->known);
    size_t *place = record ? place_of(r, record->cell) : NULL;

    if (place)
        *place = record->outcome != OUTCOME_ERROR ? at + 1 : 0;
    record_free(record);
    return place ? 0 : -1;
}

static int take_up(struct results *r)
{
    return lines_take_up(&r->hellos, note_hello, r) ||
                   lines_take_up(&r->records, note_record, r)
               ? -1
               : 0;
}

/* 1: the stopped run is to be taken up; 0: it is to go, or there is none; -1
 * reported. */
static int is_to_be_resumed(const struct results *r, const char *plan,
                            const char *programs, enum results_mode mode)
{
    int64_t run;

    if (mode != RESULTS_RESUME || is_leftover(r->out, r->partial) ||
        place_look(r->partial, &run) != PLACE_OURS)
        return 0;
    if (!same_file(r, "planned.json", plan)) {
        diag("--resume: %s was made from another plan; begin anew with "
             "--fresh",
             r->partial);
        return -1;
    }
    if (!same_file(r, "programs", programs)) {
        diag("--resume: a program of %s, or a library that it loads, is "
             "another one now; begin anew with --fresh",
             r->partial);
        return -1;
    }
    return 1;
}

static int open_files(struct results *r)
{
    return lines_open(&r->records, r->partial, "results.jsonl") ||
                   lines_open(&r->hellos, r->partial, "hellos.jsonl") ||
                   lines_open(&r->experiments, r->partial,
                              "experiments.jsonl") ||
                   minted_open(&r->minted, r->partial)
               ? -1
               : 0;
}

static int prepare(struct results *r, const char *plan, const char *programs,
                   enum results_mode mode, int *status)
{
    int resumed;

    if (results_check(r->out, mode)) {
        *status = EXIT_USAGE_ERROR;
        return -1;
    }
    if (lock(r))
        return -1;
    resumed = is_to_be_resumed(r, plan, programs, mode);
    if (resumed < 0) {
        *status = EXIT_USAGE_ERROR;
        return -1;
    }
    if (!resumed && start_anew(r, plan, programs))
        return -1;
    if (open_files(r))
        return -1;
    if (!resumed)
        return 0;
    if (minted_take_up(&r->minted, r->plan)) {
        *status = EXIT_USAGE_ERROR;
        return -1;
    }
    return take_up(r);
}

struct results *results_open(const char *out, struct lab_plan *plan,
                             const char *programs, enum results_mode mode,
                             int *status)
{
    struct results *r = calloc(1, sizeof *r);
    char *text = r ? plan_text(&plan->plan) : NULL;

    *status = EXIT_HARNESS;
    if (!r)
        diag("out of memory");
    if (r)
        r->lock = r->records.fd = r->hellos.fd = r->experiments.fd =
            r->minted.fd = -1;
    if (!text)
        goto fail;
    hellos_init(&r->known);
    r->plan = plan;
    r->places = calloc(plan->cells_count + 1, sizeof *r->places);
    r->out = results_beside(out, "");
    r->partial = partial_of(out);
    if (!r->partial || !r->places) {
        diag("out of memory");
        goto fail;
    }
    if (prepare(r, text, programs, mode, status))
        goto fail;
    free(text);
    return r;
fail:
    free(text);
    results_free(r);
    return NULL;
}

void results_free(struct results *r)
{
    if (!r)
        return;
    lines_close(&r->records);
    lines_close(&r->hellos);
    lines_close(&r->experiments);
    minted_close(&r->minted);
    if (r->lock >= 0)
        close(r->lock);
    free(r->places);
    hellos_clear(&r->known);
    free(r->out);
    free(r->partial);
    free(r);
}

const char *results_out(const struct results *r)
{
    return r->out;
}

const char *results_partial(const struct results *r)
{
    return r->partial;
}

int results_has(const struct results *r, size_t cell)
{
    return r->places[cell] > 0;
}

static int append_hello(struct results *r, const struct record *record)
{
    const struct hello *h = record->endpoint ? record->endpoint->hello : NULL;
    char *line;
    int status;

    if (!h || hellos_find(&r->known, h->id))
        return 0;
    line = hello_line(h);
    status = line ? hello_of_line(line, strlen(line), &r->known) : -1;
    if (status == 0)
        return lines_append(&r->hellos, line);
    free(line);
    return status;
}

static int append(struct results *r, struct lines *to,
                  const struct record *record)
{
    return append_hello(r, record) ? -1 : lines_append(to, record_line(record));
}

int results_append(struct results *r, const struct record *record)
{
    size_t at = r->records.end;
    size_t *place = place_of(r, record->cell);

    if (!place) {
        diag("%s: this cell is not in the plan", record->cell);
        return -1;
    }
    if (minted_tell(&r->minted, r->plan) || append(r, &r->records, record))
        return -1;
    *place = at + 1;
    return 0;
}

int results_append_experiment(struct results *r, const struct record *record)
{
    return append(r, &r->experiments, record);
}

struct record *results_record(struct results *r, const char *cell)
{
    const size_t *at = place_of(r, cell);
    size_t size = 0;
    char *line = at && *at ? lines_read(&r->records, *at - 1, &size) : NULL;
    struct record *record = line ? record_of_line(line, size, &r->known) : NULL;

    if (line && !record)
        diag("%s: byte %zu: no record starts here", r->records.path, *at - 1);
    free(line);
    return record;
}

static void tell_missing(const struct results *r, size_t cell)
{
    char *id = lab_plan_cell_id(r->plan, cell);

    if (id)
        diag("%s: this cell has no record", id);
    free(id);
}

int results_sort(struct results *r)
{
    struct lines_sorting s;
    int status = 0;

    if (lines_sort_begin(&s, &r->records))
        return -1;
    for (size_t i = 0; i < r->plan->cells_count && status == 0; i++) {
        size_t at = r->places[i];

        if (at == 0) {
            tell_missing(r, i);
            status = -1;
            break;
        }
        r->places[i] = s.written + 1;
        status = lines_sort_copy(&s, at - 1);
    }
    return lines_sort_end(&s, status);
}

/* 0, or -1 reported; then the file is gone again. */
static int stream_verdicts(const char *path, const struct run_facts *run,
                           const struct judgements *j)
{
    FILE *f = fopen(path, "we");
    int status;

    if (!f) {
        diag("%s: %s", path, strerror(errno));
        return -1;
    }
    status = verdicts_write(f, path, run, j);
    if (fclose(f) != 0 && status == 0) {
        diag("%s: %s", path, strerror(errno));
        status = -1;
    }
    if (status)
        unlink(path);
    return status;
}

int results_put_verdicts(const char *dir, const struct run_facts *run,
                         const struct judgements *j)
{
    char *path = format("%s/verdicts.json", dir);
    char *temporary = format("%s/verdicts.json.%ld", dir, (long)getpid());
    int status = -1;

    if (!path || !temporary)
        diag("out of memory");
    else
        status = stream_verdicts(temporary, run, j);
    if (status == 0 && rename(temporary, path) != 0) {
        diag("%s: %s", path, strerror(errno));
        unlink(temporary);
        status = -1;
    }
    free(path);
    free(temporary);
    return status;
}

int results_write_verdicts(struct results *r, const struct run_facts *run,
                           const struct judgements *j)
{
    return results_put_verdicts(r->partial, run, j);
}

static int failed(const char *what, const char *path)
{
    diag("%s %s: %s", what, path, strerror(errno));
    return -1;
}

int results_write_plan(struct results *r)
{
    char *text = lab_plan_mint_all(r->plan) ? NULL : plan_text(&r->plan->plan);
    int status = text ? write_file(r->partial, "plan.json", text) : -1;

    free(text);
    return status;
}

/* Of use only while the run can be taken up; they name this machine's files. */
static void drop_working_files(const struct results *r)
{
    static const char *const names[] = {"programs", "planned.json", "minted"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = format("%s/%s", r->partial, names[i]);

        if (path)
            unlink(path);
        free(path);
    }
}

int results_swap(struct results *r)
{
    int64_t run;

    drop_working_files(r);

    /* Somebody else may have put something there while we ran. */
    if (place_look(r->out, &run) == PLACE_FOREIGN)
        return refuse_foreign(r->out);
    if (rename(r->partial, r->out) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return failed("rename", r->partial);
    if (renameat2(AT_FDCWD, r->partial, AT_FDCWD, r->out, RENAME_EXCHANGE) == 0)
        return file_remove_tree(r->partial);
    /* A file system without the exchange: a moment without a folder. */
    if (file_remove_tree(r->out))
        return -1;
    return rename(r->partial, r->out) ? failed("rename", r->partial) : 0;
}
