/* Which board is a connection of? By the peer's address, or by what the board
 * says of itself once it is connected: then its address is known from there on,
 * and refusals from it are its own. Pure. */
#ifndef BOARD_WHO_H
#define BOARD_WHO_H

#include <stddef.h>

enum who_kind { WHO_ANYBODY, WHO_ADDRESS, WHO_CLIENT_ID, WHO_CERTIFICATE };

struct who {
    char *name; /* as in ids of devices: letters, digits, dots, dashes */
    enum who_kind kind;
    char *value;      /* of the kind; NULL for anybody */
    char address[64]; /* numeric; "": not known yet */
};

/* "NAME", "NAME=192.0.2.7", "NAME=client-id:X", "NAME=certificate:SHA256". 0,
 * or -1 reported. Clear in both cases. */
int who_parse(const char *text, struct who *out);
void who_clear(struct who *w);
/* Several boards must each have a key of their own. 0, or -1 reported. */
int who_check(const struct who *all, size_t count);
/* The board at this address; count: none. */
size_t who_at(const struct who *all, size_t count, const char *address);
/* The board that says this of itself (each may be NULL), and comes from the
 * address from now on; count: none of them. */
size_t who_says(struct who *all, size_t count, const char *address,
                const char *client_id, const char *certificate);

#endif
