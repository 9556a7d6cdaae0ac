/* Grades of what a device did, as AWS IoT Device Advisor gives them. Pure. */
#ifndef BOARD_GRADE_H
#define BOARD_GRADE_H

#include <stddef.h>

#include "board/retry.h"
#include "model/record.h"

enum grade {
    GRADE_NONE, /* nothing can be said */
    GRADE_PASS,
    GRADE_WARNINGS,
    GRADE_FAIL
};

/* "-", "pass", "pass with warnings", "fail". */
const char *grade_name(enum grade g);
/* Of a judged record. is_attack: the device must refuse it; an alert is better
 * than a close without one. Else it must connect; alerts on the way are
 * warnings. */
enum grade grade_record(const struct record *r, int is_attack);
enum grade grade_retry(enum retry_kind kind);
/* Of the suites that a device offers: at least one of `recommended`, and none
 * that is not among `supported`. Names of signalling values and GREASE do not
 * count. */
struct grade_suites {
    char *const *recommended, *const *supported;
    size_t recommended_count, supported_count;
};
enum grade grade_suites(const struct hello *h, const struct grade_suites *s);

#endif
