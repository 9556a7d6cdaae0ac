/* Reports of a finished run, made from its documents alone (docs/record.md):
 * anyone can make them again later. Knows no scenario files, no TLS, no runner.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <jansson.h>

/* Writes report.html (one file, no network, no script) and report.md into dir,
 * each whole or not at all, from plan.json, verdicts.json and an object of
 * records by cell id. 0, or -1 reported. */
int report_write(const char *dir, json_t *plan, json_t *verdicts,
                 json_t *records);

#endif
