/* The first bytes of a connection, before TLS: what a part of them says, the
 * whole says too; and a box on the way that looks at the ClientHello. The first
 * byte says where to cut. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/middlebox.h"
#include "server/wire/tls_first.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct middlebox boxes[] = {
        {.is_there = 1, .offers = 0x0304},
        {.is_there = 1, .without_name = 1},
        {.is_there = 1, .hello_over = 200},
    };
    uint8_t *whole = NULL, *part = NULL;
    size_t whole_size = 0, part_size = 0, cut;
    int all, some;

    if (size < 2)
        return 0;
    cut = data[0] % (size - 1);
    all = tls_first_hello(data + 1, size - 1, &whole, &whole_size);
    some = tls_first_hello(data + 1, cut, &part, &part_size);
    if (some != 0 && some != all)
        abort();
    if (some == 1 &&
        (part_size != whole_size || memcmp(part, whole, part_size) != 0))
        abort();
    for (size_t i = 0; all == 1 && i < sizeof boxes / sizeof *boxes; i++)
        middlebox_minds(&boxes[i], whole, whole_size);
    if (all == 1)
        free(whole);
    if (some == 1)
        free(part);
    return 0;
}
