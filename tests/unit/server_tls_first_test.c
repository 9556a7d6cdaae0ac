/* The ClientHello at the front of a connection, whole and in pieces. */
#include "server/wire/tls_first.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void rows(void **state)
{
    static const struct {
        const char *name;
        uint8_t data[32];
        size_t size;
        int found;
        size_t hello;
    } table[] = {
        {"nothing", {0}, 0, 0, 0},
        {"half a header", {22, 3, 1}, 3, 0, 0},
        {"half a hello", {22, 3, 1, 0, 6, 1, 0, 0, 2, 7}, 10, 0, 0},
        {"one record", {22, 3, 1, 0, 6, 1, 0, 0, 2, 7, 8}, 11, 1, 6},
        {"two", {22, 3, 1, 0, 5, 1, 0, 0, 2, 7, 22, 3, 1, 0, 1, 8}, 16, 1, 6},
        {"cut in its header",
         {22, 3, 1, 0, 2, 1, 0, 22, 3, 1, 0, 4, 0, 2, 7, 8},
         16,
         1,
         6},
        {"more behind it", {22, 3, 1, 0, 7, 1, 0, 0, 2, 7, 8, 9}, 12, 1, 6},
        {"a record of nothing", {22, 3, 1, 0, 0, 22, 3}, 7, -1, 0},
        {"another message", {22, 3, 1, 0, 4, 2, 0, 0, 0}, 9, -1, 0},
        {"an alert", {21, 3, 1, 0, 2, 2, 40}, 7, -1, 0},
        {"HTTP", {'G', 'E', 'T', ' '}, 4, -1, 0},
        {"an alert amid it",
         {22, 3, 1, 0, 5, 1, 0, 0, 2, 7, 21, 3, 1, 0, 2, 2, 40},
         17,
         -1,
         0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        uint8_t *data = malloc(table[i].size + 1), *hello = NULL;
        size_t size = 0;
        int found;

        memcpy(data, table[i].data, table[i].size);
        data = realloc(data, table[i].size > 0 ? table[i].size : 1);
        found = tls_first_hello(data, table[i].size, &hello, &size);
        if (found != table[i].found || (found == 1 && size != table[i].hello))
            fail_msg("%s: %d, %zu bytes", table[i].name, found, size);
        if (found == 1)
            assert_memory_equal(hello, "\1\0\0\2\7\10", 6);
        if (found == 1)
            free(hello);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
