/* The command of one job as words, and starting it. Must not know what its end
 * means. */
#ifndef CLIENTS_COMMAND_WORDS_H
#define CLIENTS_COMMAND_WORDS_H

#include <stdint.h>

#include "clients/shim.h"
#include "model/client.h"

/* The options of the job's bounds. */
enum client_when words_min(const struct shim_want *want);
enum client_when words_max(const struct shim_want *want);

/* The command and the words of each option that the job wants, filled in; port
 * is what the client connects to, trust_store a PEM file. malloc'd list
 * (strings_free); NULL when memory is out. */
char **words_new(const struct client *c, const struct shim_want *want,
                 uint16_t port, const char *trust_store);

#endif
