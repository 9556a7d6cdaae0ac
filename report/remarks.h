/* What a reader must know to believe verdicts: what was emulated, macros that
 * were taken back, empty headers, keys that a verdict depends on, certificates
 * that were left out. Each told once, with how many verdicts it stands at. */
#ifndef REPORT_REMARKS_H
#define REPORT_REMARKS_H

#include "report/view.h"

enum remark_kind {
    REMARK_RUN,      /* of the whole run: the clock that was used */
    REMARK_IGNORED,  /* a file holds it and the device does not trust it */
    REMARK_LEFT_OUT, /* of a chain: cannot be served here */
    REMARK_NOTE,     /* at a verdict */
    REMARK_EMULATED  /* not the library's own behaviour */
};

struct remark {
    enum remark_kind kind;
    const char *text;
    const char *of;  /* device, "scenario/state", stack build; or NULL */
    size_t verdicts; /* at which it stands; 0: it is no verdict's */
};

struct remarks { /* by kind, text, of */
    struct remark *items;
    size_t count;
};

/* 0, or -1 when memory is out (reported). Borrows from v. */
int remarks_init(struct remarks *r, const struct run_view *v);
void remarks_clear(struct remarks *r);
/* "emulated", "left out", ... */
const char *remark_heading(enum remark_kind k);

#endif
