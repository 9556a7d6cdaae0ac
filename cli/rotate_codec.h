/* JSON of devices that rotate: their jobs as lines for a shim, and what became
 * of them (docs/record.md, docs/rotation.md). */
#ifndef CLI_ROTATE_CODEC_H
#define CLI_ROTATE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "rotation/cell.h"

struct rotate_connect {
    const char *want; /* of the stack build (cli/rotate_site.h) */
    int port;
    const char *certificate, *key; /* paths */
    int64_t clock;                 /* what the device believes */
    const char *id;                /* client id */
    const char *filters[3];        /* ends with NULL */
    const char *topic, *payload;   /* topic NULL: nothing is published */
    int wait_ms;
};

/* Both malloc'd; NULL reported. */
char *rotate_job_connect(const struct rotate_connect *c);
/* A key and a request for a name; kept: the path of the key, or NULL. */
char *rotate_job_request(const char *name, const char *key, const char *kept);

/* results/schema/rotation.json. 0, or -1 reported. */
int rotate_codec_write(const char *path, const struct rotation_cell *cells,
                       size_t count);

#endif
