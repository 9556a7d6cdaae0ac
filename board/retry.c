/* Tells rules of waiting apart by how well they fit. */
#include "board/retry.h"

#include <math.h>

enum { AT_ONCE_MS = 100 };
static const double same = 0.05;       /* of a pause: what timers are off by */
static const double growth_min = 1.15; /* a step, on the whole */
static const double wander_min = 0.25; /* between pauses that do not grow */

const char *retry_name(enum retry_kind kind)
{
    static const char *const names[] = {"unknown",
                                        "none",
                                        "at-once",
                                        "constant",
                                        "linear",
                                        "exponential",
                                        "exponential-with-jitter"};

    return names[kind];
}

const char *retry_sentence(enum retry_kind kind)
{
    static const char *const sentences[] = {
        "it came back too seldom to tell how it waits",
        "it did not come back",
        "it comes back at once: a fleet of these is an attack",
        "it waits the same time each time: a fleet comes back together",
        "it waits longer by the same time each time",
        "it waits longer by the same factor each time, without jitter",
        "it waits longer each time, with jitter"};

    return sentences[kind];
}

/* A straight line through values[0..count) by least squares. */
struct line {
    double at, slope;
};

static struct line line_fit(const double *values, size_t count)
{
    double n = (double)count, x = 0, y = 0, xx = 0, xy = 0;
    struct line l;

    for (size_t i = 0; i < count; i++) {
        x += (double)i;
        y += values[i];
        xx += (double)i * (double)i;
        xy += (double)i * values[i];
    }
    l.slope = (n * xy - x * y) / (n * xx - x * x);
    l.at = (y - l.slope * x) / n;
    return l;
}

static double at_most(const double *values, size_t count)
{
    double most = 0;

    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

/* Without what a limit makes equal at the end, but for the first of it. */
static size_t without_plateau(const double *pauses, size_t count)
{
    double limit = pauses[count - 1];
    size_t n = count;

    while (n > 1 && fabs(pauses[n - 2] - limit) <= same * limit)
        n--;
    return n < 3 ? count : n;
}

/* Does each value stand on its line? `part`: of the value (1), or absolute in
 * logarithms (0). */
static int fits(const double *values, size_t count, int relative)
{
    struct line l = line_fit(values, count);

    for (size_t i = 0; i < count; i++) {
        double off = fabs(values[i] - l.at - l.slope * (double)i);

        if (off > (relative ? same * values[i] : same))
            return 0;
    }
    return 1;
}

static enum retry_kind judge_growth(const double *pauses, size_t count)
{
    enum { MOST = 64 };
    double logs[MOST] = {0};
    size_t n = count > MOST ? MOST : count;
    int is_linear = fits(pauses, n, 1);

    for (size_t i = 0; i < n; i++)
        logs[i] = log(pauses[i] < 1 ? 1 : pauses[i]);
    if (exp(line_fit(logs, n).slope) < growth_min)
        return is_linear && pauses[n - 1] > pauses[0] * (1 + wander_min)
                   ? RETRY_LINEAR
                   : RETRY_CONSTANT;
    if (is_linear)
        return RETRY_LINEAR;
    return fits(logs, n, 0) ? RETRY_EXPONENTIAL : RETRY_JITTERED;
}

enum retry_kind retry_judge(const double *pauses, size_t count, int came_back)
{
    if (count < RETRY_PAUSES_MIN)
        return came_back ? RETRY_UNKNOWN : RETRY_NONE;
    if (at_most(pauses, count) < AT_ONCE_MS)
        return RETRY_AT_ONCE;
    return judge_growth(pauses, without_plateau(pauses, count));
}
