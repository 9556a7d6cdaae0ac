/* What a shim program says of itself (`shim --describe`, docs/record.md): the
 * facts of one stack build that others look at. Strings are owned. */
#ifndef MODEL_STACK_DESCRIPTION_H
#define MODEL_STACK_DESCRIPTION_H

#include <stddef.h>
#include <stdint.h>

struct stack_description {
    char *document; /* as the program printed it: `configuration` is of each
                       family's own shape, and is only shown */
    char *version, *family; /* NULL: not told */
    char **features;        /* names of docs/record.md */
    size_t features_count;
    char **emulates;
    size_t emulates_count;
    char **curves; /* that the build has; empty: not told */
    size_t curves_count;
    int64_t max_certificate, in_content, certificates; /* limits; 0: not told */
    int64_t max_depth; /* longest path; 0: not told */
    int reassembly; /* joins handshake messages of several records: 1, 0, -1 */
};

/* What only the build's file in clients/stacks/ knows. Each borrowed, or NULL:
 * there is nothing to tell. */
struct stack_origin {
    const char *title, *stands_for, *reference, *configuration_header;
    const char *empty_headers, *macros_taken_back;
};

void stack_description_free(struct stack_description *d);
int stack_description_has(const struct stack_description *d,
                          const char *feature);

#endif
