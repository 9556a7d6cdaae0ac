/* Merges a policy with a state's own settings. */
#include "lab/plan_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/policy.h"

static int set_text(char **to, const char *first, const char *second)
{
    const char *text = first ? first : second;

    if (text && !(*to = strdup(text)))
        return -1;
    return 0;
}

static int set_list(char ***to, size_t *to_count, char *const *first,
                    size_t first_count, char *const *second,
                    size_t second_count)
{
    char *const *from = first_count ? first : second;
    size_t count = first_count ? first_count : second_count;

    *to = calloc(count + 1, sizeof **to);
    for (size_t i = 0; *to && i < count; i++) {
        (*to)[i] = strdup(from[i]);
        if (!(*to)[i])
            return -1;
        *to_count = i + 1;
    }
    return *to ? 0 : -1;
}

static int merge(const struct endpoint_tls *t, const struct policy *p,
                 struct endpoint_tls *out)
{
    out->max_record = t->max_record;
    return set_text(&out->min, t->min, p->min) ||
                   set_text(&out->max, t->max, p->max) ||
                   set_list(&out->suites, &out->suites_count, t->suites,
                            t->suites_count, p->suites, p->suites_count) ||
                   set_list(&out->groups, &out->groups_count, t->groups,
                            t->groups_count, p->groups, p->groups_count) ||
                   set_list(&out->signature_algorithms,
                            &out->signature_algorithms_count,
                            t->signature_algorithms,
                            t->signature_algorithms_count,
                            p->signature_algorithms,
                            p->signature_algorithms_count) ||
                   set_list(&out->alpn, &out->alpn_count, t->alpn,
                            t->alpn_count, NULL, 0)
               ? -1
               : 0;
}

int plan_state_tls(const struct scenario *s, const struct state *st,
                   struct endpoint_tls *out)
{
    char *path = format("%s/server/policies/%s.yaml", home_dir(), st->policy);
    struct policy *p = NULL;
    int status = -1;

    if (!path || strchr(st->policy, '/') || !file_exists(path)) {
        diag("%s: state %s: policy: %s is not in server/policies", s->file,
             st->name, st->policy);
        goto out;
    }
    p = policy_load(path);
    if (!p)
        goto out;
    status = merge(&st->tls, p, out);
    if (status)
        diag("out of memory");
out:
    policy_free(p);
    free(path);
    return status;
}
