/* The environment of a command: what is allowed of this program's own, and what
 * the client's file names. Must not know what the names do. */
#ifndef CLIENTS_COMMAND_ENVIRONMENT_H
#define CLIENTS_COMMAND_ENVIRONMENT_H

#include <stddef.h>

/* Replaces the environment of the calling process, which is about to become the
 * command: PATH, HOME, LANG, TZ and TMPDIR as they are, LC_ALL=C, and each of
 * `named`: "NAME" as it is here, "NAME=value" as it stands. Everything else
 * could change how a client behaves without a word (OPENSSL_CONF, PYTHONPATH,
 * proxies). 0, or -1 when memory is out. */
int environment_set(char *const *named, size_t count);

#endif
