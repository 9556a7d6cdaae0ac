/* The X.509 engine that a connection gives to the library: it keeps the chain,
 * decides what is checked, and leaves the checks to the library's "minimal"
 * engine. */
#ifndef CLIENTS_BEARSSL_VERIFY_H
#define CLIENTS_BEARSSL_VERIFY_H

#include <bearssl.h>

#include "clients/bearssl/anchors.h"
#include "clients/bearssl/chain.h"
#include "clients/shim.h"

/* The library calls the engine by a pointer to its first member. */
struct verify {
    const br_x509_class *vtable;
    union {
        br_x509_minimal_context minimal;
        br_x509_decoder_context leaf; /* with verification off */
    } engine;
    struct chain chain;
    const char *name; /* to look for; NULL: none */
    int64_t clock;
    int off, time_off;
    int started, ended; /* the Certificate message */
    int failed_at;      /* the certificate that the library stopped at, the
                           leaf is 0; -1: none */
};

/* The anchors and want's strings must outlive it. */
void verify_init(struct verify *v, const struct anchors *anchors,
                 const struct shim_want *want);
void verify_clear(struct verify *v);

/* Why a date was refused: the library has one code for both ends. */
enum reason verify_date_reason(const struct verify *v);
/* What was "unsupported": a signature's algorithm, or something in the
 * certificate itself. */
enum reason verify_unsupported_reason(const struct verify *v);

#endif
