/* The documents of one run, indexed for whoever tells about them: the reports,
 * `explain` and `diff`. */
#ifndef REPORT_DOCUMENT_H
#define REPORT_DOCUMENT_H

#include <jansson.h>

struct document {
    json_t *plan;     /* plan.json */
    json_t *verdicts; /* verdicts.json */
    json_t *records;  /* object: cell id to its line of results.jsonl */
    json_t *index;    /* object: "scenario/device" to its verdict */
};

/* Of documents that are there already; takes references of its own. 0, or -1
 * when memory is out. Clear with document_clear. */
int document_init(struct document *d, json_t *plan, json_t *verdicts,
                  json_t *records);
void document_clear(struct document *d);

/* Each borrowed from d, or NULL. */
const json_t *document_scenario(const struct document *d, const char *id);
const json_t *document_state(const json_t *scenario, const char *name);
const json_t *document_device(const struct document *d, const char *id);
const json_t *document_record(const struct document *d, const char *scenario,
                              const char *state, const char *device);

const json_t *document_verdict(const struct document *d, const char *scenario,
                               const char *device);

/* Is the verdict one of a device that was not tried: unsupported, not-built? */
int document_is_untried(const json_t *verdict);

/* Text of a string member, or "" if it is not one: for output. */
const char *document_text(const json_t *object, const char *key);
/* Integer member, or 0. */
long long document_number(const json_t *object, const char *key);

#endif
