/* One job, from the features that it needs to the closed socket. Must not know
 * any stack: it drives struct shim_ops. */
#ifndef CLIENTS_SHIM_RUN_H
#define CLIENTS_SHIM_RUN_H

#include "clients/shim.h"
#include "clients/shim_job.h"
#include "clients/shim_record.h"

/* Runs a parsed job and fills the whole answer. */
void shim_run_job(const struct shim_ops *ops, struct shim_job *job,
                  struct shim_answer *answer);
/* Fills the answer to a job that could not be read. */
void shim_run_fault(const struct shim_job *job, struct shim_answer *answer);
/* Frees contexts and files kept for later jobs. */
void shim_run_clear(void);

#endif
