/* One function per kind of case. */
#include "board/grade.h"

#include <string.h>

#include "model/outcome.h"

enum { CLOSE_NOTIFY = 0 };

const char *grade_name(enum grade g)
{
    static const char *const names[] = {"-", "pass", "pass with warnings",
                                        "fail"};

    return names[g];
}

static int has_alert(const struct alert *alerts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (alerts[i].code != CLOSE_NOTIFY)
            return 1;
    return 0;
}

static enum grade grade_attack(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;

    if (r->outcome == OUTCOME_CONNECTED)
        return GRADE_FAIL;
    if (r->refused_by != PARTY_CLIENT)
        return GRADE_NONE;
    return has_alert(e->received, e->received_count) ? GRADE_PASS
                                                     : GRADE_WARNINGS;
}

enum grade grade_record(const struct record *r, int is_attack)
{
    const struct endpoint_side *e = r->endpoint;

    if (!e ||
        (r->outcome != OUTCOME_CONNECTED && r->outcome != OUTCOME_REFUSED))
        return GRADE_NONE;
    if (is_attack)
        return grade_attack(r);
    if (r->outcome == OUTCOME_REFUSED)
        return GRADE_FAIL;
    return has_alert(e->received, e->received_count) ||
                   has_alert(e->sent, e->sent_count)
               ? GRADE_WARNINGS
               : GRADE_PASS;
}

enum grade grade_retry(enum retry_kind kind)
{
    switch (kind) {
    case RETRY_JITTERED:
        return GRADE_PASS;
    case RETRY_EXPONENTIAL:
        return GRADE_WARNINGS;
    case RETRY_UNKNOWN:
        return GRADE_NONE;
    default:
        return GRADE_FAIL;
    }
}

static int is_among(const char *name, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return 1;
    return 0;
}

/* TLS_EMPTY_RENEGOTIATION_INFO_SCSV, TLS_FALLBACK_SCSV, GREASE (RFC 8701). */
static int is_no_suite(const char *name)
{
    return strstr(name, "_SCSV") != NULL || strstr(name, "GREASE") != NULL;
}

enum grade grade_suites(const struct hello *h, const struct grade_suites *s)
{
    int recommended = 0, supported = 0, strange = 0;

    for (size_t i = 0; i < h->suites_count; i++) {
        if (is_no_suite(h->suites[i]))
            continue;
        recommended |=
            is_among(h->suites[i], s->recommended, s->recommended_count);
        if (is_among(h->suites[i], s->supported, s->supported_count))
            supported = 1;
        else
            strange = 1;
    }
    if (!supported)
        return GRADE_FAIL;
    return recommended && !strange ? GRADE_PASS : GRADE_WARNINGS;
}
