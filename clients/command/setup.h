/* The client of this program: its file, what it needs, what it can do. Must not
 * know jobs' answers. */
#ifndef CLIENTS_COMMAND_SETUP_H
#define CLIENTS_COMMAND_SETUP_H

#include <jansson.h>

#include "clients/shim.h"
#include "model/client.h"

struct setup {
    struct client *client;
    char *program; /* what is started */
    char *preload; /* LD_PRELOAD, "": none */
    unsigned features;
};

/* 0, or -1 reported: the file is wrong, or something is not installed. */
int setup_init(struct setup *s, const char *path);
void setup_clear(struct setup *s);
/* What the job asks for and the client cannot be told, or NULL. Narrows the
 * job's versions to those that the client has. */
const char *setup_lacking(const struct setup *s, struct shim_want *want);
/* The first of the features that the job requires by name and the client lacks,
 * or NULL. */
const char *setup_required(const struct setup *s, unsigned required);
/* The document of --describe. NULL when memory is out. */
json_t *setup_describe(const struct setup *s);

#endif
