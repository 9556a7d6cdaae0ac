/* Private keys: what kind, where they lie, how they come to be. A key is named
 * by what it is for, and the same name gives the same key from the cache. */
#ifndef PKI_KEY_H
#define PKI_KEY_H

#include <pthread.h>

#include <openssl/evp.h>

#include "pki/asn1.h"

enum key_type {
    KEY_RSA,
    KEY_RSA_PSS,
    KEY_EC,
    KEY_ED25519,
    KEY_ED448,
    KEY_KEPT, /* a real key that stays: nobody here can sign with it */
};

struct key_kind {
    enum key_type type;
    int bits;               /* RSA: of the modulus */
    unsigned long exponent; /* RSA: public */
    int curve;              /* EC: libcrypto's NID */
    char other[40];         /* KEPT: its name */
};

struct key {
    char *id; /* file name without ending */
    struct key_kind kind;
    char *path;     /* PEM, mode 0600: PRIVATE KEY, then PUBLIC KEY; NULL: kept
                     */
    EVP_PKEY *pkey; /* NULL until it signs: see key_private */
    pthread_mutex_t lock;
    struct asn1_buf public_bits; /* the SPKI's BIT STRING, EC uncompressed */
    struct asn1_buf spki;        /* whole SubjectPublicKeyInfo */
    int made;                    /* this run made it */
    int in_batch;                /* of mint.c: it is being readied */
};

/* "rsa-2048", "rsa-2048-e3", "rsa-pss-2048", "ec-p256", "ec-p384", "ec-p521",
 * "ec-<libcrypto's curve>", "ed25519", "ed448". 0 or -1. */
int key_kind_parse(const char *text, struct key_kind *out);
int key_kind_equal(const struct key_kind *a, const struct key_kind *b);
void key_kind_name(const struct key_kind *kind, char out[static 64]);
/* The kind of a real certificate's key. 0, or -1 with what it is in `what`. */
int key_kind_of(EVP_PKEY *pkey, struct key_kind *out, char what[static 80]);

/* A name for any key: "dsa-1024", "x25519", "rsa-2048-e1"; pkey NULL: after the
 * algorithm in its SubjectPublicKeyInfo. */
void key_name_any(EVP_PKEY *pkey, const struct der_slice *spki,
                  char out[static 64]);

/* Takes a copy of id. NULL when memory is out. */
struct key *key_new(const char *id, const struct key_kind *kind,
                    const char *dir);
void key_free(struct key *k);
/* Makes it a key that is kept, of these bytes of a SubjectPublicKeyInfo. 0, or
 * -1 when memory is out. */
int key_keep(struct key *k, const struct der_slice *spki);
int key_is_kept(const struct key *k);
/* Forgets the private half, which key_private loads again. Not while another
 * thread has it. */
void key_unload(struct key *k);
/* Loads the key from its file, or makes it and writes the file. 0, or -1
 * reported. Different keys may be readied on different threads. */
int key_ready(struct key *k);
/* The private half, of a key that is ready. A certificate from the cache needs
 * no signature, and decoding a private key costs libcrypto 3.0 a millisecond:
 * so it is loaded here and not before. NULL on failure, reported. Any thread.
 */
EVP_PKEY *key_private(struct key *k);
/* SHA-1 of the public bits (RFC 5280 section 4.2.1.2, method 1). */
void key_identifier(const struct key *k, uint8_t out[static 20]);

#endif
