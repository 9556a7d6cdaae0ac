/* Certificates to trust anchors. All that is kept is the device's heap. */
#include "clients/bearssl/anchors.h"

#include <string.h>

#include "clients/bearssl/failure.h"
#include "clients/shim_map.h"
#include "base/der.h"

/* A copy on the device's heap; NULL: none left. */
static unsigned char *copy(const void *data, size_t size)
{
    unsigned char *p = shim_heap_malloc(size ? size : 1);

    if (p)
        memcpy(p, data, size);
    return p;
}

static int key_copy(br_x509_pkey *to, const br_x509_pkey *from)
{
    *to = *from;
    if (from->key_type == BR_KEYTYPE_EC) {
        to->key.ec.q = copy(from->key.ec.q, from->key.ec.qlen);
        return to->key.ec.q ? 0 : -1;
    }
    to->key.rsa.n = copy(from->key.rsa.n, from->key.rsa.nlen);
    to->key.rsa.e = copy(from->key.rsa.e, from->key.rsa.elen);
    return to->key.rsa.n && to->key.rsa.e ? 0 : -1;
}

static void anchor_clear(br_x509_trust_anchor *a)
{
    shim_heap_free(a->dn.data);
    if (a->pkey.key_type == BR_KEYTYPE_EC) {
        shim_heap_free(a->pkey.key.ec.q);
    } else {
        shim_heap_free(a->pkey.key.rsa.n);
        shim_heap_free(a->pkey.key.rsa.e);
    }
}

static int room_make(struct anchors *anchors)
{
    size_t room = anchors->count + 1;
    br_x509_trust_anchor *list;

    list = shim_heap_realloc(anchors->list, room * sizeof *list);
    if (!list)
        return -1;
    anchors->list = list;
    return 0;
}

/* 0, the library's code for a certificate that it cannot decode, or -1: no
 * memory. */
static int anchor_add(struct anchors *anchors, const struct der_certificate *c)
{
    br_x509_decoder_context decoder;
    br_x509_trust_anchor *a;
    int code;

    br_x509_decoder_init(&decoder, NULL, NULL);
    br_x509_decoder_push(&decoder, c->whole.data, c->whole.size);
    code = br_x509_decoder_last_error(&decoder);
    if (code)
        return code;
    if (room_make(anchors) == -1)
        return -1;
    a = &anchors->list[anchors->count++];
    *a = (br_x509_trust_anchor){0};
    a->flags = br_x509_decoder_isCA(&decoder) ? BR_X509_TA_CA : 0;
    a->dn.len = c->subject.size;
    a->dn.data = copy(c->subject.data, c->subject.size);
    return key_copy(&a->pkey, br_x509_decoder_get_pkey(&decoder)) == -1 ||
                   !a->dn.data
               ? -1
               : 0;
}

int anchors_parse(struct anchors *anchors, const struct shim_bytes *der,
                  struct shim_why *why)
{
    struct der_certificate c;
    int failed = 0;

    for (size_t at = 0, n; at < der->size; at += n) {
        int code;

        n = der_certificate_read(der->data + at, der->size - at, &c);
        if (!n) {
            shim_map_fill(why, STAGE_TRUST_STORE, REASON_TRUST_STORE_ERROR, 0,
                          "the anchors are not concatenated certificates");
            return -1;
        }
        code = anchor_add(anchors, &c);
        if (code == -1) {
            shim_map_fill(why, STAGE_TRUST_STORE, REASON_NONE, 0,
                          "out of memory");
            return -1;
        }
        anchors->refused += code != 0;
        failed = code ? code : failed;
    }
    if (!failed || anchors->count)
        return 0;
    failure_code(why, STAGE_TRUST_STORE, failed);
    why->reason = REASON_TRUST_STORE_ERROR;
    return -1;
}

void anchors_clear(struct anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++)
        anchor_clear(&anchors->list[i]);
    shim_heap_free(anchors->list);
    *anchors = (struct anchors){0};
}
