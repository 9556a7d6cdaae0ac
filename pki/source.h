/* A text file as the program that it belongs to would see it: string literals
 * joined and their escapes resolved, comments and what stands under `#if 0`
 * apart. By the file's ending; a text of no language keeps all its lines but
 * those that begin with a comment's mark. Knows no certificate; only that a
 * PEM block in raw text ends at its END mark. */
#ifndef PKI_SOURCE_H
#define PKI_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "pki/asn1.h"

struct source_text {
    struct asn1_buf text;
    struct source_mark { /* from offset `at` on, the file's line is `line` */
        size_t at;
        unsigned line;
    } * marks;
    size_t marks_count, marks_room;
};

struct source_part { /* what is not part of the program */
    struct source_text inside;
    int disabled; /* under #if 0; else a comment */
};

struct source_condition { /* #if ... #endif over a macro, in lines */
    unsigned first, last;
    char directive[64]; /* "#ifdef OLD_ROOT" */
};

struct source {
    struct source_text live;
    struct source_condition *conditions; /* of live text, inner before outer;
                                            without the header's own guard */
    size_t conditions_count, conditions_room;
    struct source_part *parts; /* in file order */
    size_t parts_count, parts_room;
};

/* 0, or -1 when memory is out. Clear in both cases. */
int source_read(const char *name, const uint8_t *data, size_t size,
                struct source *out);
void source_clear(struct source *s);
/* The innermost condition around a line, or NULL. */
const struct source_condition *source_condition(const struct source *s,
                                                unsigned line);
/* The file's line (from 1) of an offset in the text. */
unsigned source_line(const struct source_text *t, size_t at);

#endif
