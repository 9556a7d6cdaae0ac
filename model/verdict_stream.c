/* Reads and writes the frame of verdicts.json; what is in it is the codec's. */
#include "model/verdict_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "model/verdict_codec.h"

static int put(FILE *to, const char *before, json_t *value)
{
    int failed = !value || fputs(before, to) == EOF ||
                 json_dumpf(value, to, JSON_COMPACT) != 0;

    json_decref(value);
    return failed ? -1 : 0;
}

int verdicts_write(FILE *to, const char *name, const struct run_facts *run,
                   const struct judgements *j)
{
    int status = put(to, "{\"run\": ", run_facts_encode(run));

    for (size_t i = 0; status == 0 && i < j->count; i++)
        status = put(to, i ? ",\n" : ",\n\"verdicts\": [\n",
                     judgement_encode(&j->items[i]));
    if (status == 0 &&
        fputs(j->count ? "\n]}\n" : ",\n\"verdicts\": []}\n", to) != EOF)
        return 0;
    diag("%s: cannot be written", name);
    return -1;
}

struct reading {
    FILE *from;
    const char *name;
    struct run_facts *run;
    struct judgements *verdicts;
    size_t room;
    int has_run, has_verdicts;
};

static int fault(const struct reading *r, const char *what)
{
    diag("%s: %s", r->name, what);
    return -1;
}

/* The next character that is no white space. */
static int next(const struct reading *r)
{
    int c = getc(r->from);

    while (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        c = getc(r->from);
    return c;
}

/* One value that ends by itself: a string, an object, an array. NULL,
 * reported. */
static json_t *value(const struct reading *r)
{
    json_error_t error;
    json_t *json =
        json_loadf(r->from, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &error);

    if (!json)
        fault(r, error.text);
    return json;
}

static int add(struct reading *r, const json_t *json)
{
    struct judgements *j = r->verdicts;

    if (j->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct judgement *grown = realloc(j->items, room * sizeof *grown);

        if (!grown)
            return fault(r, "out of memory");
        j->items = grown;
        r->room = room;
    }
    if (judgement_decode(json, r->name, &j->items[j->count]))
        return -1;
    j->count++;
    return 0;
}

static int read_verdicts(struct reading *r)
{
    int c = next(r);

    r->has_verdicts = 1;
    if (c != '[')
        return fault(r, "`verdicts` is no list");
    for (c = next(r); c != ']'; c = next(r)) {
        json_t *json;
        int status;

        if (c == ',' && r->verdicts->count)
            c = next(r);
        if (c != '{')
            return fault(r, "a verdict of it is no object");
        ungetc(c, r->from);
        json = value(r);
        status = json ? add(r, json) : -1;
        json_decref(json);
        if (status)
            return -1;
    }
    return 0;
}

static int read_run(struct reading *r)
{
    json_t *json = value(r);
    int status = json ? run_facts_decode(json, r->name, r->run) : -1;

    r->has_run = status == 0;
    json_decref(json);
    return status;
}

static int read_member(struct reading *r)
{
    json_t *key = value(r);
    const char *name = json_string_value(key);
    int status;

    if (!name || next(r) != ':')
        status = key ? fault(r, "a name and a colon were expected") : -1;
    else if (!strcmp(name, "run") && !r->has_run)
        status = read_run(r);
    else if (!strcmp(name, "verdicts") && !r->has_verdicts)
        status = read_verdicts(r);
    else
        status = fault(r, "a member that is neither `run` nor `verdicts`");
    json_decref(key);
    return status;
}

static int read_document(struct reading *r)
{
    int c = next(r);

    if (c != '{')
        return fault(r, "no JSON object: not of a run");
    for (c = next(r); c != '}'; c = next(r)) {
        if (c == ',')
            c = next(r);
        if (c != '"')
            return fault(r, "ends in the middle, or is no JSON");
        ungetc(c, r->from);
        if (read_member(r))
            return -1;
    }
    if (!r->has_run || !r->has_verdicts)
        return fault(r, "no `run` or no list `verdicts` in it: not of a run");
    return 0;
}

int verdicts_read(FILE *from, const char *name, struct run_facts *run,
                  struct judgements *j)
{
    struct reading r = {.from = from, .name = name, .run = run, .verdicts = j};

    memset(run, 0, sizeof *run);
    memset(j, 0, sizeof *j);
    if (read_document(&r) == 0)
        return 0;
    run_facts_clear(run);
    judgements_clear(j);
    return -1;
}
