/* One line per thing to mind. */
#include "server/middlebox.h"

#include <string.h>

#include "base/diag.h"
#include "base/tls_names.h"
#include "server/wire/tls_hello.h"

static int version_take(struct middlebox *m, const char *version,
                        const char *id)
{
    m->offers = version == NULL ? 0 : tls_version_parse(version);
    if (version == NULL || m->offers != 0)
        return 0;
    diag("state %s: close.offers: 1.0, 1.1, 1.2 or 1.3, not %s", id, version);
    return -1;
}

int middlebox_take(struct middlebox *m, const json_t *close, const char *id)
{
    const char *how, *offers = NULL;
    json_int_t hello_over = 0;
    json_error_t error;

    if (close == NULL || json_is_null(close))
        return 0;
    /* jansson's unpacking takes a non-const pointer and changes nothing */
    if (json_unpack_ex((json_t *)close, &error, JSON_STRICT,
                       "{s:s, s?s, s?b, s?I}", "how", &how, "offers", &offers,
                       "without_name", &m->without_name, "hello_over",
                       &hello_over) != 0) {
        diag("state %s: close: %s", id, error.text);
        return -1;
    }
    m->resets = strcmp(how, "rst") == 0;
    if ((!m->resets && strcmp(how, "fin") != 0) || hello_over < 0 ||
        hello_over > UINT16_MAX) {
        diag("state %s: close: how is fin or rst, hello_over 0 to 65535", id);
        return -1;
    }
    m->hello_over = (size_t)hello_over;
    m->is_there = 1;
    return version_take(m, offers, id);
}

/* supported_versions tells; without it the hello's own version is the highest
 * one (RFC 8446 section 4.2.1). */
static int is_offered(const struct tls_hello *h, uint16_t version)
{
    for (size_t i = 0; i < h->versions.count; i++)
        if (tls_hello_code(&h->versions, i) == version)
            return 1;
    return h->versions.count == 0 && h->legacy_version >= version;
}

const char *middlebox_minds(const struct middlebox *m, const uint8_t *hello,
                            size_t size)
{
    struct tls_hello h;

    if (!m->is_there || tls_hello_parse(hello, size, &h) != 0)
        return NULL;
    if (m->offers != 0 && is_offered(&h, m->offers))
        return "version";
    if (m->without_name && h.sni.left == 0)
        return "no-name";
    return m->hello_over > 0 && h.bytes > m->hello_over ? "hello-size" : NULL;
}
