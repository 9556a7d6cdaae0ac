/* Reports of a finished run, made from its documents alone (docs/record.md):
 * anyone can make them again later. Knows no scenario files, no TLS, no runner.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

/* Reads plan.json, results.jsonl and verdicts.json in dir and writes
 * report.html (one file, no network, no script needed) and report.md beside
 * them, each whole or not at all. 0, or -1 reported. */
int report_write(const char *dir);

#endif
