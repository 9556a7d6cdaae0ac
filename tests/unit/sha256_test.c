/* SHA-256 against libcrypto's, for every length around the padding. */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

static void test_known(void **state)
{
    char hex[SHA256_HEX];

    (void)state;
    sha256_hex("abc", 3, hex); /* FIPS 180-4's example */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb"
                             "410ff61f20015ad");
}

static void test_lengths(void **state)
{
    (void)state;
    for (size_t size = 0; size < 300; size++) {
        uint8_t *data = malloc(size + 1), got[SHA256_SIZE], want[SHA256_SIZE];

        assert_non_null(data);
        for (size_t i = 0; i < size; i++)
            data[i] = (uint8_t)(i * 7 + size);
        data = realloc(data, size == 0 ? 1 : size);
        sha256(data, size, got);
        SHA256(data, size, want);
        if (memcmp(got, want, SHA256_SIZE) != 0)
            fail_msg("%zu bytes: another hash", size);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
