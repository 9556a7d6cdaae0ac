/* Named TLS policies of endpoints: versions, suites, groups, signature
 * algorithms. Data: server/policies/<name>.yaml. */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <stddef.h>
#include <stdint.h>

struct policy {
    char *policy; /* its name */
    char *title;
    char *source;
    char *min, *max;
    char **suites; /* IANA names */
    size_t suites_count;
    char **groups; /* count 0: the endpoint's default list */
    size_t groups_count;
    char *
        *signature_algorithms; /* count 0: all that OpenSSL has, SHA-1 included
                                  where a version below 1.2 is allowed */
    size_t signature_algorithms_count;
};

/* NULL on failure, reported. */
struct policy *policy_load(const char *path);
struct policy *policy_parse(const char *name, const uint8_t *data, size_t size);
void policy_free(struct policy *p);

#endif
