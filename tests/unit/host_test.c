/* Names of hosts: what is one, and what is said of what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/host.h"

#define TEN   "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN

static void rows(void **state)
{
    static const struct {
        const char *name, *why; /* NULL: it is one */
    } all[] = {
        {"mqtt.example.com", NULL},
        {"localhost", NULL},
        {"a_b.example", NULL},
        {"xn--bcher-kva.example", NULL},
        {"192.168.1.1", NULL},
        {"2001:db8::1", NULL},
        {FIFTY TEN "abc.example", NULL},
        {"", "empty"},
        {"mqtt.example.com:8883", "host alone: mqtt.example.com"},
        {"192.0.2.1:8883", "host alone: 192.0.2.1"},
        {"mqtts://mqtt.example.com", "host alone: mqtt.example.com"},
        {"https://u:p@mqtt.example.com:443/x?y", "alone: mqtt.example.com"},
        {"https://[2001:db8::1]:443/", "host alone: 2001:db8::1"},
        {"[2001:db8::1]:443", "without brackets: 2001:db8::1"},
        {"mqtt.example.com/topic", "host alone: mqtt.example.com"},
        {"mqtt example.com", "a blank"},
        {"mqtt.example.com ", "a blank"},
        {"mqtt.example.com.", "a dot at its end"},
        {"mqtt..example.com", "an empty label"},
        {".example.com", "an empty label"},
        {"*.example.com", "a pattern"},
        {"b\xc3\xbc"
         "cher.example",
         "xn--"},
        {"a\"b", "letters, digits"},
        {FIFTY TEN "abcd.example", "longer than 63"},
        {FIFTY "." FIFTY "." FIFTY "." FIFTY "." FIFTY, "longer than the 253"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char why[400] = "";
        int status = host_check(all[i].name, why, sizeof why);

        if (status != (all[i].why ? -1 : 0) ||
            (all[i].why && !strstr(why, all[i].why)))
            fail_msg("%s: %d, %s", all[i].name, status, why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
