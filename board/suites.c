/* The suites of the named security policies (server/policies). */
#include "board/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "model/policy.h"

/* The default of a new account: what is recommended. */
static const char recommended[] = "IoTSecurityPolicy_TLS13_1_2_2022_10.yaml";
static const char prefix[] = "IoTSecurityPolicy_";

struct suites {
    struct policy **policies; /* of which the lists below borrow */
    size_t count;
    struct grade_suites lists;
    char **supported;
};

static int supported_add(struct suites *s, const struct policy *p)
{
    size_t n = s->lists.supported_count;
    char **grown =
        realloc(s->supported, (n + p->suites_count + 1) * sizeof(char *));

    if (grown == NULL) {
        diag("out of memory");
        return -1;
    }
    s->supported = grown;
    memcpy(grown + n, p->suites, p->suites_count * sizeof(char *));
    s->lists.supported = grown;
    s->lists.supported_count = n + p->suites_count;
    return 0;
}

static int policy_add(struct suites *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    struct policy *p;

    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        return 0;
    p = policy_load(path);
    if (p == NULL)
        return -1;
    s->policies[s->count++] = p;
    if (strcmp(name, recommended) == 0) {
        s->lists.recommended = p->suites;
        s->lists.recommended_count = p->suites_count;
    }
    return supported_add(s, p);
}

struct suites *suites_new(void)
{
    struct suites *s = calloc(1, sizeof(*s));
    char *folder = format("%s/server/policies", home_dir());
    char **files = NULL;
    size_t count = 0;
    int status = -1;

    if (s != NULL && folder != NULL &&
        file_find(folder, ".yaml", &files, &count) == 0) {
        s->policies = calloc(count + 1, sizeof(struct policy *));
        status = s->policies == NULL ? -1 : 0;
    }
    for (size_t i = 0; status == 0 && i < count; i++)
        status = policy_add(s, files[i]);
    strings_free(files);
    free(folder);
    if (status == 0)
        return s;
    suites_free(s);
    return NULL;
}

void suites_free(struct suites *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++)
        policy_free(s->policies[i]);
    free(s->policies);
    free(s->supported);
    free(s);
}

enum grade suites_grade(const struct suites *s, const struct hello *h)
{
    return grade_suites(h, &s->lists);
}
