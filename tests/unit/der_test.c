/* The little DER reader: times at the edges of RFC 5280, and hostile input. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/der.h"

static void times(void **state)
{
    static const struct {
        const char *der;
        int ok;
        int64_t value;
    } rows[] = {
        {"\x17\x0d"
         "700101000000Z",
         1, 0},
        {"\x17\x0d"
         "491231235959Z",
         1, 2524607999},
        {"\x17\x0d"
         "500101000000Z",
         1, -631152000},
        {"\x18\x0f"
         "20500101000000Z",
         1, 2524608000},
        {"\x18\x0f"
         "20500101000000+",
         0, 0},
        {"\x17\x0c"
         "700101000000",
         0, 0},
        {"\x18\x0f"
         "2050x101000000Z",
         0, 0},
        {"\x02\x01"
         "1",
         0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct der_slice s = {(const uint8_t *)rows[i].der,
                              strlen(rows[i].der)};
        int64_t value = 0;
        int ok = der_time(&s, &value) == 0;

        if (ok != rows[i].ok || (ok && value != rows[i].value))
            fail_msg("row %zu: ok %d, %lld", i, ok, (long long)value);
    }
}

/* A certificate's skeleton; each part is what der_certificate_read looks for.
 */
static const uint8_t skeleton[] = {
    0x30, 0x27, 0x30, 0x23,       /* Certificate, TBSCertificate */
    0xa0, 0x03, 0x02, 0x01, 0x02, /* version 3 */
    0x02, 0x01, 0x07,             /* serial */
    0x30, 0x00,                   /* signature */
    0x30, 0x02, 0x31, 0x00,       /* issuer */
    0x30, 0x0d,                   /* validity */
    0x17, 0x00, 0x17, 0x09, '1',  '2',  '3',  '4',
    '5',  '6',  '7',  '8',  '9',  0x30, 0x00, /* subject */
    0x30, 0x02, 0x03, 0x00,                   /* subjectPublicKeyInfo */
    0x30, 0x00,                               /* signatureAlgorithm */
    0xff, 0xff,                               /* the next one */
};

static void parts(void **state)
{
    struct der_certificate c;

    (void)state;
    assert_int_equal(der_certificate_read(skeleton, sizeof skeleton, &c),
                     sizeof skeleton - 2);
    assert_int_equal(c.serial.size, 3);
    assert_int_equal(c.issuer.size, 4);
    assert_int_equal(c.subject.size, 2);
    assert_int_equal(c.spki.size, 4);
}

/* Every prefix and every single-byte change must be survived; a prefix is no
 * certificate. ASan sees a read beyond the copy. */
static void hostile(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof skeleton - 2; n++) {
        uint8_t *copy = malloc(n + 1);
        struct der_certificate c;

        assert_non_null(copy);
        memcpy(copy, skeleton, n);
        if (n)
            assert_int_equal(der_certificate_read(copy, n, &c), 0);
        free(copy);
    }
    for (size_t i = 0; i < sizeof skeleton; i++) {
        for (int value = 0; value < 256; value++) {
            uint8_t *copy = malloc(sizeof skeleton);
            struct der_certificate c;

            assert_non_null(copy);
            memcpy(copy, skeleton, sizeof skeleton);
            copy[i] = (uint8_t)value;
            assert_true(der_certificate_read(copy, sizeof skeleton, &c) <=
                        sizeof skeleton);
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(parts),
        cmocka_unit_test(hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
