/* The ClientHello parser and JA4, on hellos put together here byte by byte. */
#include "server/wire/tls_hello.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct writer {
    uint8_t data[2048];
    size_t size;
};

static void put(struct writer *w, uint32_t value, size_t bytes)
{
    while (bytes-- > 0)
        w->data[w->size++] = (uint8_t)(value >> (8 * bytes));
}

static void put_all(struct writer *w, const void *data, size_t size)
{
    memcpy(w->data + w->size, data, size);
    w->size += size;
}

static void put_codes(struct writer *w, const uint16_t *codes)
{
    for (; *codes != 0xffff; codes++)
        put(w, *codes, 2);
}

/* Writes the length of what was put since `at` (just behind the length field).
 */
static void close_vector(struct writer *w, size_t at, size_t bytes)
{
    size_t size = w->size - at;

    for (size_t i = 0; i < bytes; i++)
        w->data[at - 1 - i] = (uint8_t)(size >> (8 * i));
}

struct shape { /* lists end with 0xffff */
    const char *name;
    uint16_t legacy;
    uint16_t suites[24];
    uint16_t extensions[24]; /* in this order; the known ones get a body */
    uint16_t versions[6];
    uint16_t algorithms[12];
    const char *alpn;
    const char *sni;
    const char *ja4;
};

static void put_list(struct writer *w, size_t width, const uint16_t *codes)
{
    size_t at;

    put(w, 0, width);
    at = w->size;
    put_codes(w, codes);
    close_vector(w, at, width);
}

static void put_alpn(struct writer *w, const char *name)
{
    put(w, (uint32_t)strlen(name) + 1, 2);
    put(w, (uint32_t)strlen(name), 1);
    put_all(w, name, strlen(name));
}

static void put_sni(struct writer *w, const char *name)
{
    put(w, (uint32_t)strlen(name) + 3, 2);
    put(w, 0, 1);
    put(w, (uint32_t)strlen(name), 2);
    put_all(w, name, strlen(name));
}

static void put_extension(struct writer *w, const struct shape *s,
                          uint16_t type)
{
    size_t at;

    put(w, type, 2);
    put(w, 0, 2);
    at = w->size;
    if (type == 0 && s->sni != NULL)
        put_sni(w, s->sni);
    if (type == 1)
        put(w, 3, 1);
    if (type == 10)
        put_list(w, 2, (const uint16_t[]){0x1a1a, 29, 23, 0xffff});
    if (type == 13)
        put_list(w, 2, s->algorithms);
    if (type == 16)
        put_alpn(w, s->alpn);
    if (type == 43)
        put_list(w, 1, s->versions);
    close_vector(w, at, 2);
}

static void hello_write(struct writer *w, const struct shape *s)
{
    size_t body, extensions;

    w->size = 0;
    put(w, 1, 1);
    put(w, 0, 3);
    body = w->size;
    put(w, s->legacy, 2);
    for (int i = 0; i < 8; i++)
        put(w, 0x01020304, 4);
    put(w, 0, 1);
    put_list(w, 2, s->suites);
    put(w, 0x0100, 2);
    if (s->extensions[0] != 0xffff) {
        put(w, 0, 2);
        extensions = w->size;
        for (const uint16_t *e = s->extensions; *e != 0xffff; e++)
            put_extension(w, s, *e);
        close_vector(w, extensions, 2);
    }
    close_vector(w, body, 3);
}

/* The first row is the example of the JA4 specification, GREASE mixed in. The
 * hashes of the others were made with sha256sum from the sorted lists. */
static const struct shape shapes[] = {
    {"specification",
     0x0303,
     {0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
      0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035, 0xffff},
     {0xaaaa, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d,
      0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0xffff},
     {0xeaea, 0x0304, 0x0303, 0xffff},
     {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0xffff},
     "h2",
     "example.com",
     "t13d1516h2_8daaf6152771_e5627efa2ab1"},
    {"old, no extensions",
     0x0301,
     {0x002f, 0x0035, 0xffff},
     {0xffff},
     {0xffff},
     {0xffff},
     NULL,
     NULL,
     "t10i020000_f54dd463d39b_000000000000"},
    {"ALPN that is not alphanumeric",
     0x0303,
     {0x002f, 0x0035, 0xffff},
     {0x0010, 0xffff},
     {0xffff},
     {0xffff},
     "\xab/\xcd",
     NULL,
     "t12i0201ad_f54dd463d39b_000000000000"},
};

static void test_ja4(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        struct writer w;
        struct tls_hello h;
        char ja4[TLS_JA4_SIZE];

        hello_write(&w, &shapes[i]);
        if (tls_hello_parse(w.data, w.size, &h) != 0)
            fail_msg("%s: not parsed", shapes[i].name);
        tls_hello_ja4(&h, ja4);
        if (strcmp(ja4, shapes[i].ja4) != 0)
            fail_msg("%s: %s instead of %s", shapes[i].name, ja4,
                     shapes[i].ja4);
    }
}

static void test_json(void **state)
{
    struct shape s = shapes[0];
    struct writer w;
    struct tls_hello h;
    json_t *got, *want;
    json_error_t error;

    (void)state;
    s.extensions[0] = 1;
    s.sni = "a\x80\nb";
    hello_write(&w, &s);
    assert_int_equal(tls_hello_parse(w.data, w.size, &h), 0);
    got = tls_hello_json(&h);
    want = json_loads(
        "{\"versions\": [\"0xeaea\", \"1.3\", \"1.2\"], \"groups\": "
        "[\"0x1a1a\", \"x25519\", \"secp256r1\"], \"alpn\": [\"h2\"], \"sni\": "
        "\"a\\\\x80\\\\x0ab\", \"max_fragment_length\": 2048, \"extensions\": "
        "[1, 27, 0, 51, 16, 17513, 23, 45, 13, 5, 35, 18, 43, 65281, 11, 10, "
        "21]}",
        0, &error);
    assert_non_null(want);
    for (void *it = json_object_iter(want); it != NULL;
         it = json_object_iter_next(want, it)) {
        const char *key = json_object_iter_key(it);

        if (!json_equal(json_object_get(got, key), json_object_iter_value(it)))
            fail_msg("%s differs: %s", key,
                     json_dumps(json_object_get(got, key), JSON_ENCODE_ANY));
    }
    assert_int_equal(json_integer_value(json_object_get(got, "bytes")), w.size);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(got, "suites"), 1)),
        "TLS_AES_128_GCM_SHA256");
    json_decref(got);
    json_decref(want);
}

/* Cut anywhere, a hello is refused; the copy lets the sanitizer see a read past
 * the end. */
static void test_cut(void **state)
{
    struct writer w;
    struct tls_hello h;

    (void)state;
    hello_write(&w, &shapes[0]);
    for (size_t size = 0; size < w.size; size++) {
        uint8_t *copy = malloc(size + 1);

        assert_non_null(copy);
        memcpy(copy, w.data, size);
        copy = realloc(copy, size == 0 ? 1 : size);
        if (tls_hello_parse(copy, size, &h) != -1)
            fail_msg("cut at %zu of %zu: accepted", size, w.size);
        free(copy);
    }
}

/* Any byte may be wrong: the hello is refused, or what is told of it stays
 * inside the message. */
static void test_flipped(void **state)
{
    struct writer w;
    int refused = 0;

    (void)state;
    hello_write(&w, &shapes[0]);
    for (size_t i = 0; i < w.size; i++) {
        uint8_t *copy = malloc(w.size);
        struct tls_hello h;

        assert_non_null(copy);
        memcpy(copy, w.data, w.size);
        copy[i] ^= 0xff;
        if (tls_hello_parse(copy, w.size, &h) != 0)
            refused++;
        else
            json_decref(tls_hello_json(&h));
        free(copy);
    }
    assert_true(refused > 8); /* type and length fields at least */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ja4),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
