/* Finds the route, runs its function, makes the answer. Must not know what a
 * call does. */
#include "account/control.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account/inside.h"

static const struct route {
    const char *method, *path;
    int (*function)(struct call *c);
} routes[] = {
#define CALL(name, method, path) {method, path, call_##name},
#include "account/calls.def"
#undef CALL
};

static const struct {
    const char *name;
    int status;
} faults[] = {
#define FAULT(constant, name, status) {name, status},
#include "account/fault.def"
#undef FAULT
};

const char *control_header(const struct control_request *r, const char *name)
{
    for (size_t i = 0; i < r->headers_count; i++)
        if (strcasecmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    return NULL;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A copy with %XX undone (RFC 3986 section 2.1), in a query also +. NULL: it is
 * not well formed, has a NUL in it, or memory is out. */
static char *decode(const char *from, size_t size, int query)
{
    char *text = malloc(size + 1), *to = text;

    for (size_t i = 0; text != NULL && i < size; i++) {
        int high, low;

        if (from[i] != '%') {
            *to++ = (char)(query && from[i] == '+' ? ' ' : from[i]);
            continue;
        }
        high = i + 2 < size ? digit(from[i + 1]) : -1;
        low = high >= 0 ? digit(from[i + 2]) : -1;
        if (low < 0 || (high << 4 | low) == 0) {
            free(text);
            return NULL;
        }
        *to++ = (char)(high << 4 | low);
        i += 2;
    }
    if (text != NULL)
        *to = '\0';
    return text;
}

/* 0, or -1: as decode, or there are too many. */
static int parameter_add(struct call_parameter *list, size_t *count,
                         size_t room, char *name, char *value)
{
    if (name == NULL || value == NULL || *count == room) {
        free(name);
        free(value);
        return -1;
    }
    list[*count] = (struct call_parameter){name, value};
    /* The list owns them; the analyzer loses sight of that.
     * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    ++*count;
    return 0;
}

static int read_query(struct call *c, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "&"), name = strcspn(text, "=&");
        const char *value = text + name + (name < size);

        if (size > 0 &&
            parameter_add(c->query, &c->query_count, CALL_PARAMETERS,
                          decode(text, name, 1),
                          decode(value, (size_t)(text + size - value), 1)) != 0)
            return -1;
        text += size + (text[size] == '&');
    }
    return 0;
}

/* Segment by segment. 1: it is this path, and the names are filled. */
static int path_matches(struct call *c, const char *pattern, const char *path,
                        size_t size)
{
    const char *end = path + size;

    while (*pattern == '/' && path < end && *path == '/') {
        size_t want = strcspn(++pattern, "/"), have = 0;

        path++;
        while (path + have < end && path[have] != '/')
            have++;
        if (*pattern == '{') {
            if (parameter_add(c->path, &c->path_count, CALL_COUNT(c->path),
                              strndup(pattern + 1, want - 2),
                              decode(path, have, 0)) != 0)
                return 0;
        } else if (want != have || memcmp(pattern, path, want) != 0) {
            return 0;
        }
        pattern += want;
        path += have;
    }
    return *pattern == '\0' && path == end;
}

static void parameters_clear(struct call_parameter *list, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        free(list[i].name);
        free(list[i].value);
    }
    *count = 0;
}

/* NULL with the fault set. */
static const struct route *find(struct call *c)
{
    const struct control_request *r = c->request;
    size_t size = strcspn(r->target, "?#");
    int known = 0;

    for (size_t i = 0; i < CALL_COUNT(routes); i++) {
        if (path_matches(c, routes[i].path, r->target, size)) {
            if (strcmp(routes[i].method, r->method) == 0)
                return &routes[i];
            known = 1;
        }
        parameters_clear(c->path, &c->path_count);
    }
    call_fail(c, known ? FAULT_METHOD : FAULT_UNKNOWN_OPERATION,
              "There is no operation %s %.200s", r->method, r->target);
    return NULL;
}

static int serve(struct call *c)
{
    const struct control_request *r = c->request;
    const struct route *route = find(c);
    const char *query = strchr(r->target, '?');

    if (route == NULL)
        return -1;
    if (r->size > CONTROL_BODY_MAX)
        return call_fail(c, FAULT_TOO_LARGE, "The body has more than %d bytes",
                         CONTROL_BODY_MAX);
    if (query != NULL && read_query(c, query + 1) != 0)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "The query string is not well formed");
    if (call_codec_read(c, r->body, r->size) != 0)
        return -1;
    return account_run(c, route->function);
}

void control_answer(struct account *a, const struct control_request *r,
                    struct control_answer *out)
{
    struct call c = {.account = a, .request = r};
    int status = serve(&c);

    out->status = status == 0 ? 200 : faults[c.fault].status;
    out->error = status == 0 ? NULL : faults[c.fault].name;
    out->body = status == 0 ? call_codec_write(&c) : call_codec_fault(&c);
    call_codec_clear(&c);
    parameters_clear(c.path, &c.path_count);
    parameters_clear(c.query, &c.query_count);
}

void control_answer_clear(struct control_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}
