/* Pins as tools print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/pin.h"

#define SHA256                                                                 \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA1   "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define BASE64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void rows(void **state)
{
    static const struct {
        const char *text, *hash, *why;
    } all[] = {
        {SHA256, SHA256, NULL},
        {"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
         SHA256, NULL},
        {"sha256 Fingerprint=E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:"
         "27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55",
         SHA256, NULL},
        {"SHA1 Fingerprint=DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:18:90:AF:"
         "D8:07:09",
         SHA1, NULL},
        {"DA 39 A3 EE 5E 6B 4B 0D 32 55 BF EF 95 60 18 90 AF D8 07 09", SHA1,
         NULL},
        {"sha256:" SHA256, SHA256, NULL},
        {SHA1, SHA1, NULL},
        {"sha256//" BASE64, SHA256, NULL},
        {"sha256/" BASE64, SHA256, NULL},
        {"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", SHA256, NULL},
        {"", NULL, "64 hexadecimal"},
        {"e3b0", NULL, "64 hexadecimal"},
        {SHA256 "00", NULL, "64 hexadecimal"},
        {":" SHA256, NULL, "64 hexadecimal"},
        {"sha256//47DEQpj8HBSa", NULL, "sha256// and base64"},
        {"sha256//" BASE64 ";sha256//" BASE64, NULL, "one pin each"},
        {"sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=", NULL, "40 hexadecimal"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char hash[PIN_HASH_ROOM];
        const char *why = "";
        int status = pin_hash_parse(all[i].text, hash, &why);

        if (status != (all[i].why ? -1 : 0) ||
            (all[i].hash && strcmp(hash, all[i].hash) != 0) ||
            (all[i].why && !strstr(why, all[i].why)))
            fail_msg("%s: %d, %s", all[i].text, status, why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
