/* Writing and reading DER (X.690), as much as certificates need. Lengths read
 * are checked against the buffer; a writer that ran out of memory says so once,
 * at the end. */
#ifndef PKI_ASN1_H
#define PKI_ASN1_H

#include <stddef.h>
#include <stdint.h>

#include "base/der.h"

enum {
    ASN1_TAG_BOOLEAN = 0x01,
    ASN1_TAG_INTEGER = 0x02,
    ASN1_TAG_BITS = 0x03,
    ASN1_TAG_OCTETS = 0x04,
    ASN1_TAG_NULL = 0x05,
    ASN1_TAG_OID = 0x06,
    ASN1_TAG_SEQUENCE = 0x30,
    ASN1_TAG_SET = 0x31,
};

struct asn1_buf {
    uint8_t *data; /* malloc'd; NULL when empty */
    size_t size, room;
    int failed; /* memory ran out; the content is not to be used */
};

void asn1_clear(struct asn1_buf *b);
void asn1_put(struct asn1_buf *b, const void *data, size_t size);
/* Opens a constructed element; asn1_close with what it returned ends it. */
size_t asn1_open(struct asn1_buf *b, uint8_t tag);
void asn1_close(struct asn1_buf *b, size_t mark);
/* The same, its length in so many bytes behind the first, which DER would not
 * allow; 0: as DER has it. */
void asn1_close_wide(struct asn1_buf *b, size_t mark, size_t wide);
void asn1_put_element(struct asn1_buf *b, uint8_t tag, const void *data,
                      size_t size);
/* BIT STRING of whole bytes. */
void asn1_put_bits(struct asn1_buf *b, const void *data, size_t size);
void asn1_put_true(struct asn1_buf *b);
/* Dotted text. 0, or -1 if it is not an OID. */
int asn1_put_oid(struct asn1_buf *b, const char *dotted);
/* A number of at most 31 bits. */
void asn1_put_small(struct asn1_buf *b, unsigned value);
/* UTCTime through 2049, then GeneralizedTime (RFC 5280 section 4.1.2.5). */
void asn1_put_time(struct asn1_buf *b, int64_t time);

/* Takes the first element off *rest. whole (with header) and content may be
 * NULL. 0, or -1 if there is none or it does not fit. */
int asn1_next(struct der_slice *rest, uint8_t *tag, struct der_slice *content,
              struct der_slice *whole);
/* As asn1_next, for an element that must have the tag. */
int asn1_expect(struct der_slice *rest, uint8_t tag, struct der_slice *content,
                struct der_slice *whole);

/* In how many bytes behind the first a length stands that should take fewer
 * (X.690 section 10.1); 0: it is as DER has it. */
size_t asn1_wide(const struct der_slice *whole,
                 const struct der_slice *content);

/* Gives back the memory that a buffer keeps for more. */
void asn1_trim(struct asn1_buf *b);

/* Hex digits to bytes appended to b. 0, or -1 if they are not pairs of hex. */
int asn1_put_hex(struct asn1_buf *b, const char *hex);

#endif
