/* The roots that a client needs for what an endpoint serves. */
#ifndef CLI_ANCHORS_H
#define CLI_ANCHORS_H

#include <stddef.h>

#include "lab/trial.h"
#include "pki/pki.h"

/* Writes, as PEM, what anchors each chain of the trials: the root above its
 * last certificate, or that one itself; each once. 0, or -1 reported. */
int anchors_write(struct pki *p, const struct trial *const *trials,
                  size_t count, const char *path);

#endif
