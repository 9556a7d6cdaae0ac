/* Job lines in, answer lines out: what every program has that speaks the shim
 * contract (docs/record.md). Must not know how a job is run. */
#ifndef CLIENTS_SHIM_LINES_H
#define CLIENTS_SHIM_LINES_H

#include <jansson.h>

#include "clients/shim_job.h"
#include "clients/shim_record.h"

/* Answers each line of stdin until its end; `run` fills the whole answer to a
 * job that could be read. The program's exit status (base/diag.h). */
int shim_lines_run(void (*run)(struct shim_job *job,
                               struct shim_answer *answer));
/* Prints and frees one document (NULL: memory was out) as a line. 0, or -1
 * reported. */
int shim_lines_write(json_t *document);

#endif
