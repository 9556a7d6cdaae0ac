/* The socket of a connection: non-blocking, with a deadline, counting bytes,
 * and reading the plain alerts that pass by. Must not know any TLS library.
 * struct shim_io and its two transport calls are declared in clients/shim.h. */
#ifndef CLIENTS_SHIM_IO_H
#define CLIENTS_SHIM_IO_H

#include <stdint.h>

#include "clients/shim.h"
#include "clients/shim_wire.h"

enum shim_io_wait { SHIM_IO_READY, SHIM_IO_DEADLINE, SHIM_IO_FAULT };

/* One direction of the wire, as far as it can be read without keys (RFC 8446
 * section 5.1: TLSPlaintext). */
struct shim_io_wire {
    struct shim_wire seen;
    uint8_t head[7];    /* record header, and the two bytes of a plain alert */
    unsigned have;      /* bytes of head */
    unsigned left;      /* bytes of the record still to pass */
    int lost;           /* not TLS records: reading stopped */
    int handshake;      /* a handshake record passed */
    int alert;          /* the last plain alert's code; -1: none */
    int fatal;          /* that alert's level was fatal */
    int sealed_alert;   /* an alert passed that cannot be read */
    int cipher_change;  /* a change_cipher_spec record passed */
    unsigned encrypted; /* records of type application_data that began */
    unsigned least, most; /* bytes of the shortest and longest of them */
};

enum { SHIM_IO_BUFFER = 16384 }; /* bytes, each way */

struct shim_io {
    int fd;              /* -1: none */
    int64_t deadline_ms; /* of shim_io_now_ms */
    uint16_t local_port;
    int error; /* errno of a broken connection; 0: none */
    struct shim_io_wire in, out;
    /* Libraries read a record's header and body apart, and some write each
     * message apart. Reads take what the socket has; writes wait for the next
     * read, wait or close: fewer system calls, fewer wake-ups of the peer. */
    size_t read_at, read_end, write_end;
    int write_broken; /* the peer takes no more; what it said is still read */
    int ended;        /* the peer's end came: its end of file, or a reset */
    uint8_t read[SHIM_IO_BUFFER], write[SHIM_IO_BUFFER];
};

/* Milliseconds of the monotonic clock. */
int64_t shim_io_now_ms(void);
/* Connects to a numeric address, from the IPv4 address `source` unless that is
 * NULL. READY, DEADLINE, or FAULT with io->error set. shim_io_close in every
 * case. */
enum shim_io_wait shim_io_open(struct shim_io *io, const char *host,
                               uint16_t port, const char *source,
                               int timeout_ms);
/* Is it this machine that lacks something (memory, descriptors)? */
int shim_io_is_shortage(int error);
/* Sends what was written, then waits until the socket can be read (or written)
 * or the deadline is over. */
enum shim_io_wait shim_io_poll(struct shim_io *io, int for_write);
/* Closes. gentle: ends the write side first and reads the peer's end, for at
 * most some hundred milliseconds: bytes that stay unread would turn the close
 * into a reset, and the peer could lose our alert. */
void shim_io_close(struct shim_io *io, int gentle);
/* A direction's reader before its first byte, and feeding it; for shim_io
 * itself, the relay of a command, and tests. */
void shim_io_watch_begin(struct shim_io_wire *wire);
void shim_io_watch(struct shim_io_wire *wire, const uint8_t *data, size_t size);

#endif
