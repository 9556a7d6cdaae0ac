/* Any bytes as a file of certificates: read, and taken apart as for a twin. No
 * key is made and nothing is written. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "pki/bundle.h"
#include "pki/extension.h"
#include "pki/flaw.h"
#include "pki/key.h"
#include "pki/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is wrong with its signature, without a key and by its own. */
static void signature_apart(const struct asn1_buf *der)
{
    EVP_PKEY *keys[] = {NULL, signature_key(der->data, der->size)};
    struct signature s;

    if (signature_read(der->data, der->size, &s) == 0)
        for (int i = 0; i < 2; i++) {
            struct flaw f;

            flaw_find(&f, &s, keys[i]);
            flaw_clear(&f);
        }
    EVP_PKEY_free(keys[1]);
}

static void take_apart(const struct asn1_buf *der)
{
    const unsigned char *p = der->data;
    X509 *x = d2i_X509(NULL, &p, (long)der->size);
    struct der_certificate parts = {0};
    struct recipe recipe;
    struct key_kind kind;
    struct der_slice value;
    char what[80];

    der_certificate_read(der->data, der->size, &parts);
    signature_apart(der);
    extension_find(der->data, der->size, EXTENSION_AUTHORITY_KEY_ID, &value);
    recipe_from_real(&recipe, der->data, der->size, what);
    if (x != NULL && key_kind_of(X509_get0_pubkey(x), &kind, what) == 0)
        recipe_key_is_plain(&parts.spki, kind.type);
    recipe_clear(&recipe);
    X509_free(x);
}

/* The ending decides about the language of a text, so the input chooses one. */
static const char *name_of(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.pem", "a.h", "a.py", "a.lua"};

    return names[size > 0 ? data[size - 1] % 4 : 0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *name = name_of(data, size);
    struct bundle b;

    for (int skip = 0; skip <= PKI_SKIP_DAMAGED; skip += PKI_SKIP_DAMAGED) {
        if (bundle_parse(name, data, size, skip, &b) == 0)
            for (size_t i = 0; i < b.count; i++)
                take_apart(&b.certificates[i]);
        bundle_clear(&b);
    }
    ERR_clear_error();
    return 0;
}
