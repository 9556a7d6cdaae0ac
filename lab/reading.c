/* Reads a run as a stream: of a file of lines no more than one line is in
 * memory. */
#include "lab/reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/map.h"
#include "model/line_codec.h"
#include "model/plan_codec.h"
#include "model/verdict_stream.h"

int reading_plan(const char *dir, struct plan *out)
{
    char *path = format("%s/plan.json", dir);
    FILE *f = path ? fopen(path, "re") : NULL;
    int status = -1;

    if (f)
        status = plan_read(f, path, out);
    else
        diag("%s/plan.json: %s", dir, strerror(errno));
    if (f)
        fclose(f);
    free(path);
    return status;
}

int reading_verdicts(const char *dir, struct run_facts *run,
                     struct judgements *out)
{
    char *path = format("%s/verdicts.json", dir);
    FILE *f = path ? fopen(path, "re") : NULL;
    int status = -1;

    if (f)
        status = verdicts_read(f, path, run, out);
    else
        diag("%s/verdicts.json: %s", dir, strerror(errno));
    if (f)
        fclose(f);
    free(path);
    return status;
}

struct line_place {
    char where[4200]; /* "file:12" */
    size_t at;        /* bytes before it */
};

static int torn(const struct line_place *place)
{
    diag("%s: not a whole record", place->where);
    return -1;
}

/* Calls `each` with every line of a file. */
static int lines(const char *path,
                 int (*each)(void *arg, const char *line, size_t size,
                             const struct line_place *place),
                 void *arg)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t room = 0, at = 0;
    int status = 0;

    if (!f) {
        diag("%s: %s", path, strerror(errno));
        return -1;
    }
    for (unsigned long n = 1; status == 0; n++) {
        ssize_t size = getline(&line, &room, f);
        struct line_place place = {.at = at};

        if (size < 0)
            break;
        snprintf(place.where, sizeof place.where, "%s:%lu", path, n);
        at += (size_t)size;
        status = line[size - 1] == '\n' ? each(arg, line, (size_t)size, &place)
                                        : torn(&place);
    }
    free(line);
    fclose(f);
    return status;
}

struct place {     /* of a record's line */
    uint64_t hash; /* of the cell's id */
    size_t at;
};

struct records {
    char *path;
    struct hellos hellos;
    void (*prepare)(void *arg, struct record *record);
    void *arg;
    struct place *places; /* once all were read: by hash */
    size_t count, room;
    int is_whole;
    struct map kept; /* of a cell's id: the record that was asked for */
    FILE *file;      /* open, for it may be moved */
    char *line;
    size_t line_room;
};

static int on_hello(void *arg, const char *line, size_t size,
                    const struct line_place *place)
{
    struct records *r = arg;

    return hello_of_line(line, size, &r->hellos) ? torn(place) : 0;
}

struct records *records_open(const char *dir)
{
    struct records *r = calloc(1, sizeof *r);
    char *hellos = format("%s/hellos.jsonl", dir);
    int status = -1;

    if (r) {
        hellos_init(&r->hellos);
        r->path = format("%s/results.jsonl", dir);
    }
    if (!hellos || !r || !r->path)
        diag("out of memory");
    else
        status = file_exists(hellos) ? lines(hellos, on_hello, r) : 0;
    free(hellos);
    if (status == 0 && !(r->file = fopen(r->path, "re"))) {
        diag("%s: %s", r->path, strerror(errno));
        status = -1;
    }
    if (status == 0)
        return r;
    records_free(r);
    return NULL;
}

static void kept_free(void *record)
{
    record_free(record);
}

void records_free(struct records *r)
{
    if (!r)
        return;
    map_drop(&r->kept, kept_free);
    hellos_clear(&r->hellos);
    if (r->file)
        fclose(r->file);
    free(r->line);
    free(r->places);
    free(r->path);
    free(r);
}

void records_prepare(struct records *r,
                     void (*prepare)(void *arg, struct record *record),
                     void *arg)
{
    r->prepare = prepare;
    r->arg = arg;
}

/* FNV-1a. */
static uint64_t hash_of(const char *id)
{
    uint64_t h = 14695981039346656037U;

    for (; *id; id++)
        h = (h ^ (uint8_t)*id) * 1099511628211U;
    return h;
}

static int note_place(struct records *r, const char *cell, size_t at)
{
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        struct place *grown = realloc(r->places, room * sizeof *grown);

        if (!grown) {
            diag("out of memory");
            return -1;
        }
        r->places = grown;
        r->room = room;
    }
    r->places[r->count++] = (struct place){hash_of(cell), at};
    return 0;
}

static int by_hash(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

struct pass {
    struct records *records;
    reading_record_fn *each;
    void *arg;
};

static int on_record(void *arg, const char *line, size_t size,
                     const struct line_place *place)
{
    const struct pass *p = arg;
    struct records *r = p->records;
    struct record *record = record_of_line(line, size, &r->hellos);

    if (!record)
        return torn(place);
    if (!r->is_whole && note_place(r, record->cell, place->at)) {
        record_free(record);
        return -1;
    }
    if (p->each) {
        if (r->prepare)
            r->prepare(r->arg, record);
        return p->each(p->arg, record);
    }
    record_free(record);
    return 0;
}

int records_each(struct records *r, reading_record_fn *each, void *arg)
{
    struct pass p = {r, each, arg};
    int status;

    if (!r->is_whole)
        r->count = 0;
    status = lines(r->path, on_record, &p);
    if (status == 0 && !r->is_whole) {
        if (r->count)
            qsort(r->places, r->count, sizeof *r->places, by_hash);
        r->is_whole = 1;
    }
    return status;
}

/* The first place of this hash, or where it would be. */
static size_t first_place(const struct records *r, uint64_t hash)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->places[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* NULL reported. */
static struct record *read_at(struct records *r, size_t at)
{
    struct record *record = NULL;
    ssize_t n = -1;

    if (fseeko(r->file, (off_t)at, SEEK_SET) == 0)
        n = getline(&r->line, &r->line_room, r->file);
    if (n > 0)
        record = record_of_line(r->line, (size_t)n, &r->hellos);
    if (!record)
        diag("%s: byte %zu: no record starts here any more", r->path, at);
    else if (r->prepare)
        r->prepare(r->arg, record);
    return record;
}

const struct record *records_find(struct records *r, const char *cell)
{
    uint64_t hash = hash_of(cell);
    struct record *found = NULL;
    void **place = map_find(&r->kept, cell, strlen(cell));

    if (place)
        return *place;
    if (!r->is_whole && records_each(r, NULL, NULL))
        return NULL;
    for (size_t i = first_place(r, hash);
         !found && i < r->count && r->places[i].hash == hash; i++) {
        found = read_at(r, r->places[i].at);
        if (found && strcmp(found->cell, cell) != 0) {
            record_free(found);
            found = NULL;
        }
    }
    place = found ? map_place(&r->kept, cell, strlen(cell)) : NULL;
    if (place)
        return *place = found;
    if (found)
        diag("out of memory");
    record_free(found);
    return NULL;
}
