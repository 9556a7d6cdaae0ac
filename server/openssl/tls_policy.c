/* The TLS policy of a state: versions, suites, groups, signature algorithms,
 * ALPN, record size. Names are IANA's (or OpenSSL's); an unknown one is an
 * error, never left out in silence. */
#include "server/openssl/tls_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/tls_names.h"

/* OpenSSL's own order without the SHA-1 and DSA entries: a state of TLS 1.2 and
 * later only does not sign with SHA-1.
 */
static const char sha2_algorithms[] =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:"
    "ed25519:ed448:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
    "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA224:RSA+SHA224";
static const char sha1_algorithms[] = ":ECDSA+SHA1:RSA+SHA1";

struct versions {
    uint16_t min, max;
};

static const char *suite_translate(const char *name)
{
    const struct tls_suite *s = tls_suite_by_name(name);

    return s == NULL ? NULL : s->openssl;
}

static const char *group_translate(const char *name)
{
    const struct tls_name *n = tls_group_by_name(name);

    return n == NULL ? NULL : n->openssl;
}

static const char *sigalg_translate(const char *name)
{
    const struct tls_name *n = tls_sigalg_by_name(name);

    return n == NULL ? NULL : n->openssl;
}

static int is_tls13_suite(const char *openssl)
{
    return strncmp(openssl, "TLS_", 4) == 0;
}

enum { NAME_ROOM = 64 }; /* longer than any name of the registries */

struct colon_list {
    char *text;
    size_t size, room;
};

/* Appends ":name", or "name" to an empty list, which has the room. */
static void list_append(struct colon_list *l, const char *name)
{
    l->size += (size_t)snprintf(l->text + l->size, l->room - l->size, "%s%s",
                                l->size == 0 ? "" : ":", name);
}

/* Translates a JSON list into OpenSSL's colon lists: names for which `second`
 * says 1 go to the second one (NULL: all go to the first). 0, or -1 reported;
 * both are malloc'd. */
static int list_translate(const struct openssl_state *s, const char *field,
                          const json_t *list,
                          const char *(*translate)(const char *),
                          int (*second)(const char *), char *out[static 2])
{
    size_t room = json_array_size(list) * NAME_ROOM + 1;
    struct colon_list lists[2];
    size_t i;
    json_t *item;

    out[0] = calloc(1, room);
    out[1] = calloc(1, room);
    if (out[0] == NULL || out[1] == NULL)
        return tls_state_fault(s, "out of memory");
    for (int k = 0; k < 2; k++)
        lists[k] = (struct colon_list){out[k], 0, room};
    json_array_foreach((json_t *)list, i, item)
    {
        const char *name = json_string_value(item);
        const char *known = name == NULL ? NULL : translate(name);

        if (known == NULL || strlen(known) >= NAME_ROOM) {
            diag("state %s: tls.%s: unknown name %s", s->id, field,
                 name == NULL ? "(not text)" : name);
            return -1;
        }
        list_append(&lists[second != NULL && second(known)], known);
    }
    return 0;
}

static int versions_apply(struct openssl_state *s, const json_t *tls,
                          struct versions *v)
{
    const char *min = json_string_value(json_object_get(tls, "min"));
    const char *max = json_string_value(json_object_get(tls, "max"));

    v->min = min == NULL ? 0 : tls_version_parse(min);
    v->max = max == NULL ? 0 : tls_version_parse(max);
    if (v->min == 0 || v->max == 0 || v->min > v->max) {
        diag("state %s: tls: min and max must be 1.0 to 1.3, min not above max",
             s->id);
        return -1;
    }
    if (SSL_CTX_set_min_proto_version(s->ctx, v->min) != 1 ||
        SSL_CTX_set_max_proto_version(s->ctx, v->max) != 1)
        return tls_state_fault(s, "tls: versions");
    return 0;
}

/* A version without a suite could be negotiated and never work. */
static int suites_check(const struct openssl_state *s, const struct versions *v,
                        char *const lists[static 2])
{
    if (v->min < TLS1_3_VERSION && lists[0][0] == '\0') {
        diag("state %s: tls.suites: none for versions below 1.3, and min is %s",
             s->id, tls_version_name(v->min));
        return -1;
    }
    if (v->max == TLS1_3_VERSION && lists[1][0] == '\0') {
        diag("state %s: tls.suites: none for 1.3, and max is 1.3", s->id);
        return -1;
    }
    return 0;
}

/* An empty list stands for OpenSSL's own. */
static int suites_apply(struct openssl_state *s, const json_t *tls,
                        const struct versions *v)
{
    const json_t *list = json_object_get(tls, "suites");
    char *text[2] = {NULL, NULL};
    int status = -1;

    if (json_array_size(list) == 0)
        return SSL_CTX_set_cipher_list(s->ctx, "ALL:!aNULL:!eNULL:!PSK:!SRP")
                   ? 0
                   : tls_state_fault(s, "tls.suites");
    if (list_translate(s, "suites", list, suite_translate, is_tls13_suite,
                       text) != 0 ||
        suites_check(s, v, text) != 0)
        goto out;
    if (text[0][0] != '\0' && SSL_CTX_set_cipher_list(s->ctx, text[0]) != 1) {
        tls_state_fault(s, "tls.suites");
        goto out;
    }
    if (SSL_CTX_set_ciphersuites(s->ctx, text[1]) != 1) {
        tls_state_fault(s, "tls.suites");
        goto out;
    }
    status = 0;
out:
    free(text[0]);
    free(text[1]);
    return status;
}

static int groups_apply(struct openssl_state *s, const json_t *tls)
{
    const json_t *list = json_object_get(tls, "groups");
    char *text[2] = {NULL, NULL};
    int status;

    if (json_array_size(list) == 0)
        return 0;
    status = list_translate(s, "groups", list, group_translate, NULL, text);
    if (status == 0 && SSL_CTX_set1_groups_list(s->ctx, text[0]) != 1)
        status = tls_state_fault(s, "tls.groups");
    free(text[0]);
    free(text[1]);
    return status;
}

static int sigalgs_set(struct openssl_state *s, const char *list)
{
    if (SSL_CTX_set1_sigalgs_list(s->ctx, list) != 1)
        return tls_state_fault(s, "tls.signature_algorithms");
    return 0;
}

static int sigalgs_apply(struct openssl_state *s, const json_t *tls,
                         const struct versions *v)
{
    const json_t *list = json_object_get(tls, "signature_algorithms");
    char all[sizeof(sha2_algorithms) + sizeof(sha1_algorithms)];
    char *text[2] = {NULL, NULL};
    int status;

    if (json_array_size(list) == 0) {
        snprintf(all, sizeof(all), "%s%s", sha2_algorithms,
                 v->min < TLS1_2_VERSION ? sha1_algorithms : "");
        return sigalgs_set(s, all);
    }
    status = list_translate(s, "signature_algorithms", list, sigalg_translate,
                            NULL, text);
    if (status == 0)
        status = sigalgs_set(s, text[0]);
    free(text[0]);
    free(text[1]);
    return status;
}

static int alpn_select(SSL *ssl, const unsigned char **out,
                       unsigned char *out_size, const unsigned char *in,
                       unsigned int in_size, void *arg)
{
    struct openssl_state *s = arg;
    unsigned char *chosen = NULL;

    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_size, s->alpn,
                              (unsigned int)s->alpn_size, in,
                              in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL asks alpn_select only where the client offers ALPN. The callback for
 * the server's name is called for every ClientHello, with a name or without,
 * and unlike the one for the whole ClientHello after the version was agreed: a
 * client that is too old is told that. */
static int alpn_demand(SSL *ssl, int *alert, void *arg)
{
    const unsigned char *body;
    size_t size;

    (void)arg;
    if (SSL_client_hello_get0_ext(
            ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &body,
            &size) == 1)
        return SSL_TLSEXT_ERR_NOACK;
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int alpn_apply(struct openssl_state *s, const json_t *tls)
{
    const json_t *list = json_object_get(tls, "alpn");
    size_t count = json_array_size(list);

    if (json_is_true(json_object_get(tls, "alpn_required"))) {
        if (count == 0)
            return tls_state_fault(s, "tls.alpn_required: alpn is empty");
        SSL_CTX_set_tlsext_servername_callback(s->ctx, alpn_demand);
    }
    if (count == 0)
        return 0;
    s->alpn = malloc(count * 256);
    if (s->alpn == NULL)
        return tls_state_fault(s, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        size_t size = json_string_length(item);

        if (size == 0 || size > 255)
            return tls_state_fault(s, "tls.alpn: a name has 1 to 255 bytes");
        s->alpn[s->alpn_size++] = (uint8_t)size;
        memcpy(s->alpn + s->alpn_size, json_string_value(item), size);
        s->alpn_size += size;
    }
    SSL_CTX_set_alpn_select_cb(s->ctx, alpn_select, s);
    return 0;
}

static int max_record_apply(struct openssl_state *s, const json_t *tls)
{
    json_int_t n = json_integer_value(json_object_get(tls, "max_record"));

    if (n == 0)
        return 0;
    if (n < 512 || n > 16384 ||
        SSL_CTX_set_max_send_fragment(s->ctx, (long)n) != 1)
        return tls_state_fault(s, "tls.max_record: 512 to 16384, or 0");
    return 0;
}

static int fragment_length_apply(struct openssl_state *s, const json_t *tls)
{
    if (json_is_true(json_object_get(tls, "ignore_max_fragment_length")))
        return tls_state_fault(s, "tls.ignore_max_fragment_length: OpenSSL's "
                                  "server always heeds the extension");
    return 0;
}

int tls_policy_apply(struct openssl_state *s, json_t *tls)
{
    struct versions v;

    if (versions_apply(s, tls, &v) != 0 || suites_apply(s, tls, &v) != 0 ||
        groups_apply(s, tls) != 0 || sigalgs_apply(s, tls, &v) != 0 ||
        alpn_apply(s, tls) != 0 || fragment_length_apply(s, tls) != 0)
        return -1;
    return max_record_apply(s, tls);
}
