/* Requests and answers between their JSON, query and header form and structs.
 * Says what is wrong in the words of the public API. Must not know what a call
 * does. */
#include "account/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "account/control.h"
#include "base/quantity.h"
#include "model/codec.h"

enum { VALUE_SHOWN = 120 };

/* What came for a member: JSON, or a text; neither: it is not there. */
struct came {
    const json_t *json;
    const char *text;
};

int call_codec_read(struct call *c, const char *body, size_t size)
{
    json_error_t error;

    if (size == 0)
        return 0;
    c->in = json_loadb(body, size, JSON_REJECT_DUPLICATES, &error);
    if (c->in == NULL)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "The body is no JSON: line %d: %s", error.line,
                         error.text);
    if (!json_is_object((json_t *)c->in))
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "The body is no JSON object");
    return 0;
}

void call_codec_clear(struct call *c)
{
    json_decref(c->in);
    json_decref(c->out);
    c->in = c->out = NULL;
}

static const json_t *in_body(const json_t *object, const char *name)
{
    const char *dot = strchr(name, '.');
    char first[64];

    if (dot == NULL)
        return json_object_get(object, name);
    snprintf(first, sizeof first, "%.*s", (int)(dot - name), name);
    return in_body(json_object_get(object, first), dot + 1);
}

static const char *in_parameters(const struct call_parameter *p, size_t count,
                                 const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(p[i].name, name) == 0)
            return p[i].value;
    return NULL;
}

static struct came find(const struct call *c, const struct shape *m)
{
    struct came came = {NULL, NULL};

    if (m->place == SHAPE_BODY)
        came.json = in_body(c->in, m->name);
    else if (m->place == SHAPE_PATH)
        came.text = in_parameters(c->path, c->path_count, m->name);
    else if (m->place == SHAPE_QUERY)
        came.text = in_parameters(c->query, c->query_count, m->name);
    else
        came.text = control_header(c->request, m->name);
    if (json_is_null(came.json))
        came.json = NULL;
    return came;
}

__attribute__((format(printf, 4, 5))) static int refuse(struct call *c,
                                                        const struct shape *m,
                                                        const char *value,
                                                        const char *fmt, ...)
{
    char constraint[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(constraint, sizeof constraint, fmt, args);
    va_end(args);
    return call_fail(c, FAULT_INVALID_REQUEST,
                     "1 validation error detected: Value %s%.*s%s at '%s' "
                     "failed to satisfy constraint: Member must %s",
                     value ? "'" : "", VALUE_SHOWN, value ? value : "null",
                     value ? "'" : "", m->name, constraint);
}

static int is_in_set(const char *set, char c)
{
    for (; *set != '\0'; set++) {
        if (set[1] == '-' && set[2] != '\0') {
            if (c >= set[0] && c <= set[2])
                return 1;
            set += 2;
        } else if (*set == c) {
            return 1;
        }
    }
    return 0;
}

static int64_t characters(const char *text)
{
    int64_t n = 0;

    for (; *text != '\0'; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

static int check_text(struct call *c, const struct shape *m, const char *text)
{
    json_t *utf8 = json_string(text);

    json_decref(utf8);
    if (utf8 == NULL)
        return refuse(c, m, "", "be UTF-8");
    if (characters(text) < m->min)
        return refuse(c, m, text, "have length greater than or equal to %lld",
                      (long long)m->min);
    if (m->max > 0 && characters(text) > m->max)
        return refuse(c, m, text, "have length less than or equal to %lld",
                      (long long)m->max);
    for (const char *at = text; m->set != NULL && *at != '\0'; at++)
        if (!is_in_set(m->set, *at))
            return refuse(c, m, text,
                          "satisfy regular expression pattern: [%s]+", m->set);
    return 0;
}

static int set_text(struct call *c, char **to, char *text)
{
    if (text == NULL)
        return call_internal(c);
    free(*to);
    *to = text;
    return 0;
}

static int read_text(struct call *c, const struct shape *m, struct came came,
                     char **to)
{
    const char *text = came.json ? json_string_value(came.json) : came.text;

    if (text == NULL)
        return refuse(c, m, NULL, "be a string");
    return check_text(c, m, text) ? -1 : set_text(c, to, strdup(text));
}

static int read_word(struct call *c, const struct shape *m, struct came came,
                     int64_t *to)
{
    const char *text = came.json ? json_string_value(came.json) : came.text;
    char all[256] = "";

    for (int i = 0; m->words[i] != NULL; i++) {
        if (text != NULL && strcmp(m->words[i], text) == 0) {
            *to = i;
            return 0;
        }
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                 i ? ", " : "", m->words[i]);
    }
    return refuse(c, m, text, "satisfy enum value set: [%s]", all);
}

static int read_flag(struct call *c, const struct shape *m, struct came came,
                     int64_t *to)
{
    int yes =
        came.json ? json_is_true(came.json) : strcmp(came.text, "true") == 0;
    int no =
        came.json ? json_is_false(came.json) : strcmp(came.text, "false") == 0;

    if (!yes && !no)
        return refuse(c, m, came.text, "be true or false");
    *to = yes;
    return 0;
}

static int read_number(struct call *c, const struct shape *m, struct came came,
                       int64_t *to)
{
    char *end = NULL;
    long long n = 0;

    if (came.text != NULL) {
        n = strtoll(came.text, &end, 10);
        if (*came.text == '\0' || *end != '\0')
            return refuse(c, m, came.text, "be a number");
    } else if (json_is_real(came.json)) {
        n = (long long)json_real_value(came.json);
    } else if (json_is_integer(came.json)) {
        n = json_integer_value(came.json);
    } else {
        return refuse(c, m, NULL, "be a number");
    }
    if (n < m->min || (m->max > 0 && n > m->max))
        return refuse(c, m, came.text, "be between %lld and %lld",
                      (long long)m->min, (long long)m->max);
    *to = n;
    return 0;
}

static int read_one(struct call *c, const struct shape *m, struct came came,
                    char **to)
{
    size_t count = json_array_size(came.json);

    if (!json_is_array(came.json) || count > 1)
        return refuse(c, m, NULL, "be a list of at most 1");
    came.json = json_array_get(came.json, 0);
    return count == 0 ? 0 : read_text(c, m, came, to);
}

/* Each without a blank inside, by the set. */
static int read_words(struct call *c, const struct shape *m, struct came came,
                      char **to)
{
    char *text = NULL, *word = NULL;
    size_t size = 0, i;
    FILE *f = json_is_array(came.json) ? open_memstream(&text, &size) : NULL;
    int status = f ? 0 : refuse(c, m, NULL, "be a list");

    for (i = 0; status == 0 && i < json_array_size(came.json); i++) {
        struct came one = {json_array_get(came.json, i), NULL};

        status = read_text(c, m, one, &word);
        fprintf(f, "%s ", word ? word : "");
    }
    free(word);
    if (f != NULL && fclose(f) != 0 && status == 0)
        status = call_internal(c);
    if (status == 0)
        return set_text(c, to, text);
    free(text);
    return status;
}

static int read_map(struct call *c, const struct shape *m, struct came came,
                    char **to)
{
    json_t *object = (json_t *)came.json, *value;
    const char *key;

    if (!json_is_object(object))
        return refuse(c, m, NULL, "be a map of strings");
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value))
            return refuse(c, m, key, "have values that are strings");
        if (check_text(c, m, key) != 0 ||
            check_text(c, m, json_string_value(value)) != 0)
            return -1;
    }
    return set_text(c, to, json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS));
}

/* A number in a body, a text elsewhere. */
static int read_time(struct call *c, const struct shape *m, struct came came,
                     int64_t *to)
{
    if (came.text == NULL)
        return read_number(c, m, came, to);
    return time_parse(came.text, to) == 0
               ? 0
               : refuse(c, m, came.text, "be a time");
}

static int read_member(struct call *c, const struct shape *m, struct came came,
                       void *at)
{
    switch (m->kind) {
    case SHAPE_TEXT:
        return read_text(c, m, came, at);
    case SHAPE_FLAG:
        return read_flag(c, m, came, at);
    case SHAPE_TIME:
        return read_time(c, m, came, at);
    case SHAPE_NUMBER:
        return read_number(c, m, came, at);
    case SHAPE_WORD:
        return read_word(c, m, came, at);
    case SHAPE_ONE:
        return read_one(c, m, came, at);
    case SHAPE_WORDS:
        return read_words(c, m, came, at);
    case SHAPE_MAP:
        return read_map(c, m, came, at);
    case SHAPE_IGNORED:
        break;
    }
    return 0;
}

int call_read(struct call *c, const struct shape *members, size_t count,
              void *to)
{
    for (size_t i = 0; i < count; i++) {
        const struct shape *m = &members[i];
        struct came came = find(c, m);
        int there = came.json != NULL || came.text != NULL;

        if (!there && m->required)
            return refuse(c, m, NULL, "not be null");
        if (there && read_member(c, m, came, (char *)to + m->offset) != 0)
            return -1;
    }
    return 0;
}

int call_merge(struct call *c, const char *before, char **map)
{
    json_t *all = json_loads(before, 0, NULL),
           *over = json_loads(*map, 0, NULL);
    json_t *value;
    const char *key;
    char *text = NULL;

    json_object_foreach(over, key, value)
    {
        if (*json_string_value(value) == '\0')
            json_object_del(all, key);
        else
            json_object_set(all, key, value);
    }
    if (all != NULL && over != NULL)
        text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(all);
    json_decref(over);
    return set_text(c, map, text);
}

struct call_parameter *call_map_read(const char *map, size_t *count)
{
    json_t *all = map ? json_loads(map, 0, NULL) : NULL, *value;
    struct call_parameter *list =
        calloc(json_object_size(all) + 1, sizeof *list);
    const char *key;

    *count = 0;
    if (list != NULL)
        json_object_foreach(all, key, value)
        {
            list[*count].name = strdup(key);
            list[(*count)++].value = strdup(json_string_value(value));
        }
    json_decref(all);
    return list;
}

void call_map_free(struct call_parameter *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].name);
        free(list[i].value);
    }
    free(list);
}

static int is_text(enum shape_kind kind)
{
    return kind == SHAPE_TEXT || kind == SHAPE_ONE || kind == SHAPE_WORDS ||
           kind == SHAPE_MAP;
}

void call_clear(const struct shape *members, size_t count, void *what)
{
    for (size_t i = 0; i < count; i++)
        if (is_text(members[i].kind)) {
            char **text = (char **)((char *)what + members[i].offset);

            free(*text);
            *text = NULL;
        }
}

/* The member's value, new; NULL: it is left out, or memory. */
static json_t *value_of(const struct shape *m, const void *from)
{
    const void *at = (const char *)from + m->offset;
    const char *text = is_text(m->kind) ? *(char *const *)at : NULL;
    int64_t n = is_text(m->kind) ? 0 : *(const int64_t *)at;

    switch (m->kind) {
    case SHAPE_TEXT:
        return text ? codec_string(text) : NULL;
    case SHAPE_MAP:
        return text ? json_loads(text, 0, NULL) : NULL;
    case SHAPE_FLAG:
        return json_boolean(n);
    case SHAPE_NUMBER:
    case SHAPE_TIME:
        return json_integer(n);
    case SHAPE_WORD:
        return json_string(m->words[n]);
    default:
        return NULL;
    }
}

/* Sets "a.b.c", making what is between. 0 or -1. */
static int set_path(json_t *object, const char *name, json_t *value)
{
    const char *dot = strchr(name, '.');
    json_t *inner;
    char first[64];

    if (dot == NULL)
        return json_object_set_new(object, name, value);
    snprintf(first, sizeof first, "%.*s", (int)(dot - name), name);
    inner = json_object_get(object, first);
    if (inner == NULL) {
        inner = json_object();
        if (json_object_set_new(object, first, inner) != 0) {
            json_decref(value);
            return -1;
        }
    }
    return set_path(inner, dot + 1, value);
}

static json_t *out_of(struct call *c)
{
    if (c->out == NULL)
        c->out = json_object();
    return c->out;
}

static int write_members(struct call *c, json_t *to, const char *under,
                         const struct shape *members, size_t count,
                         const void *from)
{
    char name[160];

    for (size_t i = 0; i < count; i++) {
        json_t *value = value_of(&members[i], from);

        snprintf(name, sizeof name, "%s%s%s", under, *under ? "." : "",
                 members[i].name);
        if (value != NULL && set_path(to, name, value) != 0)
            return call_internal(c);
    }
    return 0;
}

int call_write(struct call *c, const char *under, const struct shape *members,
               size_t count, const void *from)
{
    json_t *to = out_of(c);

    return to ? write_members(c, to, under, members, count, from)
              : call_internal(c);
}

static json_t *list_of(struct call *c, const char *name)
{
    json_t *out = out_of(c), *list = json_object_get(out, name);

    if (list == NULL && json_object_set_new(out, name, json_array()) == 0)
        list = json_object_get(out, name);
    return list;
}

int call_write_list(struct call *c, const char *name)
{
    return list_of(c, name) ? 0 : call_internal(c);
}

int call_write_item(struct call *c, const char *name,
                    const struct shape *members, size_t count, const void *from)
{
    json_t *item = json_object();

    if (json_array_append_new(list_of(c, name), item) != 0)
        return call_internal(c);
    return write_members(c, item, "", members, count, from);
}

int call_write_text(struct call *c, const char *name, const char *text)
{
    return json_array_append_new(list_of(c, name), codec_string(text)) == 0
               ? 0
               : call_internal(c);
}

char *call_codec_write(struct call *c)
{
    return json_dumps(out_of(c), JSON_COMPACT);
}

char *call_codec_fault(const struct call *c)
{
    struct codec codec = {"fault", 0};
    json_t *object = json_object();
    char *text;

    codec_put_text(&codec, object, "message", c->message);
    if (c->resource_id[0] != '\0')
        codec_put_text(&codec, object, "resourceId", c->resource_id);
    if (c->resource_arn[0] != '\0')
        codec_put_text(&codec, object, "resourceArn", c->resource_arn);
    text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}
