/* One job: the command is started, its one connection relayed, its end judged.
 */
#ifndef CLIENTS_COMMAND_SESSION_H
#define CLIENTS_COMMAND_SESSION_H

#include "clients/command/setup.h"
#include "clients/shim_job.h"
#include "clients/shim_record.h"

/* Fills the whole answer; answer->output is valid until the next call. */
void session_run(const struct setup *s, struct shim_job *job,
                 struct shim_answer *answer);

#endif
