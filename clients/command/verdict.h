/* What a command's end means, from its exit status and output and from what
 * passed on the wire. Neither alone is a verdict. */
#ifndef CLIENTS_COMMAND_VERDICT_H
#define CLIENTS_COMMAND_VERDICT_H

#include "clients/command/relay.h"
#include "clients/shim_record.h"
#include "model/client.h"

struct verdict_facts {
    const char *output;
    int status;   /* of waitpid */
    int deadline; /* it was killed because the time was over */
    int identity; /* a client certificate was given */
    int alpn;     /* application protocols were offered */
    const struct relay *relay;
};

/* Fills outcome and why. */
void verdict_fill(struct shim_answer *a, const struct client *c,
                  const struct verdict_facts *f);

#endif
