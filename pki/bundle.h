/* Certificates out of files as people have them, and what in such a file is
 * not taken. pki/reader.h has the forms. Everything read here comes from
 * outside. */
#ifndef PKI_BUNDLE_H
#define PKI_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "pki/asn1.h"
#include "pki/pki.h"

struct bundle_note {
    char *text; /* "ca.h:12: a certificate in a comment, CN=..., is not taken"
                 */
    enum pki_note_kind kind;
};

struct bundle {
    struct asn1_buf *certificates; /* DER each, in file order */
    unsigned *lines;               /* where each stands in a text; 0: no text */
    enum pki_trust *trust;         /* of each */
    X509 **parsed;                 /* libcrypto's reading of each */
    size_t count;
    struct bundle_note *notes;
    size_t notes_count;
    char *why; /* after a failure: "FILE:LINE: one sentence" */
};

/* Reads all certificates in data; `name` stands for the file in messages, and
 * its ending tells the language of a source text. 0, or -1 with `why` set:
 * empty, no certificate, cut off, a private key, bytes that are none of the
 * forms. bundle_clear in both cases. */
int bundle_parse(const char *name, const uint8_t *data, size_t size, int skip,
                 struct bundle *out);
/* The same for a file, which must be a regular one. Reported. */
int bundle_read(const char *path, int skip, struct bundle *out);
void bundle_clear(struct bundle *b);

#endif
