/* Policies by name, and what a state makes of one. */
#include "lab/policies.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/map.h"
#include "model/policy.h"

struct policies {
    struct map by_name;
};

struct policies *policies_new(void)
{
    struct policies *p = calloc(1, sizeof *p);

    if (!p)
        diag("out of memory");
    return p;
}

static void value_free(void *value)
{
    policy_free(value);
}

void policies_free(struct policies *p)
{
    if (!p)
        return;
    map_drop(&p->by_name, value_free);
    free(p);
}

static struct policy *policy_read(const struct scenario *s,
                                  const struct state *st)
{
    char *path = format("%s/server/policies/%s.yaml", home_dir(), st->policy);
    struct policy *policy = NULL;

    if (!path || strchr(st->policy, '/') || !file_exists(path))
        diag("%s: state %s: policy: %s is not in server/policies", s->file,
             st->name, st->policy);
    else
        policy = policy_load(path);
    free(path);
    return policy;
}

static void list_merge(char ***items, size_t *count, char *const *named,
                       size_t named_count)
{
    if (*count > 0)
        return;
    *items = (char **)named;
    *count = named_count;
}

int policies_merge(struct policies *p, const struct scenario *s,
                   const struct state *st, struct endpoint_tls *out)
{
    void **place = map_place(&p->by_name, st->policy, strlen(st->policy));
    const struct policy *policy;

    if (!place) {
        diag("out of memory");
        return -1;
    }
    if (!*place)
        *place = policy_read(s, st);
    policy = *place;
    if (!policy)
        return -1;
    *out = st->tls;
    if (!out->min)
        out->min = policy->min;
    if (!out->max)
        out->max = policy->max;
    list_merge(&out->suites, &out->suites_count, policy->suites,
               policy->suites_count);
    list_merge(&out->groups, &out->groups_count, policy->groups,
               policy->groups_count);
    list_merge(&out->signature_algorithms, &out->signature_algorithms_count,
               policy->signature_algorithms,
               policy->signature_algorithms_count);
    return 0;
}
