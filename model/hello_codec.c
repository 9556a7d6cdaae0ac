/* A ClientHello's id is a hash of its content. */
#include "model/hello_codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { FIRST_SIZE = 64, ID_SIZE = 17 };

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *text)
{
    uint64_t h = 14695981039346656037u;

    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

void hellos_init(struct hellos *h)
{
    memset(h, 0, sizeof *h);
}

void hellos_clear(struct hellos *h)
{
    for (size_t i = 0; i < h->size; i++)
        hello_release(h->slots[i]);
    free(h->slots);
    memset(h, 0, sizeof *h);
}

/* Where the id is, or would be. The table is never full. */
static struct hello **slot_of(struct hello **slots, size_t size, const char *id)
{
    size_t i = hash(id) & (size - 1);

    while (slots[i] && strcmp(slots[i]->id, id) != 0)
        i = (i + 1) & (size - 1);
    return &slots[i];
}

struct hello *hellos_find(const struct hellos *h, const char *id)
{
    return h->size ? *slot_of(h->slots, h->size, id) : NULL;
}

static int grow(struct hellos *h)
{
    size_t size = h->size ? 2 * h->size : FIRST_SIZE;
    struct hello **slots;

    if (h->count + 1 <= h->size / 2)
        return 0;
    slots = calloc(size, sizeof(void *));
    if (!slots)
        return -1;
    for (size_t i = 0; i < h->size; i++)
        if (h->slots[i])
            *slot_of(slots, size, h->slots[i]->id) = h->slots[i];
    free(h->slots);
    h->slots = slots;
    h->size = size;
    return 0;
}

/* Takes the hello. */
static int add(struct hellos *h, struct codec *c, struct hello *hello)
{
    if (grow(h)) {
        codec_fault(c, "hello", "out of memory");
        hello_release(hello);
        return -1;
    }
    *slot_of(h->slots, h->size, hello->id) = hello;
    h->count++;
    return 0;
}

static void extensions_decode(struct codec *c, const json_t *from,
                              struct hello *to)
{
    const json_t *list = codec_array(c, from, "extensions");

    to->extensions =
        codec_alloc(c, json_array_size(list), sizeof *to->extensions);
    for (size_t i = 0; to->extensions && i < json_array_size(list); i++) {
        const json_t *n = json_array_get(list, i);

        if (!json_is_integer(n)) {
            codec_fault(c, "hello.extensions", "must be numbers");
            return;
        }
        to->extensions[i] = (unsigned)json_integer_value(n);
        to->extensions_count = i + 1;
    }
}

static struct hello *decode(struct codec *c, const json_t *from, const char *id)
{
    struct hello *h = codec_alloc(c, 1, sizeof *h);

    if (!h)
        return NULL;
    h->references = 1;
    h->id = strdup(id);
    h->versions = codec_texts(c, from, "versions", &h->versions_count);
    h->suites = codec_texts(c, from, "suites", &h->suites_count);
    h->groups = codec_texts(c, from, "groups", &h->groups_count);
    h->signature_algorithms = codec_texts(c, from, "signature_algorithms",
                                          &h->signature_algorithms_count);
    h->alpn = codec_texts(c, from, "alpn", &h->alpn_count);
    h->sni = codec_text(c, from, "sni");
    h->max_fragment_length =
        (int)codec_number(c, from, "max_fragment_length", 0);
    extensions_decode(c, from, h);
    h->bytes = (size_t)codec_number(c, from, "bytes", 0);
    h->ja4 = codec_text(c, from, "ja4");
    if (h->id && !c->failed)
        return h;
    codec_fault(c, "hello", "out of memory");
    hello_release(h);
    return NULL;
}

struct hello *hellos_intern(struct hellos *h, struct codec *c,
                            const json_t *hello)
{
    char *text = json_dumps(hello, JSON_COMPACT | JSON_SORT_KEYS);
    char id[ID_SIZE];
    struct hello *found;

    if (!text) {
        codec_fault(c, "hello", "cannot be written down");
        return NULL;
    }
    snprintf(id, sizeof id, "%016" PRIx64, hash(text));
    free(text);
    found = hellos_find(h, id);
    if (!found) {
        found = decode(c, hello, id);
        if (!found || add(h, c, found))
            return NULL;
    }
    return hello_hold(found);
}

json_t *hello_encode(const struct hello *h)
{
    struct codec c = {"hellos.jsonl", 0};
    json_t *line = json_object(), *extensions = json_array();

    codec_put_text(&c, line, "id", h->id);
    codec_put_texts(&c, line, "versions", h->versions, h->versions_count);
    codec_put_texts(&c, line, "suites", h->suites, h->suites_count);
    codec_put_texts(&c, line, "groups", h->groups, h->groups_count);
    codec_put_texts(&c, line, "signature_algorithms", h->signature_algorithms,
                    h->signature_algorithms_count);
    codec_put_texts(&c, line, "alpn", h->alpn, h->alpn_count);
    codec_put_text(&c, line, "sni", h->sni);
    codec_put(&c, line, "max_fragment_length",
              h->max_fragment_length ? json_integer(h->max_fragment_length)
                                     : json_null());
    for (size_t i = 0; i < h->extensions_count; i++)
        codec_add(&c, extensions, json_integer(h->extensions[i]));
    codec_put(&c, line, "extensions", extensions);
    codec_put_number(&c, line, "bytes", (long long)h->bytes);
    codec_put_text(&c, line, "ja4", h->ja4);
    return codec_finish(&c, line);
}

int hello_decode(const json_t *line, struct hellos *h)
{
    struct codec c = {"hellos.jsonl", 0};
    char *id = codec_need_text(&c, line, "id");
    struct hello *hello = NULL;

    if (id && !hellos_find(h, id))
        hello = decode(&c, line, id);
    if (hello)
        add(h, &c, hello);
    free(id);
    return c.failed ? -1 : 0;
}
