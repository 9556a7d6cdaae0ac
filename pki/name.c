/* As libcrypto's X509_NAME_cmp has it, but as a hash, so that names can be
 * looked up. */
#include "pki/name.h"

#include <ctype.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "pki/asn1.h"

static int is_text(int type)
{
    return type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING ||
           type == V_ASN1_T61STRING || type == V_ASN1_IA5STRING ||
           type == V_ASN1_VISIBLESTRING || type == V_ASN1_BMPSTRING ||
           type == V_ASN1_UNIVERSALSTRING;
}

/* Lower case of ASCII, one space for many, none at the ends. */
static void put_text(struct asn1_buf *b, const unsigned char *text, size_t size)
{
    int space = 0, begun = 0;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = text[i];

        if (c < 128 && isspace(c)) {
            space = begun;
            continue;
        }
        if (space)
            asn1_put(b, " ", 1);
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c - 'A' + 'a');
        asn1_put(b, &c, 1);
        space = 0;
        begun = 1;
    }
}

static void put_value(struct asn1_buf *b, const ASN1_STRING *value)
{
    size_t mark = asn1_open(b, ASN1_TAG_OCTETS);
    unsigned char *utf8 = NULL;
    int size = -1;

    if (is_text(ASN1_STRING_type(value)))
        size = ASN1_STRING_to_UTF8(&utf8, value);
    if (size >= 0)
        put_text(b, utf8, (size_t)size);
    else
        asn1_put(b, ASN1_STRING_get0_data(value),
                 (size_t)ASN1_STRING_length(value));
    OPENSSL_free(utf8);
    asn1_close(b, mark);
}

static void put_entry(struct asn1_buf *b, const X509_NAME_ENTRY *e)
{
    const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(e);
    uint8_t set = (uint8_t)X509_NAME_ENTRY_set(e);

    asn1_put(b, &set, 1);
    asn1_put_element(b, ASN1_TAG_OID, OBJ_get0_data(type), OBJ_length(type));
    put_value(b, X509_NAME_ENTRY_get_data(e));
}

void name_id(const struct der_slice *name, uint8_t out[static NAME_ID])
{
    const unsigned char *p = name->data;
    X509_NAME *read = d2i_X509_NAME(NULL, &p, (long)name->size);
    struct asn1_buf b = {0};

    if (read == NULL || p != name->data + name->size)
        asn1_put(&b, name->data, name->size);
    else
        for (int i = 0; i < X509_NAME_entry_count(read); i++)
            put_entry(&b, X509_NAME_get_entry(read, i));
    SHA256(b.data, b.size, out);
    X509_NAME_free(read);
    ERR_clear_error();
    asn1_clear(&b);
}
