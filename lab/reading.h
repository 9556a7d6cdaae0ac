/* The readers of a finished run's folder (results/README.md): each document as
 * structs, the records line by line. */
#ifndef LAB_READING_H
#define LAB_READING_H

#include "model/plan.h"
#include "model/record_codec.h"
#include "model/verdict.h"

/* Each 0; -1 reported (what is missing, or where it is no such document), and
 * nothing to clear then. */
int reading_plan(const char *dir, struct plan *out);
int reading_verdicts(const char *dir, struct run_facts *run,
                     struct judgements *out);

/* Takes the record. Anything but 0 stops. */
typedef int reading_record_fn(void *arg, struct record *r);
/* Calls `each` for every record of results.jsonl, in its order; hellos gets the
 * ClientHellos that they name. */
int reading_records(const char *dir, struct hellos *hellos,
                    reading_record_fn *each, void *arg);

struct records { /* owned; in the order of the file */
    struct record **items;
    size_t count, room;
};

int reading_all(const char *dir, struct hellos *hellos, struct records *out);
void records_clear(struct records *r);

#endif
