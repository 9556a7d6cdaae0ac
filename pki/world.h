/* Inside of struct pki: what was asked for, and what came of it. Private to
 * pki/. */
#ifndef PKI_WORLD_H
#define PKI_WORLD_H

#include "base/map.h"
#include "pki/catalog.h"
#include "pki/name.h"
#include "pki/pki.h"
#include "pki/recipe.h"
#include "pki/template.h"

enum cert_sort {
    CERT_CATALOG,
    CERT_LEAF,
    CERT_TWIN,
    CERT_MADE, /* after another certificate: its recipe is ready */
};

struct leaf { /* a leaf as it was asked for, all defaults filled in */
    const struct template *template;
    char **names;
    size_t names_count;
    char *endpoint;
    int64_t not_before, not_after;
    int64_t serial; /* -1: follows from the content */
    size_t pad_to, pad_percent;
    char **purposes;
    size_t purposes_count;
};

struct original { /* the real certificate of a file; slices point into der */
    struct asn1_buf der;
    struct der_slice subject, issuer, spki;
    struct der_slice subject_key_id, authority_key_id; /* size 0: none */
    uint8_t subject_id[NAME_ID], issuer_id[NAME_ID];
    char certificate_sha256[65], spki_sha256[65];
    struct pki_cert *next_same_subject;
    int is_linked; /* its issuer's key is known */
    int is_good;   /* ... and signed it, so far as anybody can tell */
};

struct pki_cert {
    char *name;
    enum cert_sort sort;
    const struct catalog_entry *entry; /* CERT_CATALOG */
    struct leaf *leaf;                 /* CERT_LEAF */
    struct original *original; /* CERT_TWIN; a catalog entry met in a file */
    struct pki_cert *issuer;   /* NULL: none here; itself when self-signed */
    struct key *key, *issuer_key;
    struct pki_cert *next_same_key; /* CERT_LEAF */
    struct recipe recipe;
    int set; /* of keys; 0: the first */
    struct pki_cert *next_set;
    int made;
    int in_batch;       /* of mint.c: it is being minted */
    struct asn1_buf der; /* empty until minted; so is all below */
    uint8_t subject_id[NAME_ID], issuer_id[NAME_ID];
    char *subject, *issuer_name, *first_name;
    char kind[64];
    int64_t not_before, not_after;
    char certificate_sha256[65], spki_sha256[65], certificate_sha1[41];
};

struct known_file { /* pki/notes.h */
    char *path;
    struct pki_note *notes;
    size_t notes_count;
    struct pki_cert **certs; /* once it was wanted; NULL: not yet */
    size_t certs_count;
    int skip; /* what it was wanted with */
};

struct pki {
    struct catalog *catalog;
    struct templates *templates;
    char *keys_dir, *certificates_dir;
    struct key **keys;
    size_t keys_count;
    struct pki_cert **certs; /* in the order they were asked for */
    size_t certs_count;
    struct map files;           /* of a path: struct known_file, owned */
    struct map keys_by_id;      /* struct key */
    struct map certs_by_sha256; /* struct pki_cert, minted */
    struct map leaves;    /* of a struct key *: the last struct pki_cert */
    struct map originals; /* of certificate_sha256: struct pki_cert */
    struct map originals_by_key;     /* of spki_sha256: the first one */
    struct map originals_by_subject; /* of subject_id: the last one */
    struct pki_cert **by_entry;      /* one per catalog entry, or NULL */
    struct verifier *verifiers;      /* of link.c */
    size_t minted;                   /* certs before this index are minted */
    size_t linked;                   /* ... are linked: link_all */
    size_t made, cached;
};

/* The key of that name, there already or new. NULL reported. */
struct key *world_key(struct pki *p, const char *id,
                      const struct key_kind *kind);
/* The key of a catalog entry. */
struct key *world_entry_key(struct pki *p, const struct catalog_entry *e);
/* The certificate of a catalog entry. NULL reported. */
struct pki_cert *world_entry(struct pki *p, const struct catalog_entry *e);
/* A new certificate without content; takes a copy of name. NULL reported. */
struct pki_cert *world_cert(struct pki *p, const char *name,
                            enum cert_sort sort);
void world_hex(const uint8_t *data, size_t size, char *out);
void world_sha256(const void *data, size_t size, char out[static 65]);

void leaf_free(struct leaf *l);
/* Fills the recipe of a catalog entry or a leaf. Its key and its issuer's must
 * be ready. 0, or -1 reported. */
int leaf_recipe(struct pki_cert *c);
/* Can the recipe of a leaf be filled, whatever its keys will be? 0, or -1
 * reported. */
int leaf_check(const struct pki_cert *c);

/* Mints one certificate whose key and issuer's key are known, and those keys.
 * 0, or -1 reported. */
int world_mint(struct pki *p, struct pki_cert *c);
/* Makes a minted certificate known by its bytes. 0, or -1 reported. */
int world_index(struct pki *p, struct pki_cert *c);
/* The certificate just minted if it is the first with these bytes; else the
 * first one, and c, the last of all, is gone. */
struct pki_cert *world_settle(struct pki *p, struct pki_cert *c);
/* A certificate after the recipe, which is taken; minted. NULL reported. */
struct pki_cert *world_make(struct pki *p, const char *name,
                            struct recipe *recipe, struct key *key,
                            struct key *issuer_key);

/* Reads the certificate's own words once it is minted. 0, or -1 reported. */
int facts_read(struct pki_cert *c);

/* The public key of an original, read already (NULL: it cannot be). */
void link_know(struct pki *p, const struct original *o, EVP_PKEY *key);
/* Links certificates of one file, from index `first` on, among themselves. */
void link_file(struct pki *p, size_t first);
/* Finds who signs each twin that is not linked yet, and what of its signature
 * is wrong (docs/twin.md). 0, or -1 reported. */
int link_all(struct pki *p);
void link_free(struct pki *p);

#endif
