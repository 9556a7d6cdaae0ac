/* A running hash over the bytes of one direction of a connection, with a mark
 * behind each whole TLS record, so that two observers can tell whether they saw
 * the same bytes. Knows of TLS only the five bytes before each record (type,
 * version, length: RFC 8446 section 5.1). */
#ifndef BASE_WIRE_MARKS_H
#define BASE_WIRE_MARKS_H

#include <stddef.h>
#include <stdint.h>

enum { WIRE_MARKS_MAX = 64, WIRE_MARKS_HEADER = 5 };

/* "4294967295:ffffffff " each */
enum { WIRE_MARKS_TEXT = WIRE_MARKS_MAX * 20 + 1 };

struct wire_marks { /* all zeros before the first byte */
    uint64_t bytes; /* from the first on */
    uint64_t hash;  /* FNV-1a of them; kept up to the last mark only */
    uint32_t left;  /* of the record that is not whole yet */
    uint8_t header_size, header[WIRE_MARKS_HEADER];
    uint8_t count, room, is_short; /* memory ran out: no more marks */
    struct wire_mark {
        uint32_t at; /* 64 records end below 5 MiB */
        uint32_t low;
    } * marks;
};

void wire_marks_clear(struct wire_marks *w);

/* Notes the next `size` bytes. After the last mark they are only counted. */
void wire_marks_add(struct wire_marks *w, const void *data, size_t size);

/* "n:hhhhhhhh n:hhhhhhhh": bytes so far in decimal, the low 32 bits of the hash
 * in hex. */
void wire_marks_print(const struct wire_marks *w,
                      char out[static WIRE_MARKS_TEXT]);

#endif
