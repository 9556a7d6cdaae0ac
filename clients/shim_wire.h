/* The bytes of one direction, as a running hash with a mark after each TLS
 * record: both sides of a connection keep it, and who holds the two against
 * each other sees whether something between them changed a byte. Must not know
 * what the bytes are. */
#ifndef CLIENTS_SHIM_WIRE_H
#define CLIENTS_SHIM_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum {
    SHIM_WIRE_MARKS = 64,                      /* then no more are made */
    SHIM_WIRE_TEXT = SHIM_WIRE_MARKS * 30 + 1, /* "bytes:hash", a blank each */
};

struct shim_wire {
    uint64_t bytes; /* all that passed */
    uint64_t hash;  /* FNV-1a, 64 bits, of them */
    unsigned count;
    struct shim_wire_mark {
        uint64_t bytes; /* so far */
        uint32_t hash;  /* the low half */
    } marks[SHIM_WIRE_MARKS];
};

/* Before the first byte. */
void shim_wire_init(struct shim_wire *w);
void shim_wire_add(struct shim_wire *w, const uint8_t *data, size_t size);
/* A record ends here. */
void shim_wire_mark(struct shim_wire *w);
/* The marks as docs/record.md has them: "5:0011aabb 120:33ff0011". */
void shim_wire_text(const struct shim_wire *w, char text[SHIM_WIRE_TEXT]);

#endif
