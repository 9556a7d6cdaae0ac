/* OCSP responses of every sort, read back and checked with libcrypto. */
#include "tests/unit/pki_real.h"

#include <openssl/ocsp.h>

#include "pki/staple.h"

enum { NOW = 1719792000 }; /* 2024-07-01 */

static const struct row {
    enum staple what;
    int response; /* its status; -1: it is none */
    int status;   /* of the leaf; -1: none that its issuer signed */
    int is_of_now;
} rows[] = {
    {STAPLE_GOOD, OCSP_RESPONSE_STATUS_SUCCESSFUL, V_OCSP_CERTSTATUS_GOOD, 1},
    {STAPLE_REVOKED, OCSP_RESPONSE_STATUS_SUCCESSFUL, V_OCSP_CERTSTATUS_REVOKED,
     1},
    {STAPLE_UNKNOWN, OCSP_RESPONSE_STATUS_SUCCESSFUL, V_OCSP_CERTSTATUS_UNKNOWN,
     1},
    {STAPLE_EXPIRED, OCSP_RESPONSE_STATUS_SUCCESSFUL, V_OCSP_CERTSTATUS_GOOD,
     0},
    {STAPLE_MALFORMED, -1, -1, 0},
    {STAPLE_WRONG_RESPONDER, OCSP_RESPONSE_STATUS_SUCCESSFUL, -1, 0},
    {STAPLE_TRY_LATER, OCSP_RESPONSE_STATUS_TRYLATER, -1, 0},
};

static void check_status(const struct row *r, OCSP_BASICRESP *b, X509 *leaf,
                         X509 *issuer)
{
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, leaf, issuer);
    ASN1_GENERALIZEDTIME *from, *until;
    time_t now = NOW;
    int status;

    assert_int_equal(
        OCSP_resp_find_status(b, id, &status, NULL, NULL, &from, &until), 1);
    assert_int_equal(status, r->status);
    assert_true(X509_cmp_time(from, &now) < 0);
    assert_int_equal(X509_cmp_time(until, &now) > 0, r->is_of_now);
    assert_true(X509_cmp_time(OCSP_resp_get0_produced_at(b), &now) < 0);
    OCSP_CERTID_free(id);
}

static void check_response(const struct row *r, OCSP_RESPONSE *response,
                           X509 *leaf, X509 *issuer)
{
    OCSP_BASICRESP *b = OCSP_response_get1_basic(response);
    STACK_OF(X509) *path = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);

    sk_X509_push(path, issuer);
    X509_STORE_add_cert(store, issuer);
    X509_VERIFY_PARAM_set_time(param, NOW);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    assert_int_equal(b != NULL, r->response == OCSP_RESPONSE_STATUS_SUCCESSFUL);
    if (b)
        assert_int_equal(OCSP_basic_verify(b, path, store, 0) == 1,
                         r->status >= 0);
    if (b && r->status >= 0)
        check_status(r, b, leaf, issuer);
    OCSP_BASICRESP_free(b);
    sk_X509_free(path);
    X509_STORE_free(store);
}

static void row_run(const struct row *r, const struct pki_cert *leaf,
                    const struct pki_cert *issuer)
{
    size_t size;
    uint8_t *der = pki_staple(leaf, r->what, NOW, &size);
    const unsigned char *at = der;
    X509 *one = twin_x509(leaf), *other = twin_x509(issuer);
    OCSP_RESPONSE *response;

    print_message("row %s\n", staple_names[r->what]);
    assert_non_null(der);
    response = d2i_OCSP_RESPONSE(NULL, &at, (long)size);
    assert_int_equal(response != NULL, r->response >= 0);
    if (response) {
        assert_int_equal(OCSP_response_status(response), r->response);
        check_response(r, response, one, other);
    }
    OCSP_RESPONSE_free(response);
    X509_free(one);
    X509_free(other);
    free(der);
}

static void each(void **state)
{
    static const char *const issuers[] = {"amazon-rsa-2048-m03",
                                          "amazon-ecdsa-384-m02"};
    struct pki *p = world_new();
    struct leaf_spec spec = {0};

    (void)state;
    for (size_t i = 0; i < sizeof issuers / sizeof *issuers; i++) {
        struct pki_cert *issuer = pki_want(p, issuers[i]);
        struct pki_cert *leaf =
            pki_want_leaf(p, &spec, issuer, "rsa-2048", "host.example", NOW);

        assert_non_null(leaf);
        assert_int_equal(pki_mint(p, 2), 0);
        assert_int_equal(pki_can_staple(leaf), 1);
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
            row_run(&rows[k], leaf, issuer);
    }
    pki_free(p);
}

/* The same question twice: an RSA key signs the same bytes. */
static void same_again(void **state)
{
    struct pki *p = world_new();
    struct leaf_spec spec = {0};
    struct pki_cert *leaf =
        pki_want_leaf(p, &spec, pki_want(p, "amazon-rsa-2048-m03"), "rsa-2048",
                      "host.example", NOW);
    size_t size, again;
    uint8_t *one, *other;

    (void)state;
    assert_int_equal(pki_mint(p, 2), 0);
    one = pki_staple(leaf, STAPLE_GOOD, NOW, &size);
    other = pki_staple(leaf, STAPLE_GOOD, NOW, &again);
    assert_int_equal(size, again);
    assert_memory_equal(one, other, size);
    free(one);
    free(other);
    pki_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each),
        cmocka_unit_test(same_again),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
