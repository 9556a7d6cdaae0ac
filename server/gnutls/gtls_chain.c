/* Certificates and keys of a state. The certificates are bytes that nobody
 * looks into: what GnuTLS wants to know of a leaf it is told from the key. */
#include "server/gnutls/gtls_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"

enum { SEQUENCE = 0x30, LENGTH_LONG = 0x80, KEY_ID = 32 };

/* Size of the SEQUENCE at the start of data, header included, with its length
 * in DER or in a longer form; 0: there is none. */
static size_t sequence_size(const uint8_t *data, size_t size)
{
    size_t bytes, length = 0;

    if (size < 2 || data[0] != SEQUENCE)
        return 0;
    if (data[1] < LENGTH_LONG)
        return (size_t)data[1] + 2 > size ? 0 : (size_t)data[1] + 2;
    bytes = data[1] - LENGTH_LONG;
    if (bytes == 0 || bytes > 4 || bytes + 2 > size)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        length = length << 8 | data[2 + i];
    return length > size - 2 - bytes ? 0 : 2 + bytes + length;
}

/* Walks the file twice: to count, then to fill the list. The count, or -1: the
 * certificate of number *bad is none. */
static int certificates_walk(uint8_t *data, size_t size, gnutls_datum_t *list,
                             int *bad)
{
    int count = 0;

    for (size_t at = 0, one; at < size; at += one) {
        one = sequence_size(data + at, size - at);
        if (one == 0) {
            *bad = count + 1;
            return -1;
        }
        if (list != NULL)
            list[count] = (gnutls_datum_t){data + at, (unsigned)one};
        count++;
    }
    return count;
}

/* A file is read into more room than it needs; a state lives long. */
static void room_shrink(uint8_t **data, size_t size)
{
    uint8_t *less = realloc(*data, size + 1);

    if (less != NULL)
        *data = less;
}

static int list_fill(const struct gtls_state *s, const char *path,
                     uint8_t *data, size_t size, gnutls_datum_t **list)
{
    int bad = 0, count = certificates_walk(data, size, NULL, &bad);

    if (count < 0)
        diag("state %s: %s: certificate %d is no SEQUENCE", s->id, path, bad);
    if (count == 0)
        diag("state %s: %s: no certificate", s->id, path);
    if (count <= 0)
        return -1;
    *list = calloc((size_t)count, sizeof(**list));
    if (*list == NULL)
        return gtls_state_fault(s, "out of memory", 0);
    (void)certificates_walk(data, size, *list, &bad);
    return count;
}

int gtls_chain_split(const struct gtls_state *s, const char *path,
                     uint8_t **data, gnutls_datum_t **list)
{
    size_t size = 0;
    int count;

    *data = NULL;
    *list = NULL;
    if (file_read(path, 0, data, &size) != 0)
        return -1;
    room_shrink(data, size);
    count = list_fill(s, path, *data, size, list);
    if (count > 0)
        return count;
    free(*data);
    *data = NULL;
    return -1;
}

/* The groups that an ECDSA key may be in. */
static uint16_t curve_code(gnutls_ecc_curve_t curve)
{
    static const struct {
        gnutls_ecc_curve_t curve;
        uint16_t code;
    } curves[] = {
        {GNUTLS_ECC_CURVE_SECP192R1, 19}, {GNUTLS_ECC_CURVE_SECP224R1, 21},
        {GNUTLS_ECC_CURVE_SECP256R1, 23}, {GNUTLS_ECC_CURVE_SECP384R1, 24},
        {GNUTLS_ECC_CURVE_SECP521R1, 25},
    };

    for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++)
        if (curves[i].curve == curve)
            return curves[i].code;
    return 0;
}

/* The key type must be what the chain's name says, or the record would name the
 * wrong chain. */
static int key_fits(const struct gtls_state *s, struct gtls_chain *c)
{
    int is_ec = 0, is_rsa = 0;
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;

    c->type =
        (gnutls_pk_algorithm_t)gnutls_privkey_get_pk_algorithm(c->key, NULL);
    is_rsa = c->type == GNUTLS_PK_RSA || c->type == GNUTLS_PK_RSA_PSS;
    is_ec = c->type == GNUTLS_PK_ECDSA || c->type == GNUTLS_PK_EDDSA_ED25519 ||
            c->type == GNUTLS_PK_EDDSA_ED448;
    if (c->type == GNUTLS_PK_ECDSA &&
        gnutls_pubkey_export_ecc_raw(c->public_key, &curve, NULL, NULL) >= 0)
        c->curve = curve_code(curve);
    if (c == &s->chains[GTLS_CHAIN_ECDSA] ? is_ec : is_rsa)
        return 1;
    diag("state %s: chains.%s: the key is of another type", s->id, c->name);
    return 0;
}

static int key_read(const struct gtls_state *s, struct gtls_chain *c,
                    const char *path)
{
    uint8_t *text = NULL;
    size_t size = 0;
    gnutls_datum_t pem;
    int ret;

    if (file_read(path, 0, &text, &size) != 0)
        return -1;
    pem = (gnutls_datum_t){text, (unsigned)size};
    ret = gnutls_privkey_init(&c->key);
    if (ret >= 0)
        ret = gnutls_privkey_import_x509_raw(c->key, &pem, GNUTLS_X509_FMT_PEM,
                                             NULL, 0);
    if (ret >= 0)
        ret = gnutls_pubkey_init(&c->public_key);
    if (ret >= 0) /* usage 0: no restriction */
        ret = gnutls_pubkey_import_privkey(c->public_key, c->key, 0, 0);
    free(text);
    if (ret < 0)
        return gtls_state_fault(s, path, ret);
    return key_fits(s, c) ? 0 : -1;
}

/* Is the leaf, where GnuTLS can read it, of another key of the same kind? That
 * is a mistake of whoever wrote the state; an odd public key is the state's
 * point. */
static int is_of_another_key(const struct gtls_chain *c,
                             const gnutls_datum_t *der)
{
    gnutls_x509_crt_t leaf = NULL;
    gnutls_pubkey_t key = NULL;
    unsigned char mine[KEY_ID], its[KEY_ID];
    size_t mine_size = sizeof(mine), its_size = sizeof(its);
    int is_other = 0;

    if (gnutls_x509_crt_init(&leaf) < 0 || gnutls_pubkey_init(&key) < 0)
        goto out;
    if (gnutls_x509_crt_import(leaf, der, GNUTLS_X509_FMT_DER) < 0 ||
        gnutls_pubkey_import_x509(key, leaf, 0) < 0 ||
        (c->type == GNUTLS_PK_RSA_PSS) ||
        gnutls_pubkey_get_key_id(c->public_key, GNUTLS_KEYID_USE_SHA256, mine,
                                 &mine_size) < 0 ||
        gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, its, &its_size) <
            0)
        goto out;
    is_other = memcmp(mine, its, sizeof(mine)) != 0;
out:
    gnutls_x509_crt_deinit(leaf);
    gnutls_pubkey_deinit(key);
    return is_other;
}

/* Not gnutls_pcert_import_x509_raw: it parses, and brings the key usage back.
 */
static int list_make(const struct gtls_state *s, struct gtls_chain *c,
                     const char *path)
{
    gnutls_datum_t *list;
    int count = gtls_chain_split(s, path, &c->data, &list);

    if (count < 0)
        return -1;
    c->list = calloc((size_t)count, sizeof(*c->list));
    for (int i = 0; c->list != NULL && i < count; i++)
        c->list[i] = (gnutls_pcert_st){.type = GNUTLS_CRT_X509,
                                       .cert = list[i],
                                       .pubkey = i == 0 ? c->public_key : NULL};
    free(list);
    if (c->list == NULL)
        return gtls_state_fault(s, "out of memory", 0);
    c->count = (unsigned)count;
    if (!is_of_another_key(c, &c->list[0].cert))
        return 0;
    diag("state %s: chains.%s: the leaf is not the key's", s->id, c->name);
    return -1;
}

/* An OCSP response, if there is one: bytes too. exptime 0 is "not known", with
 * which the library serves them whatever they say. */
static int staple_load(struct gtls_chain *c, const json_t *spec)
{
    const char *path = json_string_value(json_object_get(spec, "staple"));
    size_t size = 0;

    if (path == NULL)
        return 0;
    if (file_read(path, 0, &c->staple_data, &size) != 0)
        return -1;
    c->staple.response = (gnutls_datum_t){c->staple_data, (unsigned)size};
    return 0;
}

int gtls_chain_load(const struct gtls_state *s, struct gtls_chain *c,
                    const json_t *spec)
{
    const char *key_path = json_string_value(json_object_get(spec, "key"));
    const char *path = json_string_value(json_object_get(spec, "certificates"));
    static const char *const known[] = {"key", "certificates", "staple", NULL};

    if (key_path == NULL || path == NULL) {
        diag("state %s: chains.%s: key and certificates are needed", s->id,
             c->name);
        return -1;
    }
    if (gtls_policy_keys(s, "chains", spec, known) != 0 ||
        key_read(s, c, key_path) != 0)
        return -1;
    return list_make(s, c, path) == 0 ? staple_load(c, spec) : -1;
}

void gtls_chain_clear(struct gtls_chain *c)
{
    gnutls_privkey_deinit(c->key);
    gnutls_pubkey_deinit(c->public_key);
    free(c->list);
    free(c->data);
    free(c->staple_data);
}
