/* What is wrong with the signature of a real certificate, and the same wrong in
 * another one: a twin's signature is as bad as the real one, and in the same
 * way. Knows no certificates but by their bytes. */
#ifndef PKI_FLAW_H
#define PKI_FLAW_H

#include "pki/signature.h"

enum flaw_sort {
    FLAW_NONE,  /* it is good, or nobody can tell: sign */
    FLAW_FORM,  /* the key made it, but it is not written as it must be: unused
                   bits, numbers with zeros before them, bytes behind it */
    FLAW_BLOCK, /* RSA: the key made it of another block than it should: the
                   same block is signed (RFC 8017 section 8.2.2) */
    FLAW_KEPT,  /* the real bytes stay, which no other key verifies */
};

struct flaw_number { /* how an ECDSA signature writes r or s */
    int zeros;   /* superfluous ones; -1: the one that is needed is missing */
    size_t wide; /* asn1_wide */
};

struct flaw {
    enum flaw_sort sort;
    struct asn1_buf bits; /* KEPT: the BIT STRING's content; BLOCK: the block */
    const char *digest;   /* BLOCK: which one of what is signed stands in it, at
                             this place; NULL: none */
    size_t digest_at;
    uint8_t unused_bits;
    size_t leading, missing; /* RSA: zeros before the number; bytes cut there */
    struct flaw_number numbers[2];
    size_t sequence_wide;
    struct asn1_buf inner, trailing; /* behind s; behind the signature */
};

/* Fills *f from a real signature. GOOD: this key made it, in whatever form.
 * BAD: it did not. UNCHECKED: key is NULL, or nobody here knows the algorithm;
 * then only the form tells what is wrong. */
enum signature_fit flaw_find(struct flaw *f, const struct signature *s,
                             EVP_PKEY *key);
/* Keeps the real bytes, whatever they are. */
void flaw_keep(struct flaw *f, const struct signature *s);
void flaw_clear(struct flaw *f);
void flaw_copy(struct flaw *to, const struct flaw *from);
/* Appends the content of the BIT STRING: a signature over tbs with this flaw.
 * key may be NULL for FLAW_KEPT. 0, or -1, not reported. */
int flaw_sign(const struct flaw *f, const struct signing *how, EVP_PKEY *key,
              const struct asn1_buf *tbs, struct asn1_buf *out);
/* Appends what tells this flaw from another; nothing for FLAW_NONE. */
void flaw_put(const struct flaw *f, struct asn1_buf *b);

#endif
