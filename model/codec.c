/* Members of JSON objects. */
#include "model/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/quantity.h"
#include "base/utf8.h"

enum { RAW = 0xef00 }; /* U+EF00 + byte: within three bytes of UTF-8 */

/* U+EF80 to U+EFFF stand for bytes; where a text has them itself, its three
 * bytes are written as bytes too, so that nothing is lost. */
static int is_raw(const unsigned char *s)
{
    return s[0] == 0xee && s[1] >= 0xbe && s[1] <= 0xbf;
}

static void put_raw(char *to, unsigned char byte)
{
    unsigned code = RAW + byte;

    to[0] = (char)(0xe0 | code >> 12);
    to[1] = (char)(0x80 | (code >> 6 & 0x3f));
    to[2] = (char)(0x80 | (code & 0x3f));
}

json_t *codec_string(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    char *escaped, *to;
    json_t *value;

    if (!text)
        return json_null();
    to = escaped = malloc(3 * strlen(text) + 1);
    if (!escaped)
        return NULL;
    while (*s) {
        size_t n = utf8_size(s, strnlen((const char *)s, UTF8_MAX));

        if (n > 0 && !(n == 3 && is_raw(s))) {
            memcpy(to, s, n);
            to += n;
            s += n;
            continue;
        }
        for (size_t k = n ? n : 1; k > 0; k--, to += 3)
            put_raw(to, *s++);
    }
    value = json_stringn(escaped, (size_t)(to - escaped));
    free(escaped);
    return value;
}

/* malloc'd; NULL: no memory. A NUL inside ends it. */
static char *unescaped(const char *text)
{
    char *out = malloc(strlen(text) + 1), *to = out;

    for (; out && *text; text++) {
        const unsigned char *s = (const unsigned char *)text;

        if (!is_raw(s)) {
            *to++ = *text;
            continue;
        }
        *to++ = (char)((s[1] & 0x3f) << 6 | (s[2] & 0x3f));
        text += 2;
    }
    if (out)
        *to = '\0';
    return out;
}

static void fail_memory(struct codec *c)
{
    if (!c->failed)
        diag("%s: out of memory", c->document);
    c->failed = 1;
}

void codec_put(struct codec *c, json_t *object, const char *key, json_t *value)
{
    if (!value || json_object_set_new(object, key, value) != 0)
        fail_memory(c);
}

void codec_add(struct codec *c, json_t *array, json_t *value)
{
    if (!value || json_array_append_new(array, value) != 0)
        fail_memory(c);
}

json_t *codec_strings(struct codec *c, char *const *items, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        codec_add(c, list, codec_string(items[i]));
    return list;
}

void codec_put_text(struct codec *c, json_t *object, const char *key,
                    const char *text)
{
    codec_put(c, object, key, codec_string(text));
}

void codec_put_number(struct codec *c, json_t *object, const char *key,
                      long long n)
{
    codec_put(c, object, key, json_integer(n));
}

void codec_put_flag(struct codec *c, json_t *object, const char *key, int yes)
{
    codec_put(c, object, key, json_boolean(yes));
}

void codec_put_texts(struct codec *c, json_t *object, const char *key,
                     char *const *items, size_t count)
{
    codec_put(c, object, key, codec_strings(c, items, count));
}

void codec_put_time(struct codec *c, json_t *object, const char *key,
                    int64_t at)
{
    char text[32];

    codec_put_text(c, object, key, time_format(at, text));
}

void codec_brief_text(struct codec *c, json_t *object, const char *key,
                      const char *text)
{
    if (text && *text)
        codec_put_text(c, object, key, text);
}

void codec_brief_number(struct codec *c, json_t *object, const char *key,
                        long long n, long long usual)
{
    if (n != usual)
        codec_put_number(c, object, key, n);
}

void codec_brief_texts(struct codec *c, json_t *object, const char *key,
                       char *const *items, size_t count)
{
    if (count > 0)
        codec_put_texts(c, object, key, items, count);
}

json_t *codec_finish(struct codec *c, json_t *object)
{
    if (!c->failed && object)
        return object;
    fail_memory(c);
    json_decref(object);
    return NULL;
}

void codec_fault(struct codec *c, const char *key, const char *what)
{
    if (!c->failed)
        diag("%s: %s: %s", c->document, key, what);
    c->failed = 1;
}

static const json_t *member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : value;
}

char *codec_text(struct codec *c, const json_t *object, const char *key)
{
    const json_t *value = member(object, key);
    char *text;

    if (!value)
        return NULL;
    if (!json_is_string(value)) {
        codec_fault(c, key, "must be text");
        return NULL;
    }
    text = unescaped(json_string_value(value));
    if (!text)
        fail_memory(c);
    return text;
}

char *codec_need_text(struct codec *c, const json_t *object, const char *key)
{
    char *text = codec_text(c, object, key);

    if (text)
        return text;
    codec_fault(c, key, "missing");
    return NULL;
}

long long codec_number(struct codec *c, const json_t *object, const char *key,
                       long long missing)
{
    const json_t *value = member(object, key);

    if (!value)
        return missing;
    if (!json_is_integer(value))
        codec_fault(c, key, "must be a whole number");
    return json_integer_value(value);
}

double codec_real(struct codec *c, const json_t *object, const char *key)
{
    const json_t *value = member(object, key);

    if (value && !json_is_number(value))
        codec_fault(c, key, "must be a number");
    return json_number_value(value);
}

int codec_tristate(struct codec *c, const json_t *object, const char *key)
{
    const json_t *value = member(object, key);

    if (!value)
        return -1;
    if (!json_is_boolean(value))
        codec_fault(c, key, "must be true or false");
    return json_is_true(value);
}

int codec_flag(struct codec *c, const json_t *object, const char *key,
               int missing)
{
    int value = codec_tristate(c, object, key);

    return value < 0 ? missing : value;
}

int64_t codec_time(struct codec *c, const json_t *object, const char *key)
{
    const char *text = json_string_value(member(object, key));
    int64_t at = 0;

    if (!text || time_parse(text, &at))
        codec_fault(c, key, "must be a time, as 2024-07-01T00:00:00Z");
    return at;
}

void *codec_alloc(struct codec *c, size_t count, size_t size)
{
    void *p = count ? calloc(count, size) : NULL;

    if (count && !p)
        fail_memory(c);
    return p;
}

const json_t *codec_object(struct codec *c, const json_t *object,
                           const char *key)
{
    const json_t *value = member(object, key);

    if (value && !json_is_object(value)) {
        codec_fault(c, key, "must be an object");
        return NULL;
    }
    return value;
}

const json_t *codec_array(struct codec *c, const json_t *object,
                          const char *key)
{
    const json_t *value = member(object, key);

    if (value && !json_is_array(value)) {
        codec_fault(c, key, "must be a list");
        return NULL;
    }
    return value;
}

char **codec_texts(struct codec *c, const json_t *object, const char *key,
                   size_t *count)
{
    const json_t *array = codec_array(c, object, key);
    size_t n = json_array_size(array);
    char **list = codec_alloc(c, n, sizeof *list);

    *count = 0;
    for (size_t i = 0; list && i < n; i++) {
        const char *text = json_string_value(json_array_get(array, i));

        if (!text) {
            codec_fault(c, key, "must be a list of texts");
            break;
        }
        list[i] = unescaped(text);
        if (!list[i]) {
            fail_memory(c);
            break;
        }
        *count = i + 1;
    }
    return list;
}

int codec_choice(struct codec *c, const json_t *object, const char *key,
                 const char *const *names, int count, int missing)
{
    const json_t *value = member(object, key);
    const char *text = json_string_value(value);

    if (!value)
        return missing;
    for (int i = 0; text && i < count; i++)
        if (names[i] && !strcmp(names[i], text))
            return i;
    codec_fault(c, key, "is not one of its words");
    return missing;
}

void codec_free_texts(char **list, size_t count)
{
    for (size_t i = 0; list && i < count; i++)
        free(list[i]);
    free(list);
}

char *codec_quote(const char *text)
{
    json_t *string = json_string(text);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

    if (!quoted)
        diag("%s: is no UTF-8 text", text);
    json_decref(string);
    return quoted;
}
