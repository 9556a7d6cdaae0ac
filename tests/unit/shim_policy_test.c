/* Pins and distrust over chains of made-up certificates: the DER is right, the
 * keys are words. */
#include "clients/shim_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct buffer {
    uint8_t data[512];
    size_t size;
};

/* Appends one element with a short length. */
static void put(struct buffer *b, uint8_t tag, const void *data, size_t size)
{
    assert_true(size < 128 || tag == 0x30);
    b->data[b->size++] = tag;
    if (size >= 128)
        b->data[b->size++] = 0x81;
    b->data[b->size++] = (uint8_t)size;
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static void put_name(struct buffer *b, const char *cn)
{
    struct buffer pair = {.size = 0}, set = {.size = 0}, name = {.size = 0};

    put(&pair, 0x06, "\x55\x04\x03", 3);
    put(&pair, 0x0c, cn, strlen(cn));
    put(&set, 0x30, pair.data, pair.size);
    put(&name, 0x31, set.data, set.size);
    put(b, 0x30, name.data, name.size);
}

/* "subject<issuer:key", valid from 2024-01-01. */
static struct buffer certificate(const char *subject, const char *issuer,
                                 const char *key)
{
    struct buffer tbs = {.size = 0}, part = {.size = 0}, body = {.size = 0},
                  out = {.size = 0};

    put(&tbs, 0x02, "\x01", 1);
    put(&tbs, 0x30, "", 0);
    put_name(&tbs, issuer);
    put(&part, 0x17, "240101000000Z", 13);
    put(&part, 0x17, "250101000000Z", 13);
    put(&tbs, 0x30, part.data, part.size);
    put_name(&tbs, subject);
    put(&tbs, 0x30, key, strlen(key));
    put(&body, 0x30, tbs.data, tbs.size);
    put(&body, 0x30, "", 0);
    put(&body, 0x03, "\0sig", 4);
    put(&out, 0x30, body.data, body.size);
    return out;
}

/* Stands in for SHA-256: different data, different words. */
static int hash(enum shim_digest which, const void *data, size_t size,
                uint8_t *out)
{
    const uint8_t *p = data;
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * 1099511628211u;
    memset(out, 0, which == SHIM_SHA1 ? 20 : 32);
    memcpy(out, &h, sizeof h);
    out[8] = (uint8_t)which;
    return 0;
}

static const struct shim_ops ops = {.digest = hash};

/* The world of the tests: leaf < ica < root; the root also exists signed by
 * an old one. The device has root and a stranger. */
enum { LEAF, ICA, ROOT_BY_OLD, ROOT, OLD, STRANGER, NOBODY, CERTIFICATES };
static struct buffer world[CERTIFICATES];
static const char *const keys[CERTIFICATES] = {
    "k-leaf", "k-ica", "k-root", "k-root", "k-old", "k-stranger", "k-nobody"};

static int world_make(void **state)
{
    (void)state;
    world[LEAF] = certificate("leaf", "ica", keys[LEAF]);
    world[ICA] = certificate("ica", "root", keys[ICA]);
    world[ROOT_BY_OLD] = certificate("root", "old", keys[ROOT_BY_OLD]);
    world[ROOT] = certificate("root", "root", keys[ROOT]);
    world[OLD] = certificate("old", "old", keys[OLD]);
    world[STRANGER] = certificate("stranger", "stranger", keys[STRANGER]);
    world[NOBODY] = certificate("nobody", "nobody", keys[NOBODY]);
    return 0;
}

static struct shim_bytes bytes(int which)
{
    return (struct shim_bytes){world[which].data, world[which].size};
}

static const struct shim_bytes *chain_sent(size_t *count)
{
    static struct shim_bytes chain[3];

    chain[0] = bytes(LEAF);
    chain[1] = bytes(ICA);
    chain[2] = bytes(ROOT_BY_OLD);
    *count = 3;
    return chain;
}

/* Anchors: two of the world in one buffer. */
static struct shim_bytes anchors(int a, int b)
{
    static struct buffer both;

    both.size = 0;
    memcpy(both.data, world[a].data, world[a].size);
    memcpy(both.data + world[a].size, world[b].data, world[b].size);
    both.size = world[a].size + world[b].size;
    return (struct shim_bytes){both.data, both.size};
}

static struct shim_pin pin(enum shim_pin_place what, int spki, int of)
{
    struct shim_pin p = {.what = what, .spki = spki};
    struct buffer key = {.size = 0};

    put(&key, 0x30, keys[of], strlen(keys[of]));
    if (spki)
        hash(SHIM_SHA256, key.data, key.size, p.hash);
    else
        hash(SHIM_SHA256, world[of].data, world[of].size, p.hash);
    return p;
}

static void pins(void **state)
{
    static const struct {
        const char *name;
        enum shim_pin_place what;
        int spki, of;
        enum reason reason;
    } rows[] = {
        {"leaf", SHIM_PIN_LEAF, 0, LEAF, REASON_NONE},
        {"leaf's key", SHIM_PIN_LEAF, 1, LEAF, REASON_NONE},
        {"leaf is not the ICA", SHIM_PIN_LEAF, 0, ICA, REASON_PIN_MISMATCH},
        {"intermediate", SHIM_PIN_INTERMEDIATE, 0, ICA, REASON_NONE},
        {"cross-signed root is an intermediate", SHIM_PIN_INTERMEDIATE, 0,
         ROOT_BY_OLD, REASON_NONE},
        {"leaf is no intermediate", SHIM_PIN_INTERMEDIATE, 0, LEAF,
         REASON_PIN_MISMATCH},
        {"anchor is no intermediate", SHIM_PIN_INTERMEDIATE, 0, ROOT,
         REASON_PIN_MISMATCH},
        {"anchor reached", SHIM_PIN_ANCHOR, 0, ROOT, REASON_NONE},
        {"anchor's key", SHIM_PIN_ANCHOR, 1, ROOT_BY_OLD, REASON_NONE},
        {"cross-signed root is not the anchor", SHIM_PIN_ANCHOR, 0, ROOT_BY_OLD,
         REASON_PIN_MISMATCH},
        {"anchor not reached", SHIM_PIN_ANCHOR, 0, STRANGER,
         REASON_PIN_MISMATCH},
        {"any: sent", SHIM_PIN_ANY, 0, ROOT_BY_OLD, REASON_NONE},
        {"any: anchor", SHIM_PIN_ANY, 0, ROOT, REASON_NONE},
        {"any: nobody", SHIM_PIN_ANY, 1, NOBODY, REASON_PIN_MISMATCH},
    };
    size_t count;
    const struct shim_bytes *chain = chain_sent(&count);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_pin p = pin(rows[i].what, rows[i].spki, rows[i].of);
        struct shim_want w = {
            .pins = &p, .pins_count = 1, .anchors = anchors(STRANGER, ROOT)};
        enum reason r = shim_policy_check(&w, chain, count, &ops);
        if (r != rows[i].reason)
            fail_msg("%s: %s", rows[i].name, reason_name(r));
    }
}

static void one_of_several_pins_is_enough(void **state)
{
    struct shim_pin two[] = {pin(SHIM_PIN_LEAF, 0, NOBODY),
                             pin(SHIM_PIN_ANCHOR, 1, ROOT)};
    struct shim_want w = {
        .pins = two, .pins_count = 2, .anchors = anchors(ROOT, STRANGER)};
    size_t count;
    const struct shim_bytes *chain = chain_sent(&count);

    (void)state;
    assert_int_equal(shim_policy_check(&w, chain, count, &ops), REASON_NONE);
    w.pins_count = 1;
    assert_int_equal(shim_policy_check(&w, chain, count, &ops),
                     REASON_PIN_MISMATCH);
}

static void sha1_pins(void **state)
{
    size_t count;
    const struct shim_bytes *chain = chain_sent(&count);
    struct shim_pin p = {.what = SHIM_PIN_LEAF, .digest = SHIM_SHA1};
    struct shim_want w = {
        .pins = &p, .pins_count = 1, .anchors = anchors(STRANGER, ROOT)};

    (void)state;
    hash(SHIM_SHA1, world[LEAF].data, world[LEAF].size, p.hash);
    /* What stands behind the twenty bytes is not looked at. */
    p.hash[20] = 1;
    assert_int_equal(shim_policy_check(&w, chain, count, &ops), REASON_NONE);
    p.hash[19] = 1;
    assert_int_equal(shim_policy_check(&w, chain, count, &ops),
                     REASON_PIN_MISMATCH);
}

static void distrust(void **state)
{
    enum { NOT_BEFORE = 1704067200 }; /* 2024-01-01T00:00:00Z */
    static const struct {
        const char *name;
        int distrusted, anchor;
        int64_t after;
        enum reason reason;
    } rows[] = {
        {"issued later", ROOT, ROOT, NOT_BEFORE - 1, REASON_DISTRUSTED},
        {"issued at the date", ROOT, ROOT, NOT_BEFORE, REASON_NONE},
        {"another anchor", STRANGER, ROOT, NOT_BEFORE - 1, REASON_NONE},
        {"sent, but not reached", OLD, ROOT, NOT_BEFORE - 1, REASON_NONE},
        {"reached over the cross-signature", OLD, OLD, NOT_BEFORE - 1,
         REASON_DISTRUSTED},
        {"intermediate as anchor", ICA, ICA, NOT_BEFORE - 1, REASON_DISTRUSTED},
        {"leaf as anchor", LEAF, LEAF, NOT_BEFORE - 1, REASON_DISTRUSTED},
        {"no anchor reached", ROOT, NOBODY, NOT_BEFORE - 1, REASON_UNKNOWN_CA},
    };
    size_t count;
    const struct shim_bytes *chain = chain_sent(&count);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_pin key = pin(SHIM_PIN_ANY, 1, rows[i].distrusted);
        struct shim_want w = {.distrust_spki = &key.hash,
                              .distrust_count = 1,
                              .distrust_after = rows[i].after,
                              .anchors = anchors(rows[i].anchor, STRANGER)};
        enum reason r = shim_policy_check(&w, chain, count, &ops);
        if (r != rows[i].reason)
            fail_msg("%s: %s", rows[i].name, reason_name(r));
    }
}

static void bad_chains(void **state)
{
    struct shim_pin p = pin(SHIM_PIN_LEAF, 0, LEAF);
    struct shim_want w = {.pins = &p, .pins_count = 1};
    struct shim_bytes chain[40];
    uint8_t junk[] = {0x30, 0x03, 1, 2, 3};

    (void)state;
    assert_int_equal(shim_policy_check(&w, chain, 0, &ops),
                     REASON_UNAUTHENTICATED);
    chain[0] = (struct shim_bytes){junk, sizeof junk};
    assert_int_equal(shim_policy_check(&w, chain, 1, &ops),
                     REASON_CERTIFICATE_PARSE_ERROR);
    /* Two that sign each other must not be walked for ever. */
    world[NOBODY] = certificate("nobody", "old", keys[NOBODY]);
    world[OLD] = certificate("old", "nobody", keys[OLD]);
    for (size_t i = 0; i < 40; i++)
        chain[i] = bytes(i % 2 ? NOBODY : OLD);
    assert_int_equal(shim_policy_check(&w, chain, 40, &ops),
                     REASON_PIN_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pins, world_make),
        cmocka_unit_test_setup(one_of_several_pins_is_enough, world_make),
        cmocka_unit_test_setup(sha1_pins, world_make),
        cmocka_unit_test_setup(distrust, world_make),
        cmocka_unit_test_setup(bad_chains, world_make),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
