/* The readers of a finished run's folder (results/README.md): each document as
 * structs, the records line by line. */
#ifndef LAB_READING_H
#define LAB_READING_H

#include "model/plan.h"
#include "model/record.h"
#include "model/verdict.h"

/* Each 0; -1 reported (what is missing, or where it is no such document), and
 * nothing to clear then. */
int reading_plan(const char *dir, struct plan *out);
int reading_verdicts(const char *dir, struct run_facts *run,
                     struct judgements *out);

/* Takes the record. Anything but 0 stops. */
typedef int reading_record_fn(void *arg, struct record *r);

/* The records of a finished run: of each no more is in memory than where its
 * line starts, and those that were asked for. */
struct records;
/* Reads the ClientHellos. NULL reported. */
struct records *records_open(const char *dir);
void records_free(struct records *r);
/* What is done with each record when it is read; before any is. */
void records_prepare(struct records *r,
                     void (*prepare)(void *arg, struct record *record),
                     void *arg);
/* Calls `each`, which takes the record, for every one in the file's order.
 * Anything but 0 stops, and is returned; -1 reported. NULL: only looks at them,
 * and where they are. */
int records_each(struct records *r, reading_record_fn *each, void *arg);
/* The record of a cell, while r lives. NULL: there is none, or reported. */
const struct record *records_find(struct records *r, const char *cell);

#endif
