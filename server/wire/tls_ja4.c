/* JA4 of a parsed ClientHello, after FoxIO's public specification
 * (technical_details/JA4.md of its repository):
 * t<version><d|i><suites><extensions><alpn>_<hash of sorted suites>_<hash of
 * sorted extensions and algorithms>. */
#include "server/wire/tls_hello.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

enum { HASH_HEX = 12, EXT_SNI = 0, EXT_ALPN = 16 };

static int code_compare(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* Copies what is not GREASE. `out` has room for list->count. */
static size_t real_codes(const struct tls_list *list, uint16_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < list->count; i++)
        if (!tls_hello_is_grease(tls_hello_code(list, i)))
            out[n++] = tls_hello_code(list, i);
    return n;
}

/* "%04x,%04x" into text (5 bytes a code); returns the length. */
static size_t codes_print(const uint16_t *codes, size_t count, char *text)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        at += (size_t)sprintf(text + at, "%s%04x", i > 0 ? "," : "", codes[i]);
    return at;
}

/* First 12 hex digits of SHA-256; all zeros for nothing. */
static void hash_print(const char *text, size_t size, char *out)
{
    char hex[SHA256_HEX];

    memset(out, '0', HASH_HEX);
    if (size == 0)
        return;
    sha256_hex(text, size, hex);
    memcpy(out, hex, HASH_HEX);
}

static const char *version_text(const struct tls_hello *h)
{
    uint16_t best = 0;

    for (size_t i = 0; i < h->versions.count; i++) {
        uint16_t v = tls_hello_code(&h->versions, i);

        if (!tls_hello_is_grease(v) && v > best)
            best = v;
    }
    if (h->versions.count == 0)
        best = h->legacy_version;
    switch (best) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    default:
        return "00";
    }
}

/* First and last character of the first protocol; of its hex form if either is
 * not alphanumeric. */
static void alpn_text(const struct tls_hello *h, char out[static 3])
{
    static const char hex[] = "0123456789abcdef";
    struct reader r = h->alpn;
    struct reader name = reader_vector(&r, 1);
    uint8_t first, last;

    memcpy(out, "00", 3);
    if (r.bad || name.left == 0)
        return;
    first = name.data[0];
    last = name.data[name.left - 1];
    if (first < 0x80 && last < 0x80 && isalnum(first) && isalnum(last)) {
        out[0] = (char)first;
        out[1] = (char)last;
        return;
    }
    out[0] = hex[first >> 4];
    out[1] = hex[last & 15];
}

/* Types but GREASE, SNI and ALPN into out; *counted has SNI and ALPN too, as
 * the first part wants it. */
static size_t extension_codes(const struct tls_hello *h, uint16_t *out,
                              size_t *counted)
{
    struct reader r = h->extensions;
    size_t n = 0;

    *counted = 0;
    while (r.left > 0) {
        uint16_t type = (uint16_t)reader_number(&r, 2);

        reader_vector(&r, 2);
        if (tls_hello_is_grease(type))
            continue;
        ++*counted;
        if (type != EXT_SNI && type != EXT_ALPN)
            out[n++] = type;
    }
    return n;
}

static size_t extensions_print(const struct tls_hello *h, uint16_t *codes,
                               char *text, size_t *counted)
{
    size_t n = extension_codes(h, codes, counted);
    size_t size;

    qsort(codes, n, sizeof(*codes), code_compare);
    size = codes_print(codes, n, text);
    n = real_codes(&h->signature_algorithms, codes);
    if (n == 0)
        return size;
    text[size++] = '_';
    return size + codes_print(codes, n, text + size);
}

void tls_hello_ja4(const struct tls_hello *h, char out[static TLS_JA4_SIZE])
{
    size_t most =
        h->suites.count + h->extensions_count + h->signature_algorithms.count;
    uint16_t *codes = malloc((most + 1) * sizeof(*codes));
    char *text = malloc(5 * most + 3);
    char alpn[3], suites_hash[HASH_HEX + 1] = "", ext_hash[HASH_HEX + 1] = "";
    size_t suites, extensions, size;

    out[0] = '\0';
    if (codes == NULL || text == NULL)
        goto out;
    suites = real_codes(&h->suites, codes);
    qsort(codes, suites, sizeof(*codes), code_compare);
    hash_print(text, codes_print(codes, suites, text), suites_hash);
    size = extensions_print(h, codes, text, &extensions);
    hash_print(text, size, ext_hash);
    alpn_text(h, alpn);
    snprintf(
        out, TLS_JA4_SIZE, "t%s%c%02zu%02zu%s_%.12s_%.12s", version_text(h),
        h->has_sni ? 'd' : 'i', suites > 99 ? (size_t)99 : suites,
        extensions > 99 ? (size_t)99 : extensions, alpn, suites_hash, ext_hash);
out:
    free(codes);
    free(text);
}
