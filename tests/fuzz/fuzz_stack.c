/* Fuzz target: bytes to the file of a stack build. Paths in it are looked for,
 * nothing is fetched or built. */
#include "builds/stack_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stack_file_free(stack_file_parse("clients/stacks/fuzz.yaml", data, size));
    return 0;
}
