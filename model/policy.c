/* Reads a policy file. */
#include "model/policy.h"

#include <stdlib.h>

#include "base/convert.h"
#include "base/file.h"

struct policy_text {
    char *policy, *title, *source, *min, *max;
    char **suites, **groups, **signature_algorithms;
    unsigned suites_count, groups_count, signature_algorithms_count;
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("policy", CYAML_FLAG_POINTER, struct policy_text,
                           policy, 1, 100),
    YAML_TEXT(policy_text, title),
    YAML_TEXT(policy_text, source),
    YAML_TEXT(policy_text, min),
    YAML_TEXT(policy_text, max),
    YAML_TEXTS(policy_text, suites),
    YAML_TEXTS(policy_text, groups),
    YAML_TEXTS(policy_text, signature_algorithms),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct policy_text, fields)};

static int convert(const struct source *s, const struct policy_text *t,
                   struct policy *p)
{
    if (!t->min || !t->max)
        return convert_fault(s, t->min ? "max" : "min", "missing; add it");
    if (convert_versions(s, "min", t->min, "max", t->max))
        return -1;
    if (!t->suites_count)
        return convert_fault(s, "suites", "name at least one cipher suite");
    if (convert_text(&p->policy, t->policy) ||
        convert_text(&p->title, t->title ? t->title : t->policy) ||
        convert_text(&p->source, t->source) || convert_text(&p->min, t->min) ||
        convert_text(&p->max, t->max))
        return -1;
    if (convert_list(s, "suites", &p->suites, &p->suites_count, t->suites,
                     t->suites_count, convert_suite) ||
        convert_list(s, "groups", &p->groups, &p->groups_count, t->groups,
                     t->groups_count, convert_group))
        return -1;
    return convert_list(s, "signature_algorithms", &p->signature_algorithms,
                        &p->signature_algorithms_count, t->signature_algorithms,
                        t->signature_algorithms_count, convert_sigalg);
}

struct policy *policy_parse(const char *name, const uint8_t *data, size_t size)
{
    const struct source s = {name, data, size, ""};
    struct policy_text *text = NULL;
    struct policy *p = NULL;

    if (yaml_read(name, data, size, &schema, (void **)&text))
        return NULL;
    p = calloc(1, sizeof *p);
    if (p && convert(&s, text, p)) {
        policy_free(p);
        p = NULL;
    }
    yaml_release(&schema, text);
    return p;
}

struct policy *policy_load(const char *path)
{
    uint8_t *data = NULL;
    size_t size;
    struct policy *p;

    if (file_read(path, 0, &data, &size))
        return NULL;
    p = policy_parse(path, data, size);
    free(data);
    return p;
}

void policy_free(struct policy *p)
{
    if (!p)
        return;
    free(p->policy);
    free(p->title);
    free(p->source);
    free(p->min);
    free(p->max);
    convert_list_free(p->suites, p->suites_count);
    convert_list_free(p->groups, p->groups_count);
    convert_list_free(p->signature_algorithms, p->signature_algorithms_count);
    free(p);
}
