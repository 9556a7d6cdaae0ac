/* The catalog: facts about real CA certificates (pki/catalog/ *.yaml), checked
 * while loading, so everything in an entry is usable. Const once loaded. */
#ifndef PKI_CATALOG_H
#define PKI_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "pki/algorithm.h"
#include "pki/extension.h"
#include "pki/key.h"

struct name_part { /* one RDN of one attribute */
    char *type;    /* C, ST, L, O, OU, CN or an OID */
    char *value;
    char *string; /* printable (default), utf8, teletex, ia5 */
};

extern const cyaml_schema_value_t name_part_schema;

struct real_fingerprints { /* of the certificate the entry was parsed from */
    char *certificate_sha256;
    char *spki_sha256;
};

struct catalog_text { /* as in the file */
    char *name, *key, *key_of, *issuer, *serial, *not_before, *not_after;
    char *signature, *source, *note;
    struct name_part *subject;
    unsigned subject_count;
    struct extension *extensions;
    unsigned extensions_count;
    char **inferred; /* fields that nobody parsed */
    unsigned inferred_count;
    struct real_fingerprints *real; /* NULL: the real one was not found */
};

struct catalog_entry {
    const struct catalog_text *text;
    const char *path;                   /* the file */
    const struct catalog_entry *issuer; /* itself when self-signed */
    const struct catalog_entry *key;    /* the entry whose key this one has */
    struct key_kind key_kind;
    const struct algorithm *signature;
    int64_t not_before, not_after;
    struct asn1_buf serial;
    struct asn1_buf subject; /* DER Name */
};

struct catalog {
    struct catalog_entry *entries; /* in the order of file names and files */
    size_t count;
    struct catalog_file **files; /* what the entries point into */
    size_t files_count;
};

/* Reads all files of a folder. NULL on failure, reported. */
struct catalog *catalog_load(const char *dir);
void catalog_free(struct catalog *c);
/* NULL if there is none. */
const struct catalog_entry *catalog_find(const struct catalog *c,
                                         const char *name);
/* By a real SHA-256 in hex, of the certificate or of the SPKI (*is_spki). */
const struct catalog_entry *catalog_by_sha256(const struct catalog *c,
                                              const char *hex, int *is_spki);
/* The names most like a wrong one, "a, b or c", into out. */
void catalog_near(const struct catalog *c, const char *wrong, char out[256]);
/* Key identifier of an entry as its extensions state it; 0 if they do not. */
size_t catalog_key_id(const struct catalog_entry *e, uint8_t out[64]);
/* Encodes a Name (RFC 5280 section 4.1.2.4). 0, or -1 for an
 * unknown type. */
int catalog_put_name(struct asn1_buf *b, const struct name_part *parts,
                     size_t count);

#endif
