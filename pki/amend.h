/* The extensions of a certificate as a list that can be changed. Private to
 * pki/; used for variations. OIDs are dotted text. */
#ifndef PKI_AMEND_H
#define PKI_AMEND_H

#include "pki/asn1.h"

struct amend {
    struct asn1_buf *items; /* whole Extensions (RFC 5280 section 4.1) */
    size_t count;
    int failed; /* memory ran out */
};

/* From the elements of an Extensions sequence. 0, or -1 if they are none. */
int amend_read(struct amend *a, const struct der_slice *list);
void amend_clear(struct amend *a);
/* Appends all of them to b. */
void amend_put(const struct amend *a, struct asn1_buf *b);

void amend_drop(struct amend *a, const char *oid);
/* The value of the first one with this OID. 0, or -1: there is none. */
int amend_find(const struct amend *a, const char *oid, struct der_slice *value);
/* Gives the first one with this OID another value, in its place, critical or
 * not (-1: as it is); appends one where there is none. */
void amend_set(struct amend *a, const char *oid, int critical,
               const struct asn1_buf *value);

/* basicConstraints with cA, no path length; keyCertSign where there is a key
 * usage. */
void amend_ca(struct amend *a);
/* digitalSignature, keyEncipherment and serverAuth where there is a key usage
 * and an extended one. */
void amend_server(struct amend *a);
/* Keeps the first `count` names of the subjectAltName. */
void amend_names_keep(struct amend *a, size_t count);
/* Adds "DNS:host.example" or "IP:192.0.2.1". 0, or -1: it is neither. */
int amend_names_add(struct amend *a, const char *name);

#endif
