/* What a run tells about its stack builds: what each is, what it can take, how
 * many cells it ran, what it needs for one and the same chain. Knows no stack
 * by name. */
#ifndef REPORT_BUILDS_H
#define REPORT_BUILDS_H

#include <jansson.h>

#include "report/document.h"

/* New reference, or NULL when memory is out:
 * {"builds": [{"stack", "family", "version", "tls": "1.0 to 1.3", "built",
 *   "reason": text or null (why it is not built), "cells", "errors",
 *   "certificates": most certificates or null, "depth": longest path or null,
 *   "message": bytes of the largest Certificate message or null,
 *   "measures_heap", "emulates": [], "peak_heap": bytes or null}],
 *  "heap_of": {"scenario", "state", "device", "chain", "version", "builds"} or
 *   null,
 *  "not_built": [names], "cells_not_run": count}
 * peak_heap is measured where the device type `heap_of` connected over that
 * chain in that TLS version: the cell that most builds have in common. */
json_t *builds_new(const struct document *d);

#endif
