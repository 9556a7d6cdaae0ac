/* Audit tasks: the two checks of certificates that expire. A task looks at once
 * and is completed when it is answered; its findings stay as they were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"

enum { THRESHOLD = 30 * 86400 }; /* "expiring within 30 days, or has expired" */

static const char device_check[] = "DEVICE_CERTIFICATE_EXPIRING_CHECK";
static const char ca_check[] = "CA_CERTIFICATE_EXPIRING_CHECK";

#define TASK(field, what, called)    MEMBER(audit_task, field, what, called)
#define FINDING(field, what, called) MEMBER(audit_finding, field, what, called)

/* device or ca is the id of what expires. */
static int add_finding(struct call *c, const struct audit_task *t,
                       const char *device, const char *ca, int64_t expires)
{
    int past = expires < c->now, status;
    char id[STORE_UUID], expiration[24];
    struct audit_finding f;

    store_uuid(id);
    snprintf(expiration, sizeof expiration, "%lld", (long long)expires * 1000);
    f = (struct audit_finding){
        .id = strdup(id),
        .task = strdup(t->id),
        .check = strdup(device ? device_check : ca_check),
        .severity = strdup("MEDIUM"),
        .type = strdup(device ? "DEVICE_CERTIFICATE" : "CA_CERTIFICATE"),
        .device = device ? strdup(device) : NULL,
        .ca = ca ? strdup(ca) : NULL,
        .reason = strdup(past ? "Certificate is past its expiration."
                              : "Certificate is approaching its expiration."),
        .code = strdup(past ? "CERTIFICATE_PAST_EXPIRATION"
                            : "CERTIFICATE_APPROACHING_EXPIRATION"),
        .expiration = strdup(expiration),
        .started = t->started,
        .found = c->now,
    };
    status = f.id && f.task && f.check && f.severity && f.type &&
                     (f.device || f.ca) && f.reason && f.code && f.expiration &&
                     rows_insert(c->rows, &finding_table, &f) == 0
                 ? 0
                 : call_internal(c);
    rows_clear(&finding_table, &f);
    return status;
}

/* Certificates that are ACTIVE or PENDING_TRANSFER are looked at. */
static int look_at_devices(struct call *c, struct audit_task *t)
{
    const struct rows_query q = {.table = &certificate_table};
    struct rows_page page;
    int status = rows_list(c->rows, &q, &page) == 0 ? 0 : call_internal(c);

    for (size_t i = 0; i < page.count && status == 0; i++) {
        const struct device_certificate *d =
            (struct device_certificate *)page.items + i;

        if ((d->status == STATUS_ACTIVE ||
             d->status == STATUS_PENDING_TRANSFER) &&
            d->not_after <= c->now + THRESHOLD)
            status = add_finding(c, t, d->id, NULL, d->not_after);
    }
    t->devices = (int64_t)page.count;
    rows_page_clear(&certificate_table, &page);
    return status;
}

static int look_at_cas(struct call *c, struct audit_task *t)
{
    const struct rows_query q = {.table = &ca_table};
    struct rows_page page;
    int status = rows_list(c->rows, &q, &page) == 0 ? 0 : call_internal(c);

    for (size_t i = 0; i < page.count && status == 0; i++) {
        const struct ca_certificate *ca =
            (struct ca_certificate *)page.items + i;

        if (ca->status == STATUS_ACTIVE && ca->not_after <= c->now + THRESHOLD)
            status = add_finding(c, t, NULL, ca->id, ca->not_after);
    }
    t->cas = (int64_t)page.count;
    rows_page_clear(&ca_table, &page);
    return status;
}

static const struct check {
    const char *name;
    int (*look)(struct call *c, struct audit_task *t);
    size_t total; /* offset in struct audit_task */
} checks[] = {
    {device_check, look_at_devices, offsetof(struct audit_task, devices)},
    {ca_check, look_at_cas, offsetof(struct audit_task, cas)},
};

/* Is the name one of those with a blank behind each? */
static int has_word(const char *words, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = words; (at = strstr(at, name)) != NULL; at += size)
        if ((at == words || at[-1] == ' ') && at[size] == ' ')
            return 1;
    return 0;
}

static int check_names(struct call *c, const char *words)
{
    size_t size;

    if (*words == '\0')
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "targetCheckNames must not be empty");
    for (const char *at = words; *at != '\0'; at += size + 1) {
        int known = 0;

        size = strcspn(at, " ");
        for (size_t i = 0; i < CALL_COUNT(checks); i++)
            known |= strlen(checks[i].name) == size &&
                     strncmp(checks[i].name, at, size) == 0;
        if (!known)
            return call_fail(c, FAULT_INVALID_REQUEST,
                             "The check %.*s is not enabled for this account: "
                             "%s and %s are",
                             (int)size, at, device_check, ca_check);
    }
    return 0;
}

int call_start_audit(struct call *c)
{
    static const struct shape in[] = {
        {TASK(checks, SHAPE_WORDS, "targetCheckNames"), .required = 1, .min = 1,
         .max = 128, .set = "A-Z0-9_"},
    };
    static const struct shape out[] = {{TASK(id, SHAPE_TEXT, "taskId")}};
    struct audit_task t = {.started = c->now};
    char id[STORE_UUID];
    int status = call_read(c, in, 1, &t);

    if (status == 0)
        status = check_names(c, t.checks);
    if (status == 0) {
        store_uuid(id);
        t.id = strdup(id);
        status = t.id ? 0 : call_internal(c);
    }
    for (size_t i = 0; i < CALL_COUNT(checks) && status == 0; i++)
        if (has_word(t.checks, checks[i].name))
            status = checks[i].look(c, &t);
    if (status == 0 && rows_insert(c->rows, &task_table, &t) != 0)
        status = call_internal(c);
    if (status == 0)
        status = call_write(c, "", out, 1, &t);
    rows_clear(&task_table, &t);
    return status;
}

struct task_told {
    char *status, *type;
    int64_t started, total, zero, compliant, bad;
};
#define TOLD(field, what, called) MEMBER(task_told, field, what, called)

struct check_told {
    char *status;
    int64_t compliant, total, bad;
};
#define CHECK(field, what, called) MEMBER(check_told, field, what, called)

static int64_t findings_of(struct call *c, const char *task, const char *check)
{
    const struct rows_query q = {.table = &finding_table,
                                 .column = {"task", "check_name"},
                                 .value = {task, check}};

    return rows_count(c->rows, &q);
}

static int write_check(struct call *c, const struct audit_task *t,
                       const struct check *k, struct task_told *sums)
{
    static const struct shape members[] = {
        {CHECK(status, SHAPE_TEXT, "checkRunStatus")},
        {CHECK(compliant, SHAPE_FLAG, "checkCompliant")},
        {CHECK(total, SHAPE_NUMBER, "totalResourcesCount")},
        {CHECK(bad, SHAPE_NUMBER, "nonCompliantResourcesCount")},
    };
    int64_t bad = findings_of(c, t->id, k->name);
    const struct check_told told = {
        bad ? "COMPLETED_NON_COMPLIANT" : "COMPLETED_COMPLIANT", bad == 0,
        *(const int64_t *)((const char *)t + k->total), bad};
    char under[80];

    sums->total++;
    sums->bad += bad > 0;
    sums->compliant += bad == 0;
    snprintf(under, sizeof under, "auditDetails.%s", k->name);
    return call_write(c, under, members, CALL_COUNT(members), &told);
}

static const struct shape key[] = {
    {TASK(id, SHAPE_TEXT, "taskId"), .place = SHAPE_PATH, .required = 1,
     .min = 1, .max = 40, .set = "a-zA-Z0-9-"},
};

int call_describe_audit(struct call *c)
{
    static const struct shape out[] = {
        {TOLD(status, SHAPE_TEXT, "taskStatus")},
        {TOLD(type, SHAPE_TEXT, "taskType")},
        {TOLD(started, SHAPE_TIME, "taskStartTime")},
        {TOLD(total, SHAPE_NUMBER, "taskStatistics.totalChecks")},
        {TOLD(zero, SHAPE_NUMBER, "taskStatistics.inProgressChecks")},
        {TOLD(zero, SHAPE_NUMBER,
              "taskStatistics.waitingForDataCollectionChecks")},
        {TOLD(compliant, SHAPE_NUMBER, "taskStatistics.compliantChecks")},
        {TOLD(bad, SHAPE_NUMBER, "taskStatistics.nonCompliantChecks")},
        {TOLD(zero, SHAPE_NUMBER, "taskStatistics.failedChecks")},
        {TOLD(zero, SHAPE_NUMBER, "taskStatistics.canceledChecks")},
    };
    struct audit_task given = {0}, t = {0};
    struct task_told told = {
        "COMPLETED", "ON_DEMAND_AUDIT_TASK", 0, 0, 0, 0, 0};
    int status = call_read(c, key, 1, &given);

    if (status == 0)
        status = call_need(c, &task_table, &t, given.id, NULL, "Audit task");
    for (size_t i = 0; i < CALL_COUNT(checks) && status == 0; i++)
        if (has_word(t.checks, checks[i].name))
            status = write_check(c, &t, &checks[i], &told);
    told.started = t.started;
    if (status == 0)
        status = call_write(c, "", out, CALL_COUNT(out), &told);
    rows_clear(&task_table, &given);
    rows_clear(&task_table, &t);
    return status;
}

static const struct shape finding[] = {
    {FINDING(id, SHAPE_TEXT, "findingId")},
    {FINDING(task, SHAPE_TEXT, "taskId")},
    {FINDING(check, SHAPE_TEXT, "checkName")},
    {FINDING(started, SHAPE_TIME, "taskStartTime")},
    {FINDING(found, SHAPE_TIME, "findingTime")},
    {FINDING(severity, SHAPE_TEXT, "severity")},
    {FINDING(type, SHAPE_TEXT, "nonCompliantResource.resourceType")},
    {FINDING(device, SHAPE_TEXT,
             "nonCompliantResource.resourceIdentifier.deviceCertificateId")},
    {FINDING(ca, SHAPE_TEXT,
             "nonCompliantResource.resourceIdentifier.caCertificateId")},
    {FINDING(expiration, SHAPE_TEXT,
             "nonCompliantResource.additionalInfo.EXPIRATION_TIME")},
    {FINDING(reason, SHAPE_TEXT, "reasonForNonCompliance")},
    {FINDING(code, SHAPE_TEXT, "reasonForNonComplianceCode")},
    {FINDING(suppressed, SHAPE_FLAG, "isSuppressed")},
};

struct findings_call {
    char *task, *check, *device, *ca;
    int64_t start, end;
};
#define WANTED(field, what, called) MEMBER(findings_call, field, what, called)

static const struct shape wanted[] = {
    {WANTED(task, SHAPE_TEXT, "taskId"), .min = 1, .max = 40,
     .set = "a-zA-Z0-9-"},
    {WANTED(check, SHAPE_TEXT, "checkName")},
    {WANTED(device, SHAPE_TEXT, "resourceIdentifier.deviceCertificateId"),
     .min = 64, .max = 64},
    {WANTED(ca, SHAPE_TEXT, "resourceIdentifier.caCertificateId"), .min = 64,
     .max = 64},
    {WANTED(start, SHAPE_TIME, "startTime"), .min = 0},
    {WANTED(end, SHAPE_TIME, "endTime"), .min = 0},
};

int call_list_findings(struct call *c)
{
    struct findings_call w = {.start = -1, .end = -1};
    struct rows_query q = {.table = &finding_table};
    int status = call_read(c, wanted, CALL_COUNT(wanted), &w);
    int span = w.start >= 0 && w.end >= 0;

    if (status == 0 && (w.task != NULL) == span)
        status = call_fail(c, FAULT_INVALID_REQUEST,
                           "Either taskId or startTime and endTime must be "
                           "given");
    q.column[0] = w.task ? "task" : NULL;
    q.value[0] = w.task;
    q.column[1] = w.check ? "check_name" : NULL;
    q.value[1] = w.check;
    q.column[2] = w.device ? "device" : w.ca ? "ca" : NULL;
    q.value[2] = w.device ? w.device : w.ca;
    q.range = span ? "found" : NULL;
    q.from = w.start;
    q.to = w.end;
    if (status == 0)
        status = call_list(c, CALL_TOKEN_IN_BODY, "findings", &q, finding,
                           CALL_COUNT(finding));
    call_clear(wanted, CALL_COUNT(wanted), &w);
    return status;
}

int call_describe_finding(struct call *c)
{
    static const struct shape path[] = {
        {FINDING(id, SHAPE_TEXT, "findingId"), .place = SHAPE_PATH,
         .required = 1, .min = 1, .max = 128, .set = "a-zA-Z0-9_-"},
    };
    struct audit_finding given = {0}, f = {0};
    int status = call_read(c, path, 1, &given);

    if (status == 0)
        status = call_need(c, &finding_table, &f, given.id, NULL, "Finding");
    if (status == 0)
        status = call_write(c, "finding", finding, CALL_COUNT(finding), &f);
    rows_clear(&finding_table, &given);
    rows_clear(&finding_table, &f);
    return status;
}
