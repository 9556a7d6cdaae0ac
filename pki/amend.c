/* Changes to extensions. What stands there and cannot be read is replaced.
 * Knows no keys. */
#include "pki/amend.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const char basic_constraints[] = "2.5.29.19";
static const char key_usage[] = "2.5.29.15";
static const char purposes[] = "2.5.29.37";
static const char alt_names[] = "2.5.29.17";

enum { /* of KeyUsage (RFC 5280 section 4.2.1.3), the first bit highest */
       USE_DIGITAL_SIGNATURE = 0x8000,
       USE_KEY_ENCIPHERMENT = 0x2000,
       USE_CERT_SIGN = 0x0400,
       USE_CRL_SIGN = 0x0200,
};

static void append(struct amend *a, const uint8_t *data, size_t size)
{
    struct asn1_buf *grown = realloc(a->items, (a->count + 1) * sizeof *grown);

    if (grown == NULL) {
        a->failed = 1;
        return;
    }
    a->items = grown;
    memset(&grown[a->count], 0, sizeof *grown);
    asn1_put(&grown[a->count], data, size);
    a->failed |= grown[a->count].failed;
    a->count++;
}

int amend_read(struct amend *a, const struct der_slice *list)
{
    struct der_slice rest = *list, whole;

    while (rest.size > 0) {
        if (asn1_expect(&rest, ASN1_TAG_SEQUENCE, NULL, &whole) != 0)
            return -1;
        append(a, whole.data, whole.size);
    }
    return a->failed ? -1 : 0;
}

void amend_clear(struct amend *a)
{
    for (size_t i = 0; i < a->count; i++)
        asn1_clear(&a->items[i]);
    free(a->items);
    memset(a, 0, sizeof *a);
}

void amend_put(const struct amend *a, struct asn1_buf *b)
{
    for (size_t i = 0; i < a->count; i++)
        asn1_put(b, a->items[i].data, a->items[i].size);
    b->failed |= a->failed;
}

/* Is it an Extension with this OID? *rest is then behind the OID. */
static int has_oid(const struct asn1_buf *item, const char *oid,
                   struct der_slice *rest)
{
    struct der_slice all = {item->data, item->size}, found;
    struct asn1_buf wanted = {0};
    int is = asn1_expect(&all, ASN1_TAG_SEQUENCE, rest, NULL) == 0 &&
             asn1_expect(rest, ASN1_TAG_OID, NULL, &found) == 0 &&
             asn1_put_oid(&wanted, oid) == 0 && !wanted.failed &&
             wanted.size == found.size &&
             memcmp(wanted.data, found.data, found.size) == 0;

    asn1_clear(&wanted);
    return is;
}

static size_t position(const struct amend *a, const char *oid,
                       struct der_slice *rest)
{
    size_t i = 0;

    while (i < a->count && !has_oid(&a->items[i], oid, rest))
        i++;
    return i;
}

void amend_drop(struct amend *a, const char *oid)
{
    struct der_slice rest;
    size_t at;

    while ((at = position(a, oid, &rest)) < a->count) {
        asn1_clear(&a->items[at]);
        memmove(&a->items[at], &a->items[at + 1],
                (--a->count - at) * sizeof *a->items);
    }
}

int amend_find(const struct amend *a, const char *oid, struct der_slice *value)
{
    struct der_slice rest;

    if (position(a, oid, &rest) == a->count)
        return -1;
    asn1_expect(&rest, ASN1_TAG_BOOLEAN, NULL, NULL);
    return asn1_expect(&rest, ASN1_TAG_OCTETS, value, NULL);
}

void amend_set(struct amend *a, const char *oid, int critical,
               const struct asn1_buf *value)
{
    struct asn1_buf made = {0};
    struct der_slice rest, truth;
    size_t at = position(a, oid, &rest);
    size_t mark = asn1_open(&made, ASN1_TAG_SEQUENCE);

    if (critical < 0)
        critical = at < a->count &&
                   asn1_expect(&rest, ASN1_TAG_BOOLEAN, &truth, NULL) == 0 &&
                   truth.size == 1 && truth.data[0] != 0;
    asn1_put_oid(&made, oid);
    if (critical)
        asn1_put_true(&made);
    asn1_put_element(&made, ASN1_TAG_OCTETS, value->data, value->size);
    asn1_close(&made, mark);
    a->failed |= made.failed || value->failed;
    if (at == a->count) {
        append(a, made.data, made.size);
        asn1_clear(&made);
        return;
    }
    asn1_clear(&a->items[at]);
    a->items[at] = made;
}

/* Sets bits in the key usage, if there is one. */
static void use_add(struct amend *a, unsigned bits)
{
    struct der_slice value, content;
    struct asn1_buf made = {0};
    uint8_t bytes[3] = {0};
    unsigned use = bits, unused = 0;

    if (amend_find(a, key_usage, &value) != 0)
        return;
    if (asn1_expect(&value, ASN1_TAG_BITS, &content, NULL) == 0 &&
        content.size > 1)
        use |= (unsigned)content.data[1] << 8 |
               (content.size > 2 ? content.data[2] : 0U);
    while (!(use >> unused & 1))
        unused++;
    /* A named bit list ends with its last bit that is set (X.690 11.2.2). */
    bytes[0] = (uint8_t)(unused % 8);
    bytes[1] = (uint8_t)(use >> 8);
    bytes[2] = (uint8_t)use;
    asn1_put_element(&made, ASN1_TAG_BITS, bytes, unused >= 8 ? 2 : 3);
    amend_set(a, key_usage, -1, &made);
    asn1_clear(&made);
}

void amend_ca(struct amend *a)
{
    struct asn1_buf made = {0};
    size_t mark = asn1_open(&made, ASN1_TAG_SEQUENCE);

    asn1_put_true(&made);
    asn1_close(&made, mark);
    amend_set(a, basic_constraints, 1, &made);
    asn1_clear(&made);
    use_add(a, USE_CERT_SIGN | USE_CRL_SIGN);
}

/* The elements of the SEQUENCE that is the extension's value; nothing if it is
 * not one. */
static struct der_slice elements(const struct amend *a, const char *oid)
{
    struct der_slice value, content, none = {(const uint8_t *)"", 0};

    if (amend_find(a, oid, &value) != 0 ||
        asn1_expect(&value, ASN1_TAG_SEQUENCE, &content, NULL) != 0)
        return none;
    return content;
}

void amend_server(struct amend *a)
{
    struct der_slice value, list = elements(a, purposes);
    struct asn1_buf made = {0}, server = {0};
    size_t mark = asn1_open(&made, ASN1_TAG_SEQUENCE);

    use_add(a, USE_DIGITAL_SIGNATURE | USE_KEY_ENCIPHERMENT);
    asn1_put_oid(&server, "1.3.6.1.5.5.7.3.1");
    asn1_put(&made, list.data, list.size);
    if (list.size == 0 || server.failed ||
        memmem(list.data, list.size, server.data, server.size) == NULL)
        asn1_put(&made, server.data, server.size);
    asn1_close(&made, mark);
    if (amend_find(a, purposes, &value) == 0)
        amend_set(a, purposes, -1, &made);
    asn1_clear(&made);
    asn1_clear(&server);
}

void amend_names_keep(struct amend *a, size_t count)
{
    struct der_slice rest = elements(a, alt_names), whole;
    struct asn1_buf made = {0};
    size_t mark = asn1_open(&made, ASN1_TAG_SEQUENCE);
    uint8_t tag;

    if (rest.size > 0) {
        while (count-- > 0 && asn1_next(&rest, &tag, NULL, &whole) == 0)
            asn1_put(&made, whole.data, whole.size);
        asn1_close(&made, mark);
        amend_set(a, alt_names, -1, &made);
    }
    asn1_clear(&made);
}

int amend_names_add(struct amend *a, const char *name)
{
    struct der_slice list = elements(a, alt_names);
    struct asn1_buf made = {0};
    size_t mark = asn1_open(&made, ASN1_TAG_SEQUENCE);
    uint8_t ip[16];
    int status = 0;

    asn1_put(&made, list.data, list.size);
    if (strncmp(name, "DNS:", 4) == 0 && name[4] != '\0')
        asn1_put_element(&made, 0x82, name + 4, strlen(name + 4));
    else if (strncmp(name, "IP:", 3) == 0 && inet_pton(AF_INET, name + 3, ip))
        asn1_put_element(&made, 0x87, ip, 4);
    else if (strncmp(name, "IP:", 3) == 0 && inet_pton(AF_INET6, name + 3, ip))
        asn1_put_element(&made, 0x87, ip, 16);
    else
        status = -1;
    asn1_close(&made, mark);
    if (status == 0)
        amend_set(a, alt_names, -1, &made);
    asn1_clear(&made);
    return status;
}
