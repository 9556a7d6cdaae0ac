/* Progress on stderr, so that stdout stays for results. */
#include "lab/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const double in_place_every = 0.1, line_every = 2.0; /* seconds */

static double now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_start(struct progress *p, size_t total, int quiet)
{
    memset(p, 0, sizeof *p);
    p->total = total;
    p->quiet = quiet;
    p->terminal = isatty(STDERR_FILENO);
    p->started = p->last = now_seconds();
}

static void tell(struct progress *p, double now)
{
    double seconds = now - p->started;
    double rate = seconds > 0 ? (double)p->done / seconds : 0;
    double left = rate > 0 ? (double)(p->total - p->done) / rate : 0;

    fprintf(stderr, "%s%zu of %zu cells, %.0f/s, %.0f s left, %zu errors%s",
            p->terminal ? "\r" : "", p->done, p->total, rate, left, p->errors,
            p->terminal ? "   " : "\n");
    p->last = now;
}

void progress_step(struct progress *p, int is_error)
{
    double now;

    p->done++;
    p->errors += is_error != 0;
    if (p->quiet)
        return;
    now = now_seconds();
    if (now - p->last >= (p->terminal ? in_place_every : line_every))
        tell(p, now);
}

double progress_end(struct progress *p)
{
    double now = now_seconds();

    /* The line in place gets its last figures; a short run never had one. */
    if (!p->quiet && p->terminal && p->last > p->started) {
        tell(p, now);
        fputc('\n', stderr);
    }
    return now - p->started;
}
