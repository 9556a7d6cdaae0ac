/* verdicts.json as a stream: one verdict at a time is in memory as JSON, so a
 * run of any size can be written and read. */
#ifndef MODEL_VERDICT_STREAM_H
#define MODEL_VERDICT_STREAM_H

#include <stdio.h>

#include "model/verdict.h"

/* The whole document, a line per verdict; the same verdicts give the same
 * bytes. 0, or -1 reported. `name` stands for the file in messages. */
int verdicts_write(FILE *to, const char *name, const struct run_facts *run,
                   const struct judgements *j);
/* 0; -1 reported: nothing is to be cleared then. */
int verdicts_read(FILE *from, const char *name, struct run_facts *run,
                  struct judgements *j);

#endif
