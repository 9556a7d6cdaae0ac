/* What the parts of source.c share while a text is read. Private to pki/. */
#ifndef PKI_LEXER_H
#define PKI_LEXER_H

#include "pki/source.h"

enum {
    SLASHES = 1,      /* // to the end of the line */
    BLOCKS = 2,       /* between slash-star and star-slash */
    HASH = 4,         /* # at the start of a word */
    DASHES = 8,       /* -- to the end of the line */
    DIRECTIVES = 16,  /* lines of the C preprocessor */
    STRINGS = 32,     /* "...", '...', `...` */
    TRIPLE = 64,      /* three quotes, over lines */
    LINE_MARKS = 128, /* # and // count at the start of a line only */
    C_LIKE = SLASHES | BLOCKS | DIRECTIVES | STRINGS,
    SCRIPT = SLASHES | BLOCKS | STRINGS,
    HASHED = HASH | STRINGS,
    DEPTH_MAX = 64,
    COMMAS_MIN = 60, /* of an array with a certificate */
    MARK_MAX = 80,   /* of a PEM mark */
};

struct lexer {
    int syntax;
    const char *at, *end;
    unsigned line;
    int line_start; /* only blanks since the line began */
    int after_string;
    int unclosed;      /* a raw string without an end was met */
    int depth;         /* of #if */
    struct condition { /* one that is open */
        char constant; /* `#if 1`: its #else is disabled */
        char guard;    /* of the header: no condition */
        const char *text;
        unsigned line;
    } open[DEPTH_MAX];
    struct source_text *live;
    struct source_text code; /* since the last string; may be dropped */
    struct source *out;      /* NULL: comments are dropped */
};

/* One character of the file's line. */
void lexer_put(struct source_text *t, char c, unsigned line);
void lexer_text_clear(struct source_text *t);
int lexer_starts(const struct lexer *x, const char *word);
char lexer_take(struct lexer *x);
/* Up to the end of the line; `to` NULL: dropped. */
void lexer_take_line(struct lexer *x, struct source_text *to);
void lexer_skip_blanks(struct lexer *x);
/* A new part that is not of the program, or NULL when they are dropped. */
struct source_part *lexer_part_new(struct lexer *x, int disabled);
/* Drops the last part when no certificate can be in it: most comments. */
void lexer_part_end(struct lexer *x);
/* Is it a line of the preprocessor, where # may also begin a comment? */
int lexer_is_directive(const struct lexer *x);
/* 1 if the line was a condition (#if ...); it is no text. */
int lexer_take_condition(struct lexer *x);

#endif
