/* Conditions of the C preprocessor: those that decide without a macro, and
 * where the others stand. */
#include "pki/lexer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The word of a directive at the start of a line ("if", "endif"), or "". */
static void directive(const struct lexer *x, char word[static 16],
                      const char **behind)
{
    const char *p = x->at + 1;
    size_t n = 0;

    while (p < x->end && (*p == ' ' || *p == '\t'))
        p++;
    while (p < x->end && n < 15 && islower((unsigned char)*p))
        word[n++] = *p++;
    word[n] = '\0';
    *behind = p;
}

/* A line of the preprocessor, where # may also begin a comment. */
int lexer_is_directive(const struct lexer *x)
{
    static const char words[] =
        " define include if ifdef ifndef else elif endif undef pragma error ";
    const char *behind;
    char word[16], padded[20];

    if (!(x->syntax & DIRECTIVES) || !x->line_start)
        return 0;
    directive(x, word, &behind);
    snprintf(padded, sizeof padded, " %s ", word);
    return strstr(words, padded) != NULL;
}

/* Is the condition that begins at p the constant? */
static int is_constant(const char *p, const char *end, char digit,
                       const char *word)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '('))
        p++;
    if (p < end && *p == digit)
        p++;
    else if ((size_t)(end - p) >= strlen(word) &&
             memcmp(p, word, strlen(word)) == 0)
        p += strlen(word);
    else
        return 0;
    return p == end || !(isalnum((unsigned char)*p) || *p == '_');
}

static int is_open(const char *word)
{
    return !strcmp(word, "if") || !strcmp(word, "ifdef") ||
           !strcmp(word, "ifndef");
}

static int is_other(const char *word)
{
    return !strcmp(word, "else") || !strcmp(word, "elif");
}

/* From behind the line of `#if 0` (or the #else of `#if 1`) to the directive
 * that ends it. 1 if that is an #else: what follows is of the program. */
static int take_disabled(struct lexer *x)
{
    struct source_part *part;
    char word[16] = "";
    int depth = 0;

    lexer_take_line(x, NULL);
    part = lexer_part_new(x, 1);
    while (x->at < x->end) {
        const char *behind;

        if (*x->at == '\n') {
            if (part != NULL)
                lexer_put(&part->inside, '\n', x->line);
            lexer_take(x);
        }
        lexer_skip_blanks(x);
        word[0] = '\0';
        if (lexer_starts(x, "#"))
            directive(x, word, &behind);
        depth += is_open(word);
        if (depth == 0 && (is_other(word) || !strcmp(word, "endif")))
            break;
        depth -= !strcmp(word, "endif");
        lexer_take_line(x, part ? &part->inside : NULL);
    }
    lexer_take_line(x, NULL); /* the directive that ended it */
    lexer_part_end(x);
    return is_other(word);
}

/* The guard of a header: `#ifndef X` with `#define X` behind it. */
static int is_guard(const struct lexer *x, const char *macro)
{
    const char *eol = memchr(x->at, '\n', (size_t)(x->end - x->at));
    size_t n = 0;
    char define[80];

    while (macro + n < x->end &&
           (isalnum((unsigned char)macro[n]) || macro[n] == '_'))
        n++;
    snprintf(define, sizeof define, "#define %.*s", (int)(n < 64 ? n : 64),
             macro);
    while (eol != NULL && eol < x->end && isspace((unsigned char)*eol))
        eol++;
    return eol != NULL && (size_t)(x->end - eol) >= strlen(define) &&
           memcmp(eol, define, strlen(define)) == 0;
}

static void push(struct lexer *x, const char *word, const char *behind)
{
    struct condition *c = &x->open[x->depth];

    if (x->depth++ >= DEPTH_MAX)
        return;
    while (behind < x->end && (*behind == ' ' || *behind == '\t'))
        behind++;
    memset(c, 0, sizeof *c);
    c->text = x->at;
    c->line = x->line;
    if (strcmp(word, "if") == 0)
        c->constant = (char)is_constant(behind, x->end, '1', "true");
    else if (strcmp(word, "ifndef") == 0)
        c->guard = (char)is_guard(x, behind);
    else if (*word == '\0') /* beside #if 0 */
        c->guard = 1;
}

static void condition_keep(struct lexer *x, const struct condition *c)
{
    struct source *s = x->out;
    struct source_condition *out;
    size_t n = 0;

    if (s->conditions_count == s->conditions_room) {
        size_t room = s->conditions_room ? 2 * s->conditions_room : 8;

        out = realloc(s->conditions, room * sizeof *out);
        if (out == NULL) {
            x->live->text.failed = 1;
            return;
        }
        s->conditions = out;
        s->conditions_room = room;
    }
    out = &s->conditions[s->conditions_count++];
    out->first = c->line;
    out->last = x->line;
    for (; c->text + n < x->end && n < sizeof out->directive - 1 &&
           isprint((unsigned char)c->text[n]);
         n++)
        out->directive[n] = c->text[n];
    out->directive[n] = '\0';
}

static void pop(struct lexer *x)
{
    const struct condition *c = &x->open[x->depth - 1];

    if (x->depth-- > DEPTH_MAX || x->out == NULL || c->constant || c->guard)
        return;
    condition_keep(x, c);
}

/* 1 if the line was a condition; it is no text. */
int lexer_take_condition(struct lexer *x)
{
    int constant =
        x->depth > 0 && x->depth <= DEPTH_MAX && x->open[x->depth - 1].constant;
    const char *behind;
    char word[16];

    directive(x, word, &behind);
    if (strcmp(word, "if") == 0 && is_constant(behind, x->end, '0', "false")) {
        if (take_disabled(x))
            push(x, "", x->at);
        return 1;
    }
    if (is_other(word) && constant) {
        if (!take_disabled(x))
            x->depth--;
        return 1;
    }
    if (is_open(word))
        push(x, word, behind);
    else if (strcmp(word, "endif") == 0 && x->depth > 0)
        pop(x);
    else if (!is_other(word) && strcmp(word, "endif") != 0)
        return 0;
    lexer_take_line(x, NULL);
    return 1;
}
