/* One lexer for all languages: which marks it heeds is data. A literal that is
 * not closed ends with its line, so that an apostrophe in a text costs no more
 * than that line. */
#include "pki/source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const struct language {
    const char *endings; /* between blanks */
    int syntax;
} languages[] = {
    {" h hh hpp hxx c cc cpp cxx ino pde inc m mm s ", C_LIKE},
    {" js mjs cjs jsx ts tsx go rs cs dart zig proto json json5 jsonc ",
     SCRIPT},
    {" java kt kts swift scala groovy ", SCRIPT | TRIPLE},
    {" php ", SCRIPT | HASH},
    {" py pyi pyw toml ", HASHED | TRIPLE},
    {" sh bash zsh rb pl pm yaml yml conf cfg ini properties mk cmake tf env ",
     HASHED},
    {" lua ", DASHES | STRINGS},
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

static const char begin[] = "-----BEGIN ";

static void put(struct source_text *t, char c, unsigned line)
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

static void text_clear(struct source_text *t)
{
    asn1_clear(&t->text);
    free(t->marks);
    memset(t, 0, sizeof *t);
}

unsigned source_line(const struct source_text *t, size_t at)
{
    size_t low = 0, high = t->marks_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (t->marks[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return t->marks_count ? t->marks[low].line : 1;
}

static void append(struct source_text *to, struct source_text *from)
{
    size_t mark = 0;

    for (size_t i = 0; i < from->text.size; i++) {
        while (mark + 1 < from->marks_count && from->marks[mark + 1].at <= i)
            mark++;
        put(to, (char)from->text.data[i], from->marks[mark].line);
    }
    to->text.failed |= from->text.failed;
    from->text.size = 0;
    from->marks_count = 0;
}

static int starts(const struct lexer *x, const char *word)
{
    size_t n = strlen(word);

    return (size_t)(x->end - x->at) >= n && memcmp(x->at, word, n) == 0;
}

static char take(struct lexer *x)
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

static void take_line(struct lexer *x, struct source_text *to)
{
    while (x->at < x->end && *x->at != '\n') {
        unsigned line = x->line;
        char c = take(x);

        if (to != NULL)
            put(to, c, line);
    }
}

/* What may stand between the pieces of one text: blanks, plus signs, brackets,
 * commas, a word (a macro for the line's end, a prefix). */
static int is_glue(const struct source_text *t)
{
    int words = 0, in_word = 0;

    for (size_t i = 0; i < t->text.size; i++) {
        unsigned char c = t->text.data[i];
        int letter = isalnum(c) || c == '_';

        words += letter && !in_word;
        in_word = letter;
        if (!letter && (c == '\0' || strchr(" \t\r\n+\\.(),", c) == NULL))
            return 0;
    }
    return words <= 1;
}

/* Before a string: drops the code that joins it to the one before. */
static void flush(struct lexer *x, int before_string)
{
    if (before_string && x->after_string && is_glue(&x->code)) {
        x->code.text.size = 0;
        x->code.marks_count = 0;
        return;
    }
    append(x->live, &x->code);
}

static const char *find(const char *at, const char *end, const char *what)
{
    return memmem(at, (size_t)(end - at), what, strlen(what));
}

/* Behind the dashes that close a mark, or NULL. */
static const char *mark_end(const char *at, const char *end)
{
    const char *p =
        find(at, end - at > MARK_MAX ? at + MARK_MAX : end, "-----");

    return p ? p + 5 : NULL;
}

/* A PEM block in raw text: behind its BEGIN mark the line ends. The place
 * behind its END mark, or NULL. */
static const char *raw_block(const struct lexer *x)
{
    const char *p, *next, *stop;

    if (!starts(x, begin))
        return NULL;
    p = mark_end(x->at + strlen(begin), x->end);
    while (p != NULL && p < x->end && (*p == ' ' || *p == '\r'))
        p++;
    if (p == NULL || p == x->end || *p != '\n')
        return NULL;
    next = find(p, x->end, begin);
    stop = find(p, next ? next : x->end, "-----END ");
    return stop ? mark_end(stop + 9, x->end) : NULL;
}

static void copy_raw(struct lexer *x, const char *stop)
{
    flush(x, 0);
    while (x->at < stop) {
        unsigned line = x->line;

        put(x->live, take(x), line);
    }
    x->after_string = 0;
}

static int hex(int c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* Behind a backslash. */
static void take_escape(struct lexer *x)
{
    static const char from[] = "nrt", to[] = "\n\r\t";
    unsigned line = x->line, value = 0;
    const char *known;
    char c;

    if (starts(x, "\r\n"))
        take(x);
    c = take(x);
    if (c == '\n')
        return;
    known = memchr(from, c, 3);
    if (known != NULL) {
        put(x->live, to[known - from], line);
        return;
    }
    if (c == 'x') {
        for (int n = 0; n < 2 && x->at < x->end && isxdigit((uint8_t)*x->at);
             n++)
            value = value << 4 | (unsigned)hex(take(x));
        put(x->live, (char)value, line);
        return;
    }
    if (c < '0' || c > '7') {
        put(x->live, c, line);
        return;
    }
    value = (unsigned)(c - '0');
    for (int n = 0; n < 2 && x->at < x->end && *x->at >= '0' && *x->at <= '7';
         n++)
        value = value << 3 | (unsigned)(take(x) - '0');
    put(x->live, (char)value, line);
}

/* One literal. `mark` closes it; so does the end of the line, where it may not
 * go on behind it. */
static void take_string(struct lexer *x, const char *mark)
{
    int over_lines = mark[1] != '\0' || *mark == '`';
    const char *stop;

    flush(x, 1);
    x->at += strlen(mark);
    x->line_start = 0;
    while (x->at < x->end && !starts(x, mark)) {
        unsigned line = x->line;

        stop = raw_block(x);
        if (stop != NULL) {
            copy_raw(x, stop);
            continue;
        }
        if (*x->at == '\n' && !over_lines)
            break;
        if (*x->at == '\\' && x->at + 1 < x->end) {
            take(x);
            take_escape(x);
            continue;
        }
        put(x->live, take(x), line);
    }
    if (starts(x, mark))
        x->at += strlen(mark);
    x->after_string = 1;
}

/* R"x( ... )x" of C++; the R is in the code already. 1 if it was one. */
static int take_raw_string(struct lexer *x)
{
    char close[20] = ")";
    size_t n = 0;
    const char *stop;

    if (!(x->syntax & DIRECTIVES) || x->unclosed || x->code.text.size == 0 ||
        x->code.text.data[x->code.text.size - 1] != 'R')
        return 0;
    while (n < 16 && x->at + 1 + n < x->end && x->at[1 + n] != '(')
        n++;
    if (n == 16 || x->at + 1 + n == x->end)
        return 0;
    memcpy(close + 1, x->at + 1, n);
    close[1 + n] = '"';
    stop = find(x->at, x->end, close);
    x->unclosed = stop == NULL; /* is looked for once */
    if (stop == NULL)
        return 0;
    flush(x, 1);
    for (x->at += n + 2; x->at < stop;) {
        unsigned line = x->line;

        put(x->live, take(x), line);
    }
    x->at += n + 2;
    x->after_string = 1;
    return 1;
}

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
static int is_directive(const struct lexer *x)
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

/* A new part that is not of the program, or NULL when they are dropped. */
static struct source_part *part_new(struct lexer *x, int disabled)
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
static void part_end(struct lexer *x)
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
         memmem(text->data, text->size, begin, strlen(begin)) != NULL))
        return;
    text_clear(&s->parts[--s->parts_count].inside);
}

static void skip_blanks(struct lexer *x)
{
    while (x->at < x->end && (*x->at == ' ' || *x->at == '\t'))
        x->at++;
}

/* Lines that begin with the mark, one after another, are one comment. */
static void take_line_comment(struct lexer *x, const char *mark)
{
    int whole_lines = x->line_start;
    struct source_part *part = part_new(x, 0);
    struct source_text *to = part ? &part->inside : NULL;

    for (;;) {
        struct lexer ahead;

        while (starts(x, mark))
            x->at += strlen(mark);
        take_line(x, to);
        if (to != NULL && x->at < x->end)
            put(to, '\n', x->line);
        ahead = *x;
        if (!whole_lines || ahead.at == ahead.end)
            break;
        take(&ahead);
        skip_blanks(&ahead);
        if (!starts(&ahead, mark))
            break;
        *x = ahead;
    }
    part_end(x);
}

static void take_block_comment(struct lexer *x)
{
    struct source_part *part = part_new(x, 0);

    x->at += 2;
    while (x->at < x->end && !starts(x, "*/")) {
        unsigned line = x->line;
        char c = take(x);

        if (part != NULL)
            put(&part->inside, c, line);
        if (c == '\n') { /* the star or slashes that begin a line are no text */
            skip_blanks(x);
            if (starts(x, "//"))
                x->at += 2;
            else if (starts(x, "*") && !starts(x, "*/"))
                x->at++;
        }
    }
    if (x->at < x->end)
        x->at += 2;
    part_end(x);
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

    take_line(x, NULL);
    part = part_new(x, 1);
    while (x->at < x->end) {
        const char *behind;

        if (*x->at == '\n') {
            if (part != NULL)
                put(&part->inside, '\n', x->line);
            take(x);
        }
        skip_blanks(x);
        word[0] = '\0';
        if (starts(x, "#"))
            directive(x, word, &behind);
        depth += is_open(word);
        if (depth == 0 && (is_other(word) || !strcmp(word, "endif")))
            break;
        depth -= !strcmp(word, "endif");
        take_line(x, part ? &part->inside : NULL);
    }
    take_line(x, NULL); /* the directive that ended it */
    part_end(x);
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
static int take_condition(struct lexer *x)
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
    take_line(x, NULL);
    return 1;
}

static const char *string_mark(const struct lexer *x)
{
    if (!(x->syntax & STRINGS))
        return NULL;
    if ((x->syntax & TRIPLE) && starts(x, "\"\"\""))
        return "\"\"\"";
    if ((x->syntax & TRIPLE) && starts(x, "'''"))
        return "'''";
    return *x->at == '"'    ? "\""
           : *x->at == '\'' ? "'"
           : *x->at == '`'  ? "`"
                            : NULL;
}

static const char *comment_mark(const struct lexer *x)
{
    int line = x->syntax & LINE_MARKS ? x->line_start : 1;
    int word = x->line_start || x->code.text.size == 0 ||
               isspace(x->code.text.data[x->code.text.size - 1]);

    if ((x->syntax & SLASHES) && line && starts(x, "//"))
        return "//";
    if ((x->syntax & HASH) && line && word && starts(x, "#") &&
        !is_directive(x))
        return "#";
    return (x->syntax & DASHES) && starts(x, "--") ? "--" : NULL;
}

static void lex(struct lexer *x)
{
    while (x->at < x->end) {
        const char *mark, *stop = raw_block(x);
        unsigned line = x->line;

        if (stop != NULL)
            copy_raw(x, stop);
        else if ((mark = comment_mark(x)) != NULL)
            take_line_comment(x, mark);
        else if ((x->syntax & BLOCKS) && starts(x, "/*"))
            take_block_comment(x);
        else if ((x->syntax & DIRECTIVES) && x->line_start && *x->at == '#' &&
                 take_condition(x))
            continue;
        else if (*x->at == '"' && take_raw_string(x))
            continue;
        else if ((mark = string_mark(x)) != NULL)
            take_string(x, mark);
        else
            put(&x->code, take(x), line);
    }
}

static void run(struct lexer *x)
{
    x->line_start = 1;
    lex(x);
    flush(x, 0);
    text_clear(&x->code);
}

static int syntax_of(const char *name, const char *text, const char *end)
{
    const char *dot = strrchr(name, '.');
    char ending[12] = " ";
    size_t n = 1;

    for (; dot != NULL && dot[n] != '\0' && n < 10; n++)
        ending[n] = (char)tolower((unsigned char)dot[n]);
    ending[n] = ' ';
    for (size_t i = 0; dot && i < sizeof languages / sizeof *languages; i++)
        if (strstr(languages[i].endings, ending) != NULL)
            return languages[i].syntax;
    /* No language by its name: a mark in quotes is a string of some code. */
    if (find(text, end, "\"-----BEGIN ") || find(text, end, "'-----BEGIN "))
        return C_LIKE | HASH;
    return SLASHES | HASH | LINE_MARKS;
}

/* A comment's text, or what is disabled, as if it were in the program. */
static int open_part(struct source_part *part, int syntax)
{
    struct source_text whole = part->inside;
    int failed = whole.text.failed;

    memset(&part->inside, 0, sizeof part->inside);
    if (whole.text.size > 0) {
        const char *text = (const char *)whole.text.data;
        struct lexer x = {.syntax = syntax & ~DIRECTIVES,
                          .at = text,
                          .end = text + whole.text.size,
                          .line = 1,
                          .live = &part->inside};

        if (!part->disabled)
            x.syntax &= STRINGS | TRIPLE;
        run(&x);
        /* Lines of the part to lines of the file. */
        for (size_t i = 0; i < part->inside.marks_count; i++)
            part->inside.marks[i].line += whole.marks[0].line - 1;
    }
    failed |= part->inside.text.failed;
    text_clear(&whole);
    return failed ? -1 : 0;
}

int source_read(const char *name, const uint8_t *data, size_t size,
                struct source *out)
{
    const char *text = (const char *)data;
    struct lexer x = {.at = text,
                      .end = text + size,
                      .line = 1,
                      .live = &out->live,
                      .out = out};

    memset(out, 0, sizeof *out);
    x.syntax = syntax_of(name, text, text + size);
    run(&x);
    for (size_t i = 0; i < out->parts_count; i++)
        if (open_part(&out->parts[i], x.syntax) != 0)
            return -1;
    return out->live.text.failed ? -1 : 0;
}

const struct source_condition *source_condition(const struct source *s,
                                                unsigned line)
{
    for (size_t i = 0; i < s->conditions_count; i++)
        if (s->conditions[i].first < line && line < s->conditions[i].last)
            return &s->conditions[i];
    return NULL;
}

void source_clear(struct source *s)
{
    free(s->conditions);
    text_clear(&s->live);
    for (size_t i = 0; i < s->parts_count; i++)
        text_clear(&s->parts[i].inside);
    free(s->parts);
    memset(s, 0, sizeof *s);
}
