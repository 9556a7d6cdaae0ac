/* Job lines from outside: whatever the bytes, parsing ends, and what it accepts
 * is usable. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clients/shim_feature.h"
#include "clients/shim_job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the rest of the shim relies on without another look. */
static void check(const struct shim_job *job)
{
    const struct shim_want *w = &job->want;

    if (!w->id || !w->host || !w->name || !job->anchors || !w->port ||
        w->timeout_ms <= 0 || w->suites_count > SHIM_JOB_LIST ||
        w->groups_count > SHIM_JOB_LIST || w->pins_count > SHIM_JOB_LIST ||
        w->distrust_count > SHIM_JOB_LIST ||
        !w->identity_certificate != !w->identity_key)
        abort();
    for (const char *const *name = w->alpn; name && *name; name++)
        if (!**name || strlen(*name) > SHIM_JOB_ALPN)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct shim_job job;

    if (shim_job_parse(&job, (const char *)data, size) == 0) {
        char *key = shim_job_context_key(&job, SHIM_SHARE_CLOCK);

        check(&job);
        if (!key)
            abort();
        free(key);
        shim_feature_versions(&job.want, FEATURE_TLS12);
        (void)shim_feature_needed(&job.want);
    } else if (!*job.fault) {
        abort();
    }
    shim_job_clear(&job);
    return 0;
}
