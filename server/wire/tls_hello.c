/* Parses the ClientHello and writes it down for the record. Every length is
 * checked by the reader; a hello that is not well formed is not described at
 * all. Must not know sockets or SSL objects. */
#include "server/wire/tls_hello.h"

#include <string.h>

#include "base/tls_names.h"
#include "server/wire/list.h"

enum { /* IANA, TLS ExtensionType values */
       EXT_SERVER_NAME = 0,
       EXT_MAX_FRAGMENT_LENGTH = 1,
       EXT_SUPPORTED_GROUPS = 10,
       EXT_SIGNATURE_ALGORITHMS = 13,
       EXT_ALPN = 16,
       EXT_SUPPORTED_VERSIONS = 43
};

uint16_t tls_hello_code(const struct tls_list *list, size_t i)
{
    return (uint16_t)(list->data[2 * i] << 8 | list->data[2 * i + 1]);
}

int tls_hello_is_grease(uint16_t code)
{
    return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

static struct tls_list list_read(struct reader r)
{
    return (struct tls_list){r.data, r.left / 2};
}

/* ServerNameList: only host_name (type 0) exists. */
static void sni_read(struct tls_hello *out, struct reader *body)
{
    struct reader names = reader_vector(body, 2);

    out->has_sni = 1;
    if (reader_number(&names, 1) == 0)
        out->sni = reader_vector(&names, 2);
}

static void extension_read(struct tls_hello *out, uint32_t type,
                           struct reader body)
{
    switch (type) {
    case EXT_SERVER_NAME:
        sni_read(out, &body);
        break;
    case EXT_MAX_FRAGMENT_LENGTH:
        out->max_fragment_length = (int)reader_number(&body, 1);
        break;
    case EXT_SUPPORTED_GROUPS:
        out->groups = list_read(reader_vector(&body, 2));
        break;
    case EXT_SIGNATURE_ALGORITHMS:
        out->signature_algorithms = list_read(reader_vector(&body, 2));
        break;
    case EXT_ALPN:
        out->alpn = reader_vector(&body, 2);
        break;
    case EXT_SUPPORTED_VERSIONS:
        out->versions = list_read(reader_vector(&body, 1));
        break;
    default:
        break;
    }
}

static int extensions_read(struct tls_hello *out)
{
    struct reader r = out->extensions;

    while (r.left > 0) {
        uint32_t type = reader_number(&r, 2);
        struct reader body = reader_vector(&r, 2);

        if (r.bad)
            return -1;
        extension_read(out, type, body);
        out->extensions_count++;
    }
    return 0;
}

int tls_hello_parse(const uint8_t *message, size_t size, struct tls_hello *out)
{
    struct reader r = {message, size, 0};
    struct reader body;

    memset(out, 0, sizeof(*out));
    out->bytes = size;
    if (reader_number(&r, 1) != 1)
        return -1;
    body = reader_vector(&r, 3);
    if (r.bad || r.left > 0)
        return -1;
    out->legacy_version = (uint16_t)reader_number(&body, 2);
    reader_take(&body, 32);
    reader_vector(&body, 1);
    out->suites = list_read(reader_vector(&body, 2));
    reader_vector(&body, 1);
    if (body.bad)
        return -1;
    if (body.left == 0)
        return 0; /* RFC 5246: a hello may end without extensions */
    out->extensions = reader_vector(&body, 2);
    if (body.bad || body.left > 0)
        return -1;
    return extensions_read(out);
}

json_t *tls_hello_text(const uint8_t *data, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    char text[4 * 255 + 1];
    size_t at = 0;

    for (size_t i = 0; i < size && i < 255; i++) {
        if (data[i] >= 0x20 && data[i] < 0x7f) {
            text[at++] = (char)data[i];
            continue;
        }
        text[at++] = '\\';
        text[at++] = 'x';
        text[at++] = hex[data[i] >> 4];
        text[at++] = hex[data[i] & 15];
    }
    return json_stringn(text, at);
}

static const char *suite_name(uint16_t code)
{
    const struct tls_suite *s = tls_suite_by_code(code);

    return s == NULL ? NULL : s->iana;
}

static const char *group_name(uint16_t code)
{
    const struct tls_name *n = tls_group_by_code(code);

    return n == NULL ? NULL : n->iana;
}

static const char *sigalg_name(uint16_t code)
{
    const struct tls_name *n = tls_sigalg_by_code(code);

    return n == NULL ? NULL : n->iana;
}

static json_t *names_json(const struct tls_list *list,
                          const char *(*name)(uint16_t))
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        uint16_t code = tls_hello_code(list, i);
        const char *known = name(code);

        list_add(&array, known != NULL ? json_string(known)
                                       : json_sprintf("0x%04x", code));
    }
    return array;
}

static json_t *alpn_json(struct reader r)
{
    json_t *array = json_array();

    while (r.left > 0) {
        struct reader name = reader_vector(&r, 1);

        if (!r.bad)
            list_add(&array, tls_hello_text(name.data, name.left));
    }
    return array;
}

static json_t *extensions_json(struct reader r)
{
    json_t *array = json_array();

    while (r.left > 0) {
        list_add(&array, json_integer(reader_number(&r, 2)));
        reader_vector(&r, 2);
    }
    return array;
}

/* Without supported_versions only the highest version is said, in the hello's
 * own field. */
static json_t *versions_json(const struct tls_hello *h)
{
    uint8_t legacy[2] = {(uint8_t)(h->legacy_version >> 8),
                         (uint8_t)h->legacy_version};
    struct tls_list one = {legacy, 1};

    return names_json(h->versions.count > 0 ? &h->versions : &one,
                      tls_version_name);
}

json_t *tls_hello_json(const struct tls_hello *h)
{
    char ja4[TLS_JA4_SIZE];
    int mfl = h->max_fragment_length;

    tls_hello_ja4(h, ja4);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s}", "versions",
        versions_json(h), "suites", names_json(&h->suites, suite_name),
        "groups", names_json(&h->groups, group_name), "signature_algorithms",
        names_json(&h->signature_algorithms, sigalg_name), "alpn",
        alpn_json(h->alpn), "sni",
        h->sni.left > 0 ? tls_hello_text(h->sni.data, h->sni.left)
                        : json_null(),
        "max_fragment_length",
        mfl >= 1 && mfl <= 4 ? json_integer(256 << mfl) : json_null(),
        "extensions", extensions_json(h->extensions), "bytes",
        (json_int_t)h->bytes, "ja4", ja4);
}
