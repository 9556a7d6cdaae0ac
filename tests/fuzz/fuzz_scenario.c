/* Fuzz target: bytes to a scenario, and to a policy. */
#include "model/policy.h"
#include "model/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scenario_free(scenario_parse("fuzz.yaml", data, size));
    policy_free(policy_parse("fuzz.yaml", data, size));
    return 0;
}
