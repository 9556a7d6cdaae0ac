/* The vocabulary of refusals: design section 7. The list is reason.def; this is
 * its C face. Must not know any TLS library. */
#ifndef MODEL_REASON_H
#define MODEL_REASON_H

enum reason {
#define REASON(id, name, class, sentence, mend) REASON_##id,
#include "model/reason.def"
#undef REASON
    REASON_COUNT
};

/* Stable name ("unknown-ca"); never NULL for a value below REASON_COUNT. */
const char *reason_name(enum reason r);
/* "trust", "time", "identity", "policy", "size", "limit", "protocol",
 * "harness". */
const char *reason_class(enum reason r);
/* One sentence without a final full stop, in lower case. */
const char *reason_sentence(enum reason r);
/* The usual mend, same form. */
const char *reason_mend(enum reason r);
/* Looks a name up. Returns 0 and sets *out, or -1 if there is no such reason.
 */
int reason_parse(const char *name, enum reason *out);

/* The name of a TLS alert (RFC 8446 section 6): "unknown_ca" for 48, or NULL if
 * the number is not registered. */
const char *alert_name(int code);

#endif
