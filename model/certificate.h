/* What a minted certificate says of itself, as facts: filled by pki, written to
 * plan.json, read by judge, diagnose and report. Knows no library. */
#ifndef MODEL_CERTIFICATE_H
#define MODEL_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

enum { CERTIFICATE_ABSENT = -1 }; /* for ca and path_length */
enum { CERTIFICATE_NO_TIME = 0 }; /* not_after that nobody can read */

/* Strings are owned and never NULL unless said. Lists may be empty. All zeros:
 * not minted yet. */
struct certificate {
    char *name;             /* catalog name, "leaf", or "file:number" */
    char *subject, *issuer; /* RFC 4514 text */
    char *common_name; /* CN, else OU, else O of the subject, else its text */
    char *serial;      /* lower-case hex, "-" first when negative */
    char *sha256;      /* 64 hex digits of the DER; the identity of this fact */
    char *spki_sha256; /* 64 hex digits */
    char *signer_spki_sha256; /* of the key that really signed it; NULL: the
                                 signature is not good, or cannot be checked */
    char *key;         /* "rsa-2048", "ec-p256", "ed25519" */
    char *signature_algorithm;     /* "sha256WithRSAEncryption", "rsassaPss with
                                      SHA-256", "ecdsa-with-SHA384" */
    int64_t not_before, not_after; /* UTC seconds */
    size_t bytes;                  /* of the DER */
    int version;                   /* 1 or 3 */
    char *subject_key_id, *authority_key_id; /* hex, or NULL: absent */
    int has_san;
    char **names; /* subjectAltName: "DNS:a.example", "IP:192.0.2.1",
                     "email:a@b", "URI:...", "other" */
    size_t names_count;
    int ca;          /* basicConstraints (RFC 5280 section 4.2.1.9): 1, 0, or
                        CERTIFICATE_ABSENT */
    int path_length; /* or CERTIFICATE_ABSENT */
    int has_key_usage;
    char **key_usage; /* "digitalSignature", ... (RFC 5280 section 4.2.1.3) */
    size_t key_usage_count;
    char **extended_key_usage; /* "serverAuth", or the OID; empty: absent */
    size_t extended_key_usage_count;
    char **extensions; /* names or OIDs; a critical one ends in " (critical)" */
    size_t extensions_count;
    int same_issuer; /* subject and issuer are equal */
    int self_signed; /* ... and its own key verifies it */
};

void certificate_clear(struct certificate *c);
/* Did the issuer's key sign it, and is that its name? */
int certificate_is_issued_by(const struct certificate *c,
                             const struct certificate *issuer);
/* Is it valid at this time (RFC 5280 section 4.1.2.5, both ends included)? */
int certificate_is_valid_at(const struct certificate *c, int64_t at);

#endif
