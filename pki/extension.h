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

/* Where the value of an extension stands in a certificate, for the OID
 * 2.5.29.n: the first of that kind. 0, or -1: there is
 * none. */
enum extension_number {
    EXTENSION_SUBJECT_KEY_ID = 14,
    EXTENSION_SUBJECT_ALT_NAME = 17,
    EXTENSION_AUTHORITY_KEY_ID = 35,
};
int extension_find(const uint8_t *der, size_t size, enum extension_number n,
                   struct der_slice *value);

#endif
