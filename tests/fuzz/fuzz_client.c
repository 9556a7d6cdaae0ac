/* Fuzz target: bytes to the file of a client, or of a device with one inside.
 */
#include "model/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    client_free(client_parse("fuzz.yaml", data, size));
    return 0;
}
