/* Times, durations and sizes as people write them in YAML. All times are UTC
 * seconds since 1970 (may be negative). */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include <stdint.h>

/* "2024-07-01T00:00:00Z", "2024-07-01 00:00:00Z" or "2024-07-01" (RFC 3339, UTC
 * only). 0 or -1; no report. */
int time_parse(const char *text, int64_t *out);
/* As "2024-07-01T00:00:00Z" into buf (at least 32 bytes). Returns buf. */
char *time_format(int64_t t, char buf[static 32]);
/* "+90d", "-12h", "30m", "45s", "1y" (365 d); 10,000 years at most. Seconds. 0
 * or -1. */
int duration_parse(const char *text, int64_t *out);
/* Either of both: a time, or a duration relative to base. 0 or -1. */
int time_parse_relative(const char *text, int64_t base, int64_t *out);
/* "4096", "4KiB", "48 KiB", "1MiB". Bytes. 0 or -1. */
int size_parse(const char *text, int64_t *out);

#endif
