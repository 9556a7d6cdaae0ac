/* A walker over the text of a YAML document: block style by indentation, flow
 * style by brackets. Where it is wrong, only a line number is wrong, or
 * libcyaml refuses the text. */
#include "base/yaml_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value's text. key is where the line is counted from: its key, its dash, or
 * itself. */
struct node {
    const char *begin, *end; /* of the document */
    const char *at, *key;
    int in_flow;
};

static int is_end(const char *p, const char *end)
{
    return p >= end || *p == '\n' || *p == '\r';
}

static const char *line_end(const char *p, const char *end)
{
    while (p < end && *p != '\n')
        p++;
    return p;
}

/* Over spaces, line ends and comments. */
static const char *skip_blank(const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == '#')
            p = line_end(p, end);
        if (p >= end || !strchr(" \t\r\n", *p) || !*p)
            break;
    }
    return p;
}

static size_t column(const struct node *n, const char *p)
{
    size_t width = 0;

    while (p > n->begin && p[-1] != '\n') {
        p--;
        width++;
    }
    return width;
}

static int is_dash(const char *p, const char *end)
{
    return p < end && *p == '-' &&
           (p + 1 == end || p[1] == ' ' || is_end(p + 1, end));
}

/* Behind a quoted text that starts at p. */
static const char *quoted_end(const char *p, const char *end)
{
    char quote = *p++;

    for (; p < end && *p != quote; p++)
        if (quote == '"' && *p == '\\' && p + 1 < end)
            p++;
    return p < end ? p + 1 : end;
}

/* Behind the flow value that starts at p: at the ',' or bracket that ends it.
 */
static const char *flow_end(const char *p, const char *end)
{
    int depth = 0;

    while (p < end) {
        if ((*p == '"' || *p == '\'') && strchr(" {[,:", p[-1])) {
            p = quoted_end(p, end);
            continue;
        }
        if (*p == '[' || *p == '{')
            depth++;
        if (depth == 0 && (*p == ',' || *p == ']' || *p == '}'))
            break;
        if (*p == ']' || *p == '}')
            depth--;
        p++;
    }
    return p;
}

/* If the key stands at p, the place behind its colon; else NULL. */
static const char *behind_key(const char *p, const char *end, const char *key,
                              size_t size)
{
    const char *text = p;
    size_t width;

    if (p < end && (*p == '"' || *p == '\'')) {
        p = quoted_end(p, end);
        text++;
        width = (size_t)(p - text) - (p > text);
    } else {
        while (!is_end(p, end) && *p != ':' && *p != ' ')
            p++;
        width = (size_t)(p - text);
    }
    while (p < end && *p == ' ')
        p++;
    if (p >= end || *p != ':' || width != size || memcmp(text, key, size) != 0)
        return NULL;
    return p + 1;
}

/* The next line of the block that starts at the same column, or NULL. Lines of
 * a sequence may stand at the column of the mapping that holds it. */
static const char *block_next(const struct node *n, const char *p,
                              int in_sequence)
{
    size_t indent = column(n, n->at);

    while ((p = line_end(p, n->end)) < n->end) {
        p = skip_blank(p + 1, n->end);
        if (p >= n->end)
            return NULL;
        if (column(n, p) < indent)
            return NULL;
        if (column(n, p) == indent && is_dash(p, n->end) == in_sequence)
            return p;
        if (column(n, p) == indent && in_sequence)
            return NULL;
    }
    return NULL;
}

static void enter(struct node *n, const char *key, const char *at)
{
    n->key = key;
    n->at = skip_blank(at, n->end);
}

static int enter_flow_key(struct node *n, const char *key, size_t size)
{
    const char *p = n->at;

    n->in_flow = 1;
    do {
        const char *value;

        p = skip_blank(p + 1, n->end);
        value = behind_key(p, n->end, key, size);
        if (value) {
            enter(n, p, value);
            return 0;
        }
        p = flow_end(p, n->end);
    } while (p < n->end && *p == ',');
    return -1;
}

/* Finds a key in the mapping n and makes n its value. 0, or -1. */
static int enter_key(struct node *n, const char *key, size_t size)
{
    const char *p = n->at, *value;

    if (p < n->end && *p == '{')
        return enter_flow_key(n, key, size);
    if (n->in_flow || is_dash(p, n->end))
        return -1;
    for (; p && p < n->end; p = block_next(n, p, 0)) {
        value = behind_key(p, n->end, key, size);
        if (value) {
            enter(n, p, value);
            return 0;
        }
    }
    return -1;
}

/* Steps to the first element of the sequence n (element NULL) or to the one
 * after `element`. 0, or -1 at the end. */
static int next_element(const struct node *n, struct node *element)
{
    const char *p = element->key;

    if (n->at < n->end && *n->at == '[') {
        p = p ? flow_end(element->at, n->end) : n->at;
        if (p >= n->end || *p == ']' || *p == '}')
            return -1;
        *element = *n;
        element->in_flow = 1;
        p = skip_blank(p + 1, n->end);
        enter(element, p, p);
        return p < n->end && *p != ']' ? 0 : -1;
    }
    if (!is_dash(n->at, n->end))
        return -1;
    p = p ? block_next(n, p, 1) : n->at;
    if (!p)
        return -1;
    *element = *n;
    enter(element, p, p + 1);
    return 0;
}

static int enter_element(struct node *n, unsigned long index)
{
    struct node element = {0};

    do {
        if (next_element(n, &element))
            return -1;
    } while (index--);
    *n = element;
    return 0;
}

static struct node document(const uint8_t *data, size_t size)
{
    const char *begin = (const char *)data, *end = begin + size;
    struct node n = {begin, end, skip_blank(begin, end), begin, 0};

    if (n.end - n.at >= 3 && !memcmp(n.at, "---", 3))
        n.at = skip_blank(n.at + 3, end);
    n.key = n.at;
    return n;
}

/* Takes the first part of *path ("name" or "[3]"). 0, or -1 if it is not there.
 */
static int enter_part(struct node *n, const char **path)
{
    size_t size = strcspn(*path, ".[");
    const char *part = *path;
    char *rest;

    if (*part == '.')
        return (*path)++, 0;
    if (*part == '[') {
        unsigned long index = strtoul(part + 1, &rest, 10);

        *path = rest + (*rest == ']');
        return enter_element(n, index);
    }
    *path += size;
    return enter_key(n, part, size);
}

int yaml_text_line(const uint8_t *data, size_t size, const char *path)
{
    struct node n = document(data, size);
    int line = 1;

    while (*path && !enter_part(&n, &path))
        ;
    for (const char *p = n.begin; p < n.key; p++)
        line += *p == '\n';
    return line;
}

/* End of the single text at n; NULL if there is none (a list, a mapping,
 * nothing, or a text over several lines). */
static const char *text_end(const struct node *n)
{
    const char *p = n->at, *stop;

    if (p >= n->end || memchr(n->key, '\n', (size_t)(p - n->key)) ||
        strchr("[{|>&*!", *p) || is_dash(p, n->end))
        return NULL;
    if (*p == '"' || *p == '\'')
        stop = quoted_end(p, n->end);
    else
        stop = n->in_flow ? flow_end(p, n->end) : line_end(p, n->end);
    if (memchr(p, '\n', (size_t)(stop - p)))
        return NULL;
    if (*p == '"' || *p == '\'')
        return stop;
    while (p < stop && !(*p == '#' && p[-1] == ' '))
        p++;
    while (p > n->at && strchr(" \t\r", p[-1]))
        p--;
    return p;
}

/* Writes the text in brackets; plain ones get quotes, so that brackets and
 * commas in them mean nothing. */
static void write_listed(FILE *f, const char *from, const char *to)
{
    int plain = *from != '"' && *from != '\'';

    fputs(plain ? "['" : "[", f);
    for (const char *p = from; p < to; p++) {
        if (plain && *p == '\'')
            fputc('\'', f);
        fputc(*p, f);
    }
    fputs(plain ? "']" : "]", f);
}

/* Copies up to the value at n and writes it as a list; *from is how far the
 * document is copied. */
static void list_one(FILE *f, const struct node *n, const char **from)
{
    const char *end = text_end(n);

    if (!end || n->at < *from)
        return;
    fwrite(*from, 1, (size_t)(n->at - *from), f);
    write_listed(f, n->at, end);
    *from = end;
}

uint8_t *yaml_text_listed(const uint8_t *data, size_t size, const char *path,
                          size_t *out)
{
    struct node n = document(data, size), element = {0};
    const char *all = strstr(path, "[]."), *from = n.begin;
    char *copy = NULL;
    FILE *f = open_memstream(&copy, out);

    if (!f)
        return NULL;
    if (!all && !enter_key(&n, path, strlen(path)))
        list_one(f, &n, &from);
    if (all && !enter_key(&n, path, (size_t)(all - path)))
        while (!next_element(&n, &element)) {
            struct node value = element;

            if (!enter_key(&value, all + 3, strlen(all + 3)))
                list_one(f, &value, &from);
        }
    fwrite(from, 1, (size_t)(n.end - from), f);
    if (fclose(f)) {
        free(copy);
        return NULL;
    }
    return (uint8_t *)copy;
}

/* Is p (behind a backslash) the rest of an escape for NUL? */
static int is_nul_escape(const char *p, const char *end)
{
    static const char *const escapes[] = {"0", "x00", "u0000", "U00000000"};

    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        size_t n = strlen(escapes[i]);

        if ((size_t)(end - p) >= n && !memcmp(p, escapes[i], n))
            return 1;
    }
    return 0;
}

static int is_marker(const char *p, const char *end, const char *marker)
{
    return end - p >= 3 && !memcmp(p, marker, 3) &&
           (p + 3 == end || strchr(" \t\r\n", p[3]));
}

const char *yaml_text_refused(const uint8_t *data, size_t size, int *line)
{
    const char *p = (const char *)data, *end = p + size, *eol;
    int content = 0, ended = 0;

    for (*line = 1; p < end; p = eol + (eol < end), ++*line) {
        const char *first = p;

        eol = line_end(p, end);
        while (first < eol && (*first == ' ' || *first == '\t'))
            first++;
        if (is_end(first, end) || *first == '#' || *p == '%')
            continue;
        if (ended || (content && is_marker(p, end, "---")))
            return "a second YAML document; write one file for each";
        content |= !is_marker(p, end, "---") || !is_end(p + 3, end);
        ended = is_marker(p, end, "...");
        for (; first < eol; first++) {
            if (*first != '\\')
                continue;
            if (is_nul_escape(first + 1, eol))
                return "a NUL character in a text; remove it";
            first++;
        }
    }
    return NULL;
}
