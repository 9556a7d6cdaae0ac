/* The forms in which certificates come, one file of code each, behind one table
 * (bundle.c). Private to pki/. */
#ifndef PKI_READER_H
#define PKI_READER_H

#include "pki/bundle.h"
#include "pki/source.h"

struct reading { /* one file while it is read */
    const char *name;
    int skip;       /* enum pki_skip */
    unsigned line;  /* where the bytes at hand stand in the file; 0: no text */
    size_t entries; /* certificates met so far, whole or not */
    int lenient;    /* marks without a block and keys are stepped over: they
                       are a program's constants, or stand in a comment */
    int once;       /* what was taken already is not taken again */
    struct bundle *out;
};

struct reader {
    /* Are bytes of this form? Cheap, and by structure. */
    int (*is)(const uint8_t *data, size_t size);
    /* 0, or -1 with the sentence set (reading_fail). */
    int (*read)(struct reading *r, const uint8_t *data, size_t size);
};

extern const struct reader reader_archive, reader_der, reader_esp_bundle,
    reader_foreign, reader_image, reader_text;

/* Sets the sentence, behind the file and the line. Always -1. */
int reading_fail(struct reading *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for an entry that cannot be read: with --skip-damaged it is noted
 * instead, and 0. */
int reading_damaged(struct reading *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int reading_private_key(struct reading *r);
/* 0, or -1 when memory is out. */
int reading_note(struct reading *r, enum pki_note_kind kind, const char *fmt,
                 ...) __attribute__((format(printf, 3, 4)));
/* Takes one certificate that fills the bytes. 0; 1 if it is none; -1 failed. */
int reading_take(struct reading *r, const uint8_t *data, size_t size);
/* "CN=...", on one line and harmless. */
void reading_subject(const uint8_t *der, size_t size, char out[static 200]);

/* What DER begins with, by its first inner element. */
enum der_sort {
    DER_CERTIFICATE,
    DER_PKCS7,
    DER_PKCS12,
    DER_PRIVATE,
    DER_CUT,
    DER_OTHER
};
enum der_sort der_sort(const uint8_t *data, size_t size);
int read_der(struct reading *r, const uint8_t *data, size_t size);
int read_pkcs7(struct reading *r, const uint8_t *data, size_t size);
int read_pkcs12(struct reading *r, const uint8_t *data, size_t size);
/* How many bytes at the end are what flash pages and editors leave: 0xff, NUL,
 * line ends. */
size_t padding_size(const uint8_t *data, size_t size);

/* All PEM blocks of a text. `lines` may be NULL. */
int read_pem(struct reading *r, const char *text, size_t size,
             const struct source_text *lines);
/* Numbers between commas: DER or PEM as an array of bytes. */
int read_arrays(struct reading *r, const struct source_text *text);

#endif
