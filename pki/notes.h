/* The files that were asked for: the certificates of each, and what it holds
 * and is not taken (pki_file_notes). Private to pki/. */
#ifndef PKI_NOTES_H
#define PKI_NOTES_H

#include "pki/bundle.h"
#include "pki/world.h"

/* What is known of the file, which may be nothing yet. NULL when memory is out,
 * reported. */
struct known_file *notes_file(struct pki *p, const char *path);
/* Keeps a note about the file and tells it, once. `skip`: enum pki_skip. 0, or
 * -1 when memory is out, reported. */
int notes_add(struct pki *p, const char *path, int skip,
              enum pki_note_kind kind, const char *text);
/* The same for the settings of a bundle's certificate number `i`. */
int notes_add_settings(struct pki *p, const char *path, int skip,
                       const struct bundle *b, size_t i, struct pki_cert *cert);
/* The notes of a bundle. */
int notes_keep(struct pki *p, const char *path, int skip,
               const struct bundle *b);
void notes_clear(struct pki *p);

#endif
