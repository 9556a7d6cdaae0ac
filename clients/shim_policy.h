/* What a device asks of a chain beyond its library's verification: pins and
 * distrust by date. Looks at DER only. Must not know any TLS library. */
#ifndef CLIENTS_SHIM_POLICY_H
#define CLIENTS_SHIM_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "clients/shim.h"
#include "model/reason.h"

enum { SHIM_POLICY_CHAIN = 32 }; /* certificates looked at */

/* Checks the chain that the endpoint sent (leaf first) together with
 * want->anchors. REASON_NONE: held. PIN_MISMATCH, DISTRUSTED: refused.
 * CERTIFICATE_PARSE_ERROR: a certificate is none. UNKNOWN_CA: no anchor stands
 * above the chain (by DN bytes), so distrust cannot be judged. Of ops only
 * `digest` is called. */
enum reason shim_policy_check(const struct shim_want *want,
                              const struct shim_bytes *chain, size_t count,
                              const struct shim_ops *ops);

#endif
