/* ClientHello and Certificate messages from peers: whatever the bytes, parsing
 * stays inside them, and what it tells is whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/wire/tls_flight.h"
#include "server/wire/tls_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hello_check(const uint8_t *data, size_t size)
{
    struct tls_hello h;
    char ja4[TLS_JA4_SIZE];
    json_t *told;

    if (tls_hello_parse(data, size, &h) != 0)
        return;
    tls_hello_ja4(&h, ja4);
    told = tls_hello_json(&h);
    if (told == NULL || strlen(ja4) != TLS_JA4_SIZE - 1 ||
        json_array_size(json_object_get(told, "extensions")) !=
            h.extensions_count)
        abort();
    json_decref(told);
}

static void certificates_check(uint16_t version, const uint8_t *data,
                               size_t size)
{
    const uint8_t *first;
    size_t first_size;
    size_t count =
        tls_flight_certificates(version, data, size, &first, &first_size);

    if (count > 0 && first_size > 0 &&
        (first < data || first + first_size > data + size))
        abort();
    if (count == 0 && first != NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hello_check(data, size);
    certificates_check(0x0303, data, size);
    certificates_check(0x0304, data, size);
    return 0;
}
