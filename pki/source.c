/* One lexer for all languages: which marks it heeds is data. A literal that is
 * not closed ends with its line, so that an apostrophe in a text costs no more
 * than that line. */
#include "pki/source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pki/lexer.h"

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

static const char begin[] = "-----BEGIN ";

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
        lexer_put(to, (char)from->text.data[i], from->marks[mark].line);
    }
    to->text.failed |= from->text.failed;
    from->text.size = 0;
    from->marks_count = 0;
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

    if (!lexer_starts(x, begin))
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

        lexer_put(x->live, lexer_take(x), line);
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
    static const char from[] = {'n', 'r', 't'}, to[] = {'\n', '\r', '\t'};
    unsigned line = x->line, value = 0;
    const char *known;
    char c;

    if (lexer_starts(x, "\r\n"))
        lexer_take(x);
    c = lexer_take(x);
    if (c == '\n')
        return;
    known = memchr(from, c, sizeof from);
    if (known != NULL) {
        lexer_put(x->live, to[known - from], line);
        return;
    }
    if (c == 'x') {
        for (int n = 0; n < 2 && x->at < x->end && isxdigit((uint8_t)*x->at);
             n++)
            value = value << 4 | (unsigned)hex(lexer_take(x));
        lexer_put(x->live, (char)value, line);
        return;
    }
    if (c < '0' || c > '7') {
        lexer_put(x->live, c, line);
        return;
    }
    value = (unsigned)(c - '0');
    for (int n = 0; n < 2 && x->at < x->end && *x->at >= '0' && *x->at <= '7';
         n++)
        value = value << 3 | (unsigned)(lexer_take(x) - '0');
    lexer_put(x->live, (char)value, line);
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
    while (x->at < x->end && !lexer_starts(x, mark)) {
        unsigned line = x->line;

        stop = raw_block(x);
        if (stop != NULL) {
            copy_raw(x, stop);
            continue;
        }
        if (*x->at == '\n' && !over_lines)
            break;
        if (*x->at == '\\' && x->at + 1 < x->end) {
            lexer_take(x);
            take_escape(x);
            continue;
        }
        lexer_put(x->live, lexer_take(x), line);
    }
    if (lexer_starts(x, mark))
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

        lexer_put(x->live, lexer_take(x), line);
    }
    x->at += n + 2;
    x->after_string = 1;
    return 1;
}

/* Lines that begin with the mark, one after another, are one comment. */
static void take_line_comment(struct lexer *x, const char *mark)
{
    int whole_lines = x->line_start;
    struct source_part *part = lexer_part_new(x, 0);
    struct source_text *to = part ? &part->inside : NULL;

    for (;;) {
        struct lexer ahead;

        while (lexer_starts(x, mark))
            x->at += strlen(mark);
        lexer_take_line(x, to);
        if (to != NULL && x->at < x->end)
            lexer_put(to, '\n', x->line);
        ahead = *x;
        if (!whole_lines || ahead.at == ahead.end)
            break;
        lexer_take(&ahead);
        lexer_skip_blanks(&ahead);
        if (!lexer_starts(&ahead, mark))
            break;
        *x = ahead;
    }
    lexer_part_end(x);
}

static void take_block_comment(struct lexer *x)
{
    struct source_part *part = lexer_part_new(x, 0);

    x->at += 2;
    while (x->at < x->end && !lexer_starts(x, "*/")) {
        unsigned line = x->line;
        char c = lexer_take(x);

        if (part != NULL)
            lexer_put(&part->inside, c, line);
        if (c == '\n') { /* the star or slashes that begin a line are no text */
            lexer_skip_blanks(x);
            if (lexer_starts(x, "//"))
                x->at += 2;
            else if (lexer_starts(x, "*") && !lexer_starts(x, "*/"))
                x->at++;
        }
    }
    if (x->at < x->end)
        x->at += 2;
    lexer_part_end(x);
}

static const char *string_mark(const struct lexer *x)
{
    if (!(x->syntax & STRINGS))
        return NULL;
    if ((x->syntax & TRIPLE) && lexer_starts(x, "\"\"\""))
        return "\"\"\"";
    if ((x->syntax & TRIPLE) && lexer_starts(x, "'''"))
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

    if ((x->syntax & SLASHES) && line && lexer_starts(x, "//"))
        return "//";
    if ((x->syntax & HASH) && line && word && lexer_starts(x, "#") &&
        !lexer_is_directive(x))
        return "#";
    return (x->syntax & DASHES) && lexer_starts(x, "--") ? "--" : NULL;
}

static int take_condition_or_raw_string(struct lexer *x)
{
    return ((x->syntax & DIRECTIVES) && x->line_start && *x->at == '#' &&
            lexer_take_condition(x)) ||
           (*x->at == '"' && take_raw_string(x));
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
        else if ((x->syntax & BLOCKS) && lexer_starts(x, "/*"))
            take_block_comment(x);
        else if (take_condition_or_raw_string(x))
            continue;
        else if ((mark = string_mark(x)) != NULL)
            take_string(x, mark);
        else
            lexer_put(&x->code, lexer_take(x), line);
    }
}

static void run(struct lexer *x)
{
    x->line_start = 1;
    lex(x);
    flush(x, 0);
    lexer_text_clear(&x->code);
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
    lexer_text_clear(&whole);
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
    lexer_text_clear(&s->live);
    for (size_t i = 0; i < s->parts_count; i++)
        lexer_text_clear(&s->parts[i].inside);
    free(s->parts);
    memset(s, 0, sizeof *s);
}
