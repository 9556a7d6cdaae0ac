/* The certificate world of one run. Certificates are asked for first (by
 * catalog name, leaf template or file), then minted all together, in parallel;
 * keys and certificates come from the cache where they are there. The same
 * catalog and the same cache give the same bytes (docs/twin.md). libcrypto
 * stays behind this header. Not thread-safe except where said. */
#ifndef PKI_PKI_H
#define PKI_PKI_H

#include <stddef.h>
#include <stdint.h>

#include "model/scenario.h"

struct pki;
struct pki_cert; /* owned by the pki */

/* Reads <catalog>/ *.yaml and <templates>/ *.yaml. NULL on failure, reported
 * (file, line, key). Keys and certificates live in <cache>/keys (0700, files
 * 0600) and <cache>/certificates. */
struct pki *pki_new(const char *catalog, const char *templates,
                    const char *cache);
void pki_free(struct pki *p);

/* Wants. Each returns NULL (or -1) on failure, reported: unknown name (with
 * near names), unreadable file, ... The same want twice gives the same
 * certificate. */
struct pki_cert *pki_want(struct pki *p, const char *catalog_name);
/* A leaf by template. `issuer` NULL: self-signed. `now`: the state's clock.
 * `endpoint`: default dNSName. */
struct pki_cert *pki_want_leaf(struct pki *p, const struct leaf_spec *spec,
                               struct pki_cert *issuer, const char *key_default,
                               const char *endpoint, int64_t now);
/* A client certificate for mutual TLS, "rsa-2048" or "ec-p256", under
 * chainbreak's own device CA; *ca is that CA. */
struct pki_cert *pki_want_identity(struct pki *p, const char *kind, int64_t now,
                                   struct pki_cert **ca);
enum pki_skip { /* bits: what to name and leave out instead of failing */
                PKI_SKIP_UNSUPPORTED = 1, /* what cannot be twinned */
                PKI_SKIP_DAMAGED = 2,     /* what cannot be read */
                PKI_NOTES_QUIET = 4,      /* keep notes, do not print them */
};
/* The twins of all certificates in a real file, in whatever form pki/reader.h
 * knows. A certificate that is one of the catalog's (same issuer and serial) is
 * the catalog's twin, so that built-in scenarios answer for real stores. The
 * same path again is not read again. *out
 * is malloc'd (caller frees the array), file order. What of the file is not
 * taken is printed, and kept (pki_file_notes). */
int pki_want_file(struct pki *p, const char *path, int skip,
                  struct pki_cert ***out, size_t *count);

/* What OpenSSL's TRUSTED CERTIFICATE says that a certificate may be trusted
 * for, so far as TLS servers are concerned (openssl-x509(1), "Trust Settings").
 */
enum pki_trust {
    PKI_TRUST_PLAIN,    /* it is no TRUSTED CERTIFICATE */
    PKI_TRUST_UNSET,    /* nothing is said of TLS servers: an alias ... */
    PKI_TRUST_SERVERS,  /* TLS servers, or any use */
    PKI_TRUST_OTHERS,   /* other uses only */
    PKI_TRUST_REJECTED, /* TLS servers, or any use, are rejected */
};

enum pki_note_kind {
    PKI_NOTE_TOLD,     /* of what is taken: padding, a condition around it */
    PKI_NOTE_IGNORED,  /* it is no entry of the store or chain */
    PKI_NOTE_LEFT_OUT, /* an entry that is not taken */
    PKI_NOTE_SETTINGS, /* an entry with trust settings: it is taken; what a
                          device makes of it depends on its library */
};
struct pki_note {
    char *text; /* "ca.h:12: a certificate in a comment, CN=..., is not taken"
                 */
    enum pki_note_kind kind;
    struct pki_cert *cert; /* PKI_NOTE_SETTINGS: its entry, ... */
    enum pki_trust trust;  /* ... what is said of it, ... */
    char *unread;          /* ... and the sentence where the form is not read */
};
/* What there is to tell of the file (the same path) since it was wanted. Owned
 * by the pki; *count 0: nothing. */
const struct pki_note *pki_file_notes(const struct pki *p, const char *path,
                                      size_t *count);

/* Mints everything wanted so far with `jobs` threads; what is minted stays as
 * it is. May be called again at any time. 0, or -1 reported. */
int pki_mint(struct pki *p, int jobs);
/* Finds who signs whom among everything wanted so far, and what of it cannot be
 * made: after it a pki_mint that fails is the machine's fault, not the input's.
 * Mints only what cannot be told otherwise (leaves with padding). 0, or -1
 * reported. */
int pki_check(struct pki *p, int jobs);
/* Mints these only, and the keys that they need. They may name one twice. */
int pki_mint_these(struct pki *p, struct pki_cert *const *certs, size_t count,
                   int jobs);
int pki_is_minted(const struct pki_cert *c);
/* How many keys and certificates the last pki_mint made and how many it took
 * from the cache. */
void pki_minted(const struct pki *p, size_t *made, size_t *cached);

/* After minting. Strings and bytes are owned by the pki. */
const char *
pki_name(const struct pki_cert *c); /* catalog name, "leaf", or file:index */
const uint8_t *pki_der(const struct pki_cert *c, size_t *size);
const char *pki_subject(const struct pki_cert *c); /* RFC 2253 text */
const char *pki_issuer(const struct pki_cert *c);
const char *
pki_key_kind(const struct pki_cert *c); /* "rsa-2048", "ec-p256", ... */
int64_t pki_not_before(const struct pki_cert *c);
int64_t pki_not_after(const struct pki_cert *c);
const char *pki_first_name(
    const struct pki_cert *c); /* first dNSName, else CN, else NULL */
/* Path of the private key, PEM, mode 0600; NULL for a certificate that keeps
 * its real key, because no twin of it can be made (docs/twin.md). */
const char *pki_key_path(const struct pki_cert *c);
const char *pki_certificate_sha256(
    const struct pki_cert *c); /* lower-case hex of the minted certificate */
const char *pki_spki_sha256(const struct pki_cert *c);
/* SHA-1 of the minted certificate, as hex. */
const char *pki_certificate_sha1(const struct pki_cert *c);
/* A pin of a REAL certificate or key (model/pin.h: 64 hex digits, or 40 for the
 * SHA-1 of a certificate) to the pin of its twin, among all files wanted and
 * the catalog's known fingerprints (a catalog certificate that nobody wanted
 * yet is minted now). 0 and *out (owned), *match set (enum pin_match); -1
 * reported if it matches none. */
int pki_pin(struct pki *p, const char *real_hash, const char **out, int *match);

/* Does any of the anchors sign a certificate of the chain, or is it one (by
 * key, not only by name)? Returns the first such anchor met going up from the
 * leaf, or NULL. Dates are not looked at. */
const struct pki_cert *pki_anchor_of(struct pki_cert *const *chain,
                                     size_t chain_count,
                                     struct pki_cert *const *anchors,
                                     size_t anchors_count);

/* Lower-case hex of the SHA-256 of any bytes. */
void pki_sha256(const void *data, size_t size, char out[static 65]);

/* Fills the facts of a minted certificate; certificate_clear frees them, also
 * after a failure. 0, or -1 reported. */
struct certificate;
int pki_describe(const struct pki_cert *c, struct certificate *out);
/* The same for all, with `jobs` threads; out has room for count, zeroed. After
 * a failure too all of them are to be cleared. */
int pki_describe_all(struct pki_cert *const *certs, size_t count,
                     struct certificate *out, int jobs);
/* Does the issuer's key verify c's signature? Names are not looked at. 1 or 0;
 * 0 where it cannot be told. Both are minted. */
int pki_is_signed_by(const struct pki_cert *c, const struct pki_cert *issuer);
/* What a store would have to hold to anchor c: a self-signed CA certificate
 * with c's issuer name and the key that signed c; one that is known, the
 * catalog's, or a new one. Minted. NULL: the key that signed c is not ours and
 * no such certificate is known (not reported), or reported. */
struct pki_cert *pki_issuer_certificate(struct pki *p, struct pki_cert *c);
/* The same authority, not self-signed but signed by another one: what a chain
 * would have to send behind c to lead to `signer`. Minted. NULL with a sentence
 * of static storage in *why. */
struct pki_cert *pki_cross_sign(struct pki *p, struct pki_cert *c,
                                struct pki_cert *signer, const char **why);

/* What is to be another than in a certificate; zeros and NULL: nothing. */
struct pki_variation {
    const int64_t *not_before, *not_after;
    const char *add_name;       /* "DNS:x.example" or "IP:192.0.2.1" */
    const char *drop_extension; /* libcrypto's short name, or an OID */
    const char *signature;      /* "sha256" ...: with PKCS#1 v1.5 or ECDSA */
    int set_ca;                 /* cA, keyCertSign, no path length */
    int set_server_auth;        /* key usages fit for a TLS server */
    size_t shrink_names_to;     /* keeps this many names of the SAN */
    const char *key;            /* another key, of this kind: "rsa-2048" */
};
/* A certificate like c but for that, well signed by the same issuer's key,
 * minted at once. The same variation twice gives the same certificate. NULL
 * with a sentence of static storage in *why: its issuer's key is not ours, the
 * extension is not there, ... */
struct pki_cert *pki_vary(struct pki *p, struct pki_cert *c,
                          const struct pki_variation *v, const char **why);

/* The certificate with the same content in another set of keys, 2, 3, ...: its
 * own key and its issuer's are others, so that what hangs on the bytes of the
 * keys can be told from what does not. Certificates of one set fit together as
 * those of the first do. Minted. set 1: c itself. NULL reported. */
struct pki_cert *pki_alternative(struct pki *p, struct pki_cert *c, int set);

/* Writes concatenated DER to path (0644), whole or not at all. 0 or -1
 * reported. */
int pki_write_der(struct pki_cert *const *certs, size_t count,
                  const char *path);
/* Writes PEM with a comment line per certificate. */
int pki_write_pem(struct pki_cert *const *certs, size_t count,
                  const char *path);

/* Writes minted roots into a folder, which is made, in the forms that firmware
 * is built from (docs/twin.md): PEM, DER, C, and for Arduino, ESP-IDF and
 * Zephyr. 0, or -1 reported. */
int pki_export_roots(struct pki_cert *const *roots, size_t count,
                     const char *dir);

/* chainbreak twin: design section 5. Lists are NULL-terminated or NULL. 0; -1
 * reported. */
struct twin_options {
    char *const *trust_store; /* files */
    char *const *chain;       /* files */
    char *const *pin;         /* in any form of model/pin.h */
    const char *out;          /* folder to make */
    int skip;                 /* enum pki_skip */
    int jobs;
};
int pki_twin(struct pki *p, const struct twin_options *o);

#endif
