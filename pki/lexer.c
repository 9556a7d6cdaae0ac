/* Characters in, text with the file's lines and parts out. Knows no language.
 */
#include "pki/lexer.h"

#include <stdlib.h>
#include <string.h>

void lexer_put(struct source_text *t, char c, unsigned line)
{
    if (t->marks_count == 0 || t->marks[t->marks_count - 1].line != line) {
        if (t->marks_count == t->marks_room) {
            size_t room = t->marks_room ? 2 * t->marks_room : 8;
            struct source_mark *grown =
                realloc(t->marks, room * sizeof *t->marks);

            if (grown == NULL) {
                t->text.failed = 1;
                return;
            }
            t->marks = grown;
            t->marks_room = room;
        }
        t->marks[t->marks_count++] = (struct source_mark){t->text.size, line};
    }
    asn1_put(&t->text, &c, 1);
}

void lexer_text_clear(struct source_text *t)
{
    asn1_clear(&t->text);
    free(t->marks);
    memset(t, 0, sizeof *t);
}

int lexer_starts(const struct lexer *x, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(x->end - x->at) >= n && memcmp(x->at, word, n) == 0;
}

char lexer_take(struct lexer *x)
{
    char c = *x->at++;

    if (c == '\n') {
        x->line++;
        x->line_start = 1;
    } else if (c != ' ' && c != '\t' && c != '\r') {
        x->line_start = 0;
    }
    return c;
}

void lexer_take_line(struct lexer *x, struct source_text *to)
{
    while (x->at < x->end && *x->at != '\n') {
        unsigned line = x->line;
        char c = lexer_take(x);

        if (to != NULL)
            lexer_put(to, c, line);
    }
}

/* A new part that is not of the program, or NULL when they are dropped. */
struct source_part *lexer_part_new(struct lexer *x, int disabled)
{
    struct source *s = x->out;

    if (s == NULL)
        return NULL;
    if (s->parts_count == s->parts_room) {
        size_t room = s->parts_room ? 2 * s->parts_room : 16;
        struct source_part *grown = realloc(s->parts, room * sizeof *grown);

        if (grown == NULL) {
            x->live->text.failed = 1;
            return NULL;
        }
        s->parts = grown;
        s->parts_room = room;
    }
    memset(&s->parts[s->parts_count], 0, sizeof *s->parts);
    s->parts[s->parts_count].disabled = disabled;
    return &s->parts[s->parts_count++];
}

/* Drops the last part when no certificate can be in it: most comments. */
void lexer_part_end(struct lexer *x)
{
    struct source *s = x->out;
    const struct asn1_buf *text;
    size_t commas = 0;

    if (s == NULL || s->parts_count == 0)
        return;
    text = &s->parts[s->parts_count - 1].inside.text;
    for (size_t i = 0; i < text->size && commas < COMMAS_MIN; i++)
        commas += text->data[i] == ',';
    if (text->failed || commas == COMMAS_MIN ||
        (text->size > 0 &&
         memmem(text->data, text->size, "-----BEGIN ", 11) != NULL))
        return;
    lexer_text_clear(&s->parts[--s->parts_count].inside);
}

void lexer_skip_blanks(struct lexer *x)
{
    while (x->at < x->end && (*x->at == ' ' || *x->at == '\t'))
        x->at++;
}
