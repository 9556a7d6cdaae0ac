/* The answer to a job, and its JSON (docs/record.md "Answer"). Must not know
 * any stack. */
#ifndef CLIENTS_SHIM_RECORD_H
#define CLIENTS_SHIM_RECORD_H

#include <jansson.h>

#include "clients/shim.h"
#include "clients/shim_wire.h"

enum shim_outcome {
    SHIM_CONNECTED,
    SHIM_REFUSED,
    SHIM_UNSUPPORTED,
    SHIM_ERROR,
    SHIM_MADE
};

struct shim_answer {
    enum shim_outcome outcome;
    struct shim_why why;
    char feature[64]; /* unsupported: what is lacking */
    struct shim_got got;
    size_t certificates; /* received; 0: none or not known */
    int is_second;       /* of the device's second connection, not its first */
    size_t peak_heap, allocations_refused;
    int64_t wall_us, cpu_us;
    struct shim_wire received, sent;
    int harness_short;   /* this program ran out of memory or descriptors */
    uint16_t local_port; /* 0: no connection */
    unsigned emulated;   /* bit set of enum shim_emulated */
    const struct shim_request *made; /* borrowed; NULL: no request job */
    const char *topic,
        *message;       /* that came in a session; NULL: none. Borrowed */
    const char *output; /* what a command wrote, borrowed; NULL: no command */
};

/* An answer before the job: nothing seen, nothing measured. */
void shim_record_clear(struct shim_answer *a);
/* The whole document; id may be NULL. NULL when memory is out. */
json_t *shim_record_answer(const char *id, const struct shim_answer *answer);
/* The document of --codes: {"error": {"-188": "unknown-ca"}}. NULL when memory
 * is out. */
json_t *shim_record_codes(const struct shim_ops *ops);
/* The document of --describe, for a stack build of that name. NULL when memory
 * is out. */
json_t *shim_record_describe(const char *stack, const struct shim_ops *ops);

#endif
