/* The words of OCSP. Must not know responses. */
#include "model/ocsp.h"

const char *const staple_names[STAPLES] = {
    "none",    "good",      "revoked",         "unknown",
    "expired", "malformed", "wrong-responder", "try-later",
};

const char *const ocsp_names[OCSPS] = {"library", "none", "ask", "require"};
