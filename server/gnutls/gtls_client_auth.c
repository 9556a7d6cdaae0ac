/* Mutual TLS: which client certificates a state asks for and trusts, and how
 * the record tells what came. Verdicts are told by OpenSSL's numbers and words,
 * alerts are the ones that it sends, so that records of both engines read the
 * same. */
#include "server/gnutls/gtls_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { LIST_MAX = 64 }; /* certificates of a client */

/* GnuTLS has one clock for the whole process; each state has its own. 0: the
 * true time. */
static _Thread_local time_t clock_of_state;

static time_t clock_read(time_t *out)
{
    time_t now = clock_of_state == 0 ? time(NULL) : clock_of_state;

    if (out != NULL)
        *out = now;
    return now;
}

static int anchors_load(struct gtls_state *s, const char *path)
{
    uint8_t *data;
    gnutls_datum_t *list;
    int count = gtls_chain_split(s, path, &data, &list);
    int ret = count < 0 ? -1 : gnutls_x509_trust_list_init(&s->anchors, 0);
    int status = ret < 0 ? -1 : 0;

    for (int i = 0; status == 0 && i < count; i++) {
        gnutls_x509_crt_t anchor = NULL;

        ret = gnutls_x509_crt_init(&anchor);
        if (ret >= 0)
            ret = gnutls_x509_crt_import(anchor, &list[i], GNUTLS_X509_FMT_DER);
        if (ret >= 0)
            ret = gnutls_x509_trust_list_add_cas(s->anchors, &anchor, 1, 0);
        if (ret >= 0)
            continue;
        gnutls_x509_crt_deinit(anchor);
        status = gtls_state_fault(s, path, ret);
    }
    free(list);
    free(data);
    return status;
}

int gtls_client_auth_apply(struct gtls_state *s, const json_t *auth,
                           json_int_t clock)
{
    const char *mode = json_string_value(json_object_get(auth, "mode"));
    const char *path = json_string_value(json_object_get(auth, "anchors"));

    s->clock = (time_t)clock;
    if (mode == NULL || strcmp(mode, "none") == 0) {
        s->client_auth = GNUTLS_CERT_IGNORE;
        return 0;
    }
    if (strcmp(mode, "request") == 0) {
        s->client_auth = GNUTLS_CERT_REQUEST;
    } else if (strcmp(mode, "require") == 0) {
        s->client_auth = GNUTLS_CERT_REQUIRE;
    } else {
        diag("state %s: client_auth.mode: none, request or require, not %s",
             s->id, mode);
        return -1;
    }
    if (path == NULL)
        return gtls_state_fault(s, "client_auth.anchors: needed by this mode",
                                0);
    gnutls_global_set_time_function(clock_read);
    return anchors_load(s, path);
}

/* The first row that fits counts. */
static struct gtls_verdict verdict_of(unsigned status)
{
    static const struct {
        unsigned bits;
        struct gtls_verdict verdict;
    } rows[] = {
        {GNUTLS_CERT_SIGNER_NOT_FOUND,
         {20, "unable to get local issuer certificate", GNUTLS_A_UNKNOWN_CA}},
        {GNUTLS_CERT_SIGNER_NOT_CA | GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
         {79, "invalid CA certificate", GNUTLS_A_UNKNOWN_CA}},
        {GNUTLS_CERT_SIGNATURE_FAILURE,
         {7, "certificate signature failure", GNUTLS_A_DECRYPT_ERROR}},
        {GNUTLS_CERT_NOT_ACTIVATED,
         {9, "certificate is not yet valid", GNUTLS_A_BAD_CERTIFICATE}},
        {GNUTLS_CERT_EXPIRED,
         {10, "certificate has expired", GNUTLS_A_CERTIFICATE_EXPIRED}},
        {GNUTLS_CERT_PURPOSE_MISMATCH,
         {26, "unsuitable certificate purpose",
          GNUTLS_A_UNSUPPORTED_CERTIFICATE}},
        {~0U,
         {1, "unspecified certificate verification error",
          GNUTLS_A_BAD_CERTIFICATE}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if ((status & rows[i].bits) != 0)
            return rows[i].verdict;
    return (struct gtls_verdict){0, "ok", 0};
}

static unsigned status_of(const struct gtls_state *s, gnutls_x509_crt_t *list,
                          unsigned count)
{
    gnutls_typed_vdata_st purpose = {
        .type = GNUTLS_DT_KEY_PURPOSE_OID,
        .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned status = 0;
    int ret;

    clock_of_state = s->clock;
    ret = gnutls_x509_trust_list_verify_crt2(s->anchors, list, count, &purpose,
                                             1, GNUTLS_VERIFY_ALLOW_BROKEN,
                                             &status, NULL);
    clock_of_state = 0;
    return ret < 0 ? GNUTLS_CERT_INVALID : status;
}

struct gtls_verdict gtls_client_auth_verify(const struct gtls_state *s,
                                            const gnutls_datum_t *list,
                                            unsigned count)
{
    gnutls_x509_crt_t read[LIST_MAX];
    unsigned n = 0, status = GNUTLS_CERT_INVALID;

    while (n < count && n < LIST_MAX && gnutls_x509_crt_init(&read[n]) >= 0)
        if (gnutls_x509_crt_import(read[n], &list[n], GNUTLS_X509_FMT_DER) <
            0) {
            gnutls_x509_crt_deinit(read[n]);
            break;
        } else {
            n++;
        }
    if (n == count)
        status = status_of(s, read, n);
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(read[i]);
    return verdict_of(status);
}

/* Takes the library's text, which is its own memory's. */
static char *text_take(int ret, gnutls_datum_t *text)
{
    char *out = ret < 0 ? NULL : strndup((const char *)text->data, text->size);

    if (ret >= 0)
        gnutls_free(text->data);
    return out;
}

void gtls_client_auth_describe(const uint8_t *der, size_t size,
                               struct tls_client *out)
{
    const gnutls_datum_t data = {(unsigned char *)der, (unsigned)size};
    gnutls_x509_crt_t x = NULL;
    gnutls_datum_t text = {NULL, 0};

    if (gnutls_x509_crt_init(&x) < 0)
        return;
    if (gnutls_x509_crt_import(x, &data, GNUTLS_X509_FMT_DER) >= 0) {
        out->subject = text_take(gnutls_x509_crt_get_dn3(x, &text, 0), &text);
        out->issuer =
            text_take(gnutls_x509_crt_get_issuer_dn3(x, &text, 0), &text);
    }
    gnutls_x509_crt_deinit(x);
}
