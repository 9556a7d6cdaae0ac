/* Feature names, and which part of a job needs which feature: asked before any
 * attempt. */
#ifndef CLIENTS_SHIM_FEATURE_H
#define CLIENTS_SHIM_FEATURE_H

#include <stddef.h>

#include "clients/shim.h"

enum { SHIM_FEATURE_COUNT = 26 };

/* Name of the feature with that bit number (0..SHIM_FEATURE_COUNT-1). */
const char *shim_feature_name(unsigned bit);
/* Bit of a name, or 0 if no shim knows it. */
unsigned shim_feature_parse(const char *name);
/* The features of this build: its own word, and which hashes it has. */
unsigned shim_feature_has(const struct shim_ops *ops);
/* The features that a job's want needs, versions aside. */
unsigned shim_feature_needed(const struct shim_want *want);
/* Name of the first of `needed` that `has` lacks, or NULL. */
const char *shim_feature_lacking(unsigned needed, unsigned has);

/* Narrows want's version bounds to what the build has, so that the library is
 * never asked for a version it lacks. NULL, or the name of the lacking version
 * if none of the range is left. */
const char *shim_feature_versions(struct shim_want *want, unsigned has);

#endif
