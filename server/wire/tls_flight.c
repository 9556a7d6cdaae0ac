/* Reads the endpoint's own ServerHello, EncryptedExtensions, Certificate,
 * ServerKeyExchange and CertificateVerify. Must not know sockets or SSL
 * objects. */
#include "server/wire/tls_flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/tls_names.h"
#include "server/wire/reader.h"
#include "server/wire/tls_hello.h"

enum { /* RFC 8446 section 4, RFC 5246 section 7.4 */
       MESSAGE_SERVER_HELLO = 2,
       MESSAGE_ENCRYPTED_EXTENSIONS = 8,
       MESSAGE_CERTIFICATE = 11,
       MESSAGE_SERVER_KEY_EXCHANGE = 12,
       MESSAGE_CERTIFICATE_VERIFY = 15,
       MESSAGE_CERTIFICATE_STATUS = 22 /* RFC 6066 section 8 */
};

enum {
    EXT_MAX_FRAGMENT_LENGTH = 1,
    EXT_STATUS_REQUEST = 5,
    EXT_ALPN = 16,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_KEY_SHARE = 51
};

enum { CURVE_NAMED = 3, VERSION_TLS12 = 0x0303, VERSION_TLS13 = 0x0304 };

void tls_flight_clear(struct tls_flight *f)
{
    free(f->alpn);
    f->alpn = NULL;
    f->alpn_size = 0;
}

static void alpn_note(struct tls_flight *f, struct reader *body)
{
    struct reader list = reader_vector(body, 2);
    struct reader name = reader_vector(&list, 1);

    if (list.bad || name.left == 0)
        return;
    tls_flight_clear(f);
    f->alpn = calloc(1, name.left + 1);
    f->is_short |= f->alpn == NULL;
    if (f->alpn == NULL)
        return;
    memcpy(f->alpn, name.data, name.left);
    f->alpn_size = name.left;
}

static void extensions_note(struct tls_flight *f, struct reader *message)
{
    struct reader r = reader_vector(message, 2);

    while (r.left > 0) {
        uint32_t type = reader_number(&r, 2);
        struct reader body = reader_vector(&r, 2);

        if (type == EXT_MAX_FRAGMENT_LENGTH)
            f->max_fragment_length = (int)reader_number(&body, 1);
        if (type == EXT_ALPN)
            alpn_note(f, &body);
        if (type == EXT_SUPPORTED_VERSIONS)
            f->version = (uint16_t)reader_number(&body, 2);
        if (type == EXT_KEY_SHARE)
            f->group = (uint16_t)reader_number(&body, 2);
    }
}

static void server_hello_note(struct tls_flight *f, struct reader *r)
{
    /* "For reasons of backward compatibility with middleboxes, the
     * HelloRetryRequest message uses the same structure as the ServerHello, but
     * with Random set to the special value of the SHA-256 of
     * "HelloRetryRequest"" (RFC 8446 section 4.1.3). It chooses nothing that
     * the ServerHello after it does not say again. */
    static const uint8_t retry[] = {0xcf, 0x21, 0xad, 0x74,
                                    0xe5, 0x9a, 0x61, 0x11};
    uint16_t version = (uint16_t)reader_number(r, 2);
    const uint8_t *random = reader_take(r, 32);

    if (random == NULL || memcmp(random, retry, sizeof(retry)) == 0)
        return;
    f->version = version;
    reader_vector(r, 1);
    f->suite = (uint16_t)reader_number(r, 2);
    reader_number(r, 1);
    if (r->left > 0)
        extensions_note(f, r);
}

static int suite_has(const struct tls_flight *f, const char *exchange)
{
    const struct tls_suite *s = tls_suite_by_code(f->suite);

    return s != NULL && strstr(s->iana, exchange) != NULL;
}

/* ServerKeyExchange: ECDHE is curve type, curve, point (RFC 8422 section 5.4);
 * DHE is p, g, Ys. Since TLS 1.2 the signature is preceded by its algorithm. */
static void key_exchange_note(struct tls_flight *f, struct reader *r)
{
    if (suite_has(f, "_ECDHE_")) {
        if (reader_number(r, 1) != CURVE_NAMED)
            return;
        f->group = (uint16_t)reader_number(r, 2);
        reader_vector(r, 1);
    } else {
        reader_vector(r, 2);
        reader_vector(r, 2);
        reader_vector(r, 2);
    }
    if (f->version >= VERSION_TLS12 && r->left > 0)
        f->signature_algorithm = (uint16_t)reader_number(r, 2);
}

size_t tls_flight_certificates(uint16_t version, const uint8_t *message,
                               size_t size, const uint8_t **first,
                               size_t *first_size)
{
    struct reader r = {message, size, 0};
    struct reader list;
    size_t count = 0;

    *first = NULL;
    *first_size = 0;
    reader_number(&r, 4);
    if (version == VERSION_TLS13)
        reader_vector(&r, 1);
    list = reader_vector(&r, 3);
    while (list.left > 0) {
        struct reader der = reader_vector(&list, 3);

        if (version == VERSION_TLS13)
            reader_vector(&list, 2);
        if (list.bad)
            break;
        if (count++ > 0)
            continue;
        *first = der.data;
        *first_size = der.left;
    }
    return count;
}

/* CertificateStatus: its type, and the response. */
static void status_note(struct tls_flight *f, struct reader *r)
{
    enum { STATUS_OCSP = 1 };

    if (reader_number(r, 1) == STATUS_OCSP)
        f->staple_bytes = reader_vector(r, 3).left;
}

/* "In TLS 1.3, the server's OCSP information is carried in an extension in the
 * CertificateEntry containing the associated certificate" (RFC 8446 section
 * 4.4.2.1): here in the first one. */
static void entry_status_note(struct tls_flight *f, struct reader r)
{
    struct reader list, extensions;

    reader_vector(&r, 1);
    list = reader_vector(&r, 3);
    reader_vector(&list, 3);
    extensions = reader_vector(&list, 2);
    while (extensions.left > 0) {
        uint32_t type = reader_number(&extensions, 2);
        struct reader body = reader_vector(&extensions, 2);

        if (type == EXT_STATUS_REQUEST)
            status_note(f, &body);
    }
}

void tls_flight_note(struct tls_flight *f, const uint8_t *message, size_t size)
{
    struct reader r = {message, size, 0};
    uint32_t type = reader_number(&r, 1);
    const uint8_t *first;
    size_t first_size;

    reader_number(&r, 3);
    switch (type) {
    case MESSAGE_SERVER_HELLO:
        server_hello_note(f, &r);
        break;
    case MESSAGE_ENCRYPTED_EXTENSIONS:
        extensions_note(f, &r);
        break;
    case MESSAGE_CERTIFICATE:
        f->certificate_bytes = size;
        f->certificates = tls_flight_certificates(f->version, message, size,
                                                  &first, &first_size);
        if (f->version == VERSION_TLS13)
            entry_status_note(f, r);
        break;
    case MESSAGE_CERTIFICATE_STATUS:
        status_note(f, &r);
        break;
    case MESSAGE_SERVER_KEY_EXCHANGE:
        key_exchange_note(f, &r);
        break;
    case MESSAGE_CERTIFICATE_VERIFY:
        f->signature_algorithm = (uint16_t)reader_number(&r, 2);
        break;
    default:
        break;
    }
}

/* The registered name, "0x..." for an unregistered code, null for 0. */
static json_t *code_json(uint16_t code, const char *name)
{
    if (code == 0)
        return json_null();
    return name != NULL ? json_string(name) : json_sprintf("0x%04x", code);
}

json_t *tls_flight_json(const struct tls_flight *f, const char *chain)
{
    const struct tls_suite *suite = tls_suite_by_code(f->suite);
    const struct tls_name *group = tls_group_by_code(f->group);
    const struct tls_name *sigalg = tls_sigalg_by_code(f->signature_algorithm);
    int mfl = f->max_fragment_length;

    return json_pack(
        "{s:o, s:o, s:o, s:o, s:s?, s:o, s:o}", "version",
        code_json(f->version, tls_version_name(f->version)), "suite",
        code_json(f->version == 0 ? 0 : f->suite,
                  suite == NULL ? NULL : suite->iana),
        "group", code_json(f->group, group == NULL ? NULL : group->iana),
        "signature_algorithm",
        code_json(f->signature_algorithm, sigalg == NULL ? NULL : sigalg->iana),
        "chain", chain, "alpn",
        f->alpn != NULL ? tls_hello_text((const uint8_t *)f->alpn, f->alpn_size)
                        : json_null(),
        "max_fragment_length",
        mfl >= 1 && mfl <= 4 ? json_integer(256 << mfl) : json_null());
}
