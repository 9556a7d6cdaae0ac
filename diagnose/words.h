/* Words for what a situation holds: names of certificates that tell two of one
 * name apart, lists, dates; and sentences with places to fill. All malloc'd,
 * NULL when memory is out. */
#ifndef DIAGNOSE_WORDS_H
#define DIAGNOSE_WORDS_H

#include "diagnose/change.h"

/* "the leaf", "Amazon Root CA 1", and where another certificate here has that
 * name too, what tells them apart: "Amazon Root CA 1 (signed by Starfield
 * ...)", "Fleet Root (key 1a2b3c4d)", "Date Root (until 2025-01-01)". */
char *words_certificate(const struct situation *s, const struct seen *c);
/* Who signed it, by name; with its key where the name stands here already for
 * another key. */
char *words_issuer(const struct situation *s, const struct seen *c);
/* "valid from 2015-01-01 to 2025-01-01": days; hours where a day is too coarse
 * to tell `at` from them. */
char *words_dates(const struct certificate *c, int64_t at);
char *words_day(int64_t at);
/* "only X", "X and Y", "X, Y, Z and 3 more", "nothing". */
char *words_store(const struct situation *s);
char *words_sent(const struct situation *s);
/* What the leaf says that it is: "DNS:a.example, IP:192.0.2.1", or its CN where
 * it has no subjectAltName. */
char *words_names(const struct certificate *leaf);
char *words_list(char *const *items, size_t count, const char *none);

/* A sentence of changes.def: {it} {text} {extension} {value} {more}
 * {host} filled in. */
char *words_fill(const char *sentence, const struct situation *s,
                 const struct edit *e);
/* Takes text: a capital where it begins with a plain word, a full stop. */
char *words_sentence(char *text);
/* Takes both: "a, or b". */
char *words_or(char *a, char *b);

#endif
