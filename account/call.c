/* What all calls share, but for JSON. Must not know any one call. */
#include "account/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"

int call_fail(struct call *c, enum fault fault, const char *fmt, ...)
{
    va_list args;

    c->fault = fault;
    va_start(args, fmt);
    vsnprintf(c->message, sizeof c->message, fmt, args);
    va_end(args);
    return -1;
}

int call_internal(struct call *c)
{
    return call_fail(c, FAULT_INTERNAL,
                     "Internal failure; the endpoint's own "
                     "messages say which");
}

char *call_arn(struct call *c, const char *fmt, ...)
{
    struct account *a = c->account;
    char *rest = NULL, *arn = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&rest, fmt, args) < 0)
        rest = NULL;
    va_end(args);
    if (rest == NULL ||
        asprintf(&arn, "arn:%s:iot:%s:%s:%s", region_partition(a->region),
                 a->region, a->id, rest) < 0)
        arn = NULL;
    free(rest);
    return arn;
}

int call_need(struct call *c, const struct table *t, void *out, const char *key,
              const char *key2, const char *what)
{
    int status = rows_get(c->rows, t, out, key, key2);

    if (status < 0)
        return call_internal(c);
    if (status == 0)
        return 0;
    return call_fail(c, FAULT_NOT_FOUND, "%s not found: %s%s%s", what, key,
                     key2 ? ", " : "", key2 ? key2 : "");
}

/* What a request says of the page it wants. */
struct page {
    int64_t size, ascending;
    char *after; /* hex of rows_page.next */
};

static const char hex[] = "0-9a-f";
enum { PAGE_MAX = 250, PAGE_USUAL = 25 };
static const struct shape marker_page[] = {
    {MEMBER(page, size, SHAPE_NUMBER, "pageSize"), .place = SHAPE_QUERY,
     .min = 1, .max = PAGE_MAX},
    {MEMBER(page, after, SHAPE_TEXT, "marker"), .place = SHAPE_QUERY, .min = 2,
     .max = 1024, .set = hex},
    {MEMBER(page, ascending, SHAPE_FLAG, "isAscendingOrder"),
     .place = SHAPE_QUERY},
};
static const struct shape token_page[] = {
    {MEMBER(page, size, SHAPE_NUMBER, "maxResults"), .place = SHAPE_QUERY,
     .min = 1, .max = PAGE_MAX},
    {MEMBER(page, after, SHAPE_TEXT, "nextToken"), .place = SHAPE_QUERY,
     .min = 2, .max = 1024, .set = hex},
    {MEMBER(page, ascending, SHAPE_IGNORED, "")},
};
/* The same in a body. */
static const struct shape body_page[] = {
    {MEMBER(page, size, SHAPE_NUMBER, "maxResults"), .min = 1, .max = PAGE_MAX},
    {MEMBER(page, after, SHAPE_TEXT, "nextToken"), .min = 2, .max = 1024,
     .set = hex},
    {MEMBER(page, ascending, SHAPE_IGNORED, "")},
};
static const struct shape *const pages[] = {marker_page, token_page, body_page};
static const char *const next_names[] = {"nextMarker", "nextToken",
                                         "nextToken"};

/* Tokens are opaque: the hex of what the last row was ordered by. */
static void token_write(const char *text, char *out)
{
    *out = '\0';
    for (; *text != '\0'; text++, out += 2)
        snprintf(out, 3, "%02x", (unsigned char)*text);
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* In place. 0, or -1 if it is none that token_write made. */
static int token_read(char *text)
{
    size_t size = strlen(text);

    if (size % 2 != 0)
        return -1;
    for (size_t i = 0; i < size / 2; i++) {
        text[i] = (char)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
        if (text[i] == '\0')
            return -1;
    }
    text[size / 2] = '\0';
    return 0;
}

static int write_rows(struct call *c, const char *name,
                      const struct rows_query *q, const struct rows_page *page,
                      const struct shape *members, size_t count)
{
    int status = call_write_list(c, name);

    for (size_t i = 0; i < page->count && status == 0; i++) {
        const char *row = (char *)page->items + i * q->table->size;

        status = members[0].name[0] == '\0'
                     ? call_write_text(
                           c, name, *(char *const *)(row + members[0].offset))
                     : call_write_item(c, name, members, count, row);
    }
    return status;
}

static int write_next(struct call *c, enum call_paging paging, const char *next)
{
    char token[2 * sizeof((struct rows_page *)0)->next], *at = token;
    const struct shape m = {.name = next_names[paging], .kind = SHAPE_TEXT};

    if (*next == '\0')
        return 0;
    token_write(next, token);
    return call_write(c, "", &m, 1, &at);
}

int call_list(struct call *c, enum call_paging paging, const char *name,
              struct rows_query *q, const struct shape *members, size_t count)
{
    struct page p = {.size = PAGE_USUAL, .ascending = -1};
    struct rows_page page = {0};
    int status = call_read(c, pages[paging], 3, &p);

    if (status == 0 && p.after != NULL && token_read(p.after) != 0)
        status =
            call_fail(c, FAULT_INVALID_REQUEST, "%s is none that was given out",
                      pages[paging][1].name);
    if (status == 0) {
        q->after = p.after;
        q->limit = (size_t)p.size;
        if (p.ascending >= 0)
            q->descending = !p.ascending;
        if (rows_list(c->rows, q, &page) != 0)
            status = call_internal(c);
    }
    if (status == 0)
        status = write_rows(c, name, q, &page, members, count);
    if (status == 0)
        status = write_next(c, paging, page.next);
    rows_page_clear(q->table, &page);
    free(p.after);
    q->after = NULL;
    return status;
}
