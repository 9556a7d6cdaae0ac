/* Certificate extensions from their YAML form: a name and a list of words, or
 * an OID and its DER in hex (docs/twin.md lists the names). */
#ifndef PKI_EXTENSION_H
#define PKI_EXTENSION_H

#include <stdbool.h>

#include <cyaml/cyaml.h>

#include "pki/asn1.h"

struct extension {
    char *name; /* "key-usage"; NULL: oid is given */
    char *oid;
    char *der;    /* hex */
    int critical; /* 0 or 1 */
    char **value;
    unsigned value_count;
};

/* The schema of one entry of an `extensions` list. */
extern const cyaml_schema_value_t extension_schema;

/* What is not in the YAML but follows from the certificate. */
struct extension_context {
    struct der_slice subject_key_id, issuer_key_id;
    char *const *names; /* dNSNames for subject-alt-names without a value */
    size_t names_count;
    char *const *purposes; /* replaces extended-key-usage; count 0: does not */
    size_t purposes_count;
};

/* Appends the Extension (RFC 5280 section 4.1). 0, or -1 with the reason in
 * `why` (at least 120 bytes). */
int extension_put(struct asn1_buf *b, const struct extension *e,
                  const struct extension_context *context,
                  char why[static 120]);

#endif
