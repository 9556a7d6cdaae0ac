/* The files of `chainbreak twin`. Private to pki/. */
#ifndef PKI_EXPORT_H
#define PKI_EXPORT_H

#include <stddef.h>
#include <stdio.h>

/* What every file says of itself. */
#define EXPORT_LAB                                                             \
    "LAB TWIN made by chainbreak: not a real certificate. Its private keys "   \
    "lie on the machine that made it. Never ship it."

struct pki_cert;

struct export_pin {
    char real[65];
    const char *twin;
    int match; /* enum pin_match */
};

struct export
{
    const char *dir; /* exists; files are written into it */
    struct pki_cert **store, **chain;
    size_t store_count, chain_count;
    struct export_pin *pins;
    size_t pins_count;
};

/* Each writes its part. 0, or -1 reported. */
int export_store(
    const struct export *e); /* trust-store.pem, trust-store/, .h, snippets */
int export_snippets(const struct export *e); /* arduino/, esp-idf/, zephyr/ */
int export_chain(const struct export *e);    /* chain.pem */
int export_table(const struct export *e);    /* twin.json, fingerprints.md */

/* One certificate as an array in C, its name ending in the number. */
void export_bytes(FILE *f, const char *name, size_t number,
                  const struct pki_cert *c);

#endif
