/* A day: the audit, then each device wakes, does what device_next says, and
 * rests. */
#include "cli/rotate_run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "account/account.h"
#include "base/diag.h"
#include "base/file.h"
#include "cli/rotate_inside.h"
#include "cli/rotate_site.h"
#include "lab/broker.h"
#include "lab/worker.h"
#include "pki/inspect.h"
#include "rotation/calls.h"
#include "rotation/cloud.h"

enum {
    QUIET_S = 20,
    DAYS = 4 /* behind the first, until nothing more is expected */
};

static struct account *account_of(const struct run *r)
{
    return rotate_site_account(r->site);
}

int run_is_done(const struct run *r, const struct rotation_cell *c)
{
    return c->error != NULL || (r->phase == GOES && c->rotated_on >= 0);
}

/* Until the broker has given the cloud everything that was said before, and
 * the cloud has done it. */
static int cloud_wait(struct run *r)
{
    struct timeval now;
    time_t end;

    cloud_settle(r->cloud);
    event_base_gettimeofday_cached(r->base, &now);
    end = now.tv_sec + QUIET_S;
    while (!cloud_is_quiet(r->cloud) && !cloud_has_failed(r->cloud)) {
        event_base_loop(r->base, EVLOOP_ONCE);
        event_base_gettimeofday_cached(r->base, &now);
        if (now.tv_sec > end) {
            diag("the broker does not acknowledge what the cloud says");
            return -1;
        }
    }
    return cloud_has_failed(r->cloud) ? -1 : 0;
}

/* For the person who waits. */
static void tell(const struct run *r)
{
    static const char *const names[] = {"enrolled", "day",
                                        "connects once more"};

    if (!r->options->is_told)
        return;
    fprintf(stderr, "\r%zu of %zu devices done; %zu: %s", r->done, r->total,
            r->count, names[r->phase]);
    if (r->phase == GOES)
        fprintf(stderr, " %d", r->day);
    fprintf(stderr, "%20s", "");
}

/* All devices, each until it rests. */
static int phase_run(struct run *r, enum phase phase)
{
    r->phase = phase;
    r->next = 0;
    tell(r);
    for (size_t i = 0; i < r->lanes_count && !r->has_failed; i++)
        lane_next(&r->lanes[i]);
    while (!r->has_failed && !lanes_are_idle(r))
        event_base_loop(r->base, EVLOOP_ONCE);
    return r->has_failed ? -1 : cloud_wait(r);
}

/* At the end of a day, on both sides. 0, or -1 reported. */
static int day_end(const struct run *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct rotation_cell *c = &r->cells[i];

        if (run_is_done(r, c))
            continue;
        if (calls_status(account_of(r), c->old_id, c->old_status) != 0)
            return -1;
        if (c->has_connected_new &&
            rotation_cell_uses(c) == ROTATION_USES_NEW &&
            strcmp(c->old_status, "ACTIVE") != 0)
            c->rotated_on = r->day;
    }
    return 0;
}

static int is_all_done(const struct run *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (!run_is_done(r, &r->cells[i]))
            return 0;
    return 1;
}

static int days_run(struct run *r)
{
    int status = cloud_wait(r);

    r->phase = BEGINS;
    rotate_site_set_day(r->site, 0);
    if (status == 0)
        status = phase_run(r, BEGINS);
    r->phase = GOES;
    for (r->day = 0; status == 0 && r->day <= DAYS; r->day++) {
        if (r->day > 0 && is_all_done(r))
            break;
        rotate_site_set_day(r->site, r->day);
        status = cloud_audit(r->cloud);
        if (status == 0)
            status = cloud_wait(r);
        if (status == 0)
            status = phase_run(r, GOES);
        if (status == 0)
            status = day_end(r);
    }
    rotate_site_set_day(r->site, ROTATE_END + 1);
    return status == 0 ? phase_run(r, ENDS) : -1;
}

/* --- The end --- */

static int certificates_count(struct run *r, struct rotation_cell *c)
{
    const char *used = c->device.slots[c->device.is_other].certificate;
    struct inspected in_use = {0};
    char **ids, why[INSPECT_WHY], status[24];
    int fault = calls_certificates_of(account_of(r), c->device.id, &ids);

    if (used != NULL && inspect_pem(used, &in_use, why) != 0)
        in_use.sha256[0] = '\0';
    for (size_t i = 0; fault == 0 && ids[i] != NULL; i++) {
        fault = calls_status(account_of(r), ids[i], status);
        c->others += strcmp(status, "ACTIVE") == 0 &&
                     strcmp(ids[i], in_use.sha256) != 0 &&
                     strcmp(ids[i], c->old_id) != 0;
    }
    inspect_clear(&in_use);
    strings_free(ids);
    return fault;
}

/* Both sides as they are. */
static int cell_end(struct run *r, struct rotation_cell *c)
{
    if (c->error != NULL)
        return 0;
    c->uses = rotation_cell_uses(c);
    return calls_status(account_of(r), c->old_id, c->old_status) != 0
               ? -1
               : certificates_count(r, c);
}

static int part_run(struct run *r, struct rotation_cell *cells, size_t count)
{
    int status;

    r->cells = cells;
    r->count = count;
    status = days_run(r);
    for (size_t i = 0; i < count && status == 0; i++)
        status = cell_end(r, &cells[i]);
    r->done += count;
    return status;
}

/* Those whose broker restarts go behind. The number of the others. */
static size_t cells_part(struct rotation_cell *cells, size_t count)
{
    size_t others = 0;

    for (size_t i = 0; i < count; i++) {
        const struct rotation_cell c = cells[i];

        if (c.fault == ROTATION_FAULT_BROKER)
            continue;
        memmove(&cells[others + 1], &cells[others],
                (i - others) * sizeof(*cells));
        cells[others++] = c;
    }
    return others;
}

static int lanes_open(struct run *r)
{
    r->lanes_count = (size_t)r->options->lanes;
    r->lanes = calloc(r->lanes_count, sizeof(*r->lanes));
    for (size_t i = 0; r->lanes != NULL && i < r->lanes_count; i++)
        if (lane_open(&r->lanes[i], r) != 0)
            return -1;
    return r->lanes == NULL ? -1 : 0;
}

static int names_give(struct rotation_cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cells[i].rotated_on = -1;
        cells[i].device.id = format("device-%zu", i + 1);
        if (cells[i].device.id == NULL) {
            diag("out of memory");
            return -1;
        }
    }
    return 0;
}

static void run_close(struct run *r)
{
    for (size_t i = 0; r->lanes != NULL && i < r->lanes_count; i++)
        worker_free(r->lanes[i].worker);
    free(r->lanes);
    cloud_free(r->cloud);
    if (r->base != NULL)
        event_base_free(r->base);
}

int rotate_run(struct rotate_site *site, const struct rotate_run_options *o,
               struct rotation_cell *cells, size_t count)
{
    struct run r = {
        .site = site, .options = o, .total = count, .base = event_base_new()};
    struct cloud_hooks hooks = lane_hooks(&r);
    size_t others = cells_part(cells, count);
    int status = -1;

    signal(SIGPIPE, SIG_IGN);
    if (r.base != NULL)
        r.cloud = cloud_new(r.base, rotate_site_account(site),
                            broker_address(rotate_site_broker(site)), &hooks);
    if (r.cloud != NULL && lanes_open(&r) == 0 &&
        names_give(cells, count) == 0 &&
        calls_policy_make(rotate_site_account(site), ROTATE_POLICY) == 0)
        status = others == 0 ? 0 : part_run(&r, cells, others);
    for (size_t i = others; i < count && status == 0; i++)
        status = part_run(&r, &cells[i], 1);
    if (o->is_told)
        fprintf(stderr, "\r%60s\r", "");
    run_close(&r);
    return status;
}
