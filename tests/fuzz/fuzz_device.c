/* Fuzz target: bytes to a device. */
#include "model/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    device_free(device_parse("fuzz.yaml", data, size));
    return 0;
}
