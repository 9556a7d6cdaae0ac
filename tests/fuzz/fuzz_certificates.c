/* Any bytes as a file of certificates: read, and taken apart as for a twin. No
 * key is made and nothing is written. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "pki/bundle.h"
#include "pki/key.h"
#include "pki/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_apart(const struct asn1_buf *der)
{
    const unsigned char *p = der->data;
    X509 *x = d2i_X509(NULL, &p, (long)der->size);
    struct der_certificate parts;
    struct recipe recipe;
    struct key_kind kind;
    char what[80];

    der_certificate_read(der->data, der->size, &parts);
    recipe_from_real(&recipe, der->data, der->size, what);
    if (x != NULL)
        key_kind_of(X509_get0_pubkey(x), &kind, what);
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
