/* Times, durations and sizes. Calendar arithmetic is done here, so that no time
 * zone and no 32-bit time_t can interfere. */
#include "base/quantity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

static int digits(const char **p, int count, int *out)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        char c = (*p)[i];

        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *p += count;
    *out = value;
    return 0;
}

static int expect(const char **p, char c)
{
    if (**p != c)
        return -1;
    (*p)++;
    return 0;
}

static int days_in_month(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return days[m - 1] + (m == 2 && leap);
}

static int parse_clock(const char **p, int *h, int *mi, int *s)
{
    if (digits(p, 2, h) || expect(p, ':') || digits(p, 2, mi) ||
        expect(p, ':') || digits(p, 2, s) || expect(p, 'Z'))
        return -1;
    return *h < 24 && *mi < 60 && *s < 60 ? 0 : -1;
}

int time_parse(const char *text, int64_t *out)
{
    const char *p = text;
    int y, m, d, h = 0, mi = 0, s = 0;

    if (digits(&p, 4, &y) || expect(&p, '-') || digits(&p, 2, &m) ||
        expect(&p, '-') || digits(&p, 2, &d))
        return -1;
    if (m < 1 || m > 12 || d < 1 || d > days_in_month(y, m))
        return -1;
    if (*p == 'T' || *p == ' ') {
        p++;
        if (parse_clock(&p, &h, &mi, &s))
            return -1;
    }
    if (*p)
        return -1;
    *out = days_from_civil(y, m, d) * 86400 + h * 3600 + mi * 60 + s;
    return 0;
}

char *time_format(int64_t t, char buf[static 32])
{
    int64_t days = t / 86400, rest = t % 86400;

    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int d = (int)(doy - (153 * mp + 2) / 5 + 1);
    int m = (int)(mp < 10 ? mp + 3 : mp - 9);
    int64_t y = yoe + era * 400 + (m <= 2);

    snprintf(buf, 32, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)y, m, d,
             (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
    return buf;
}

struct unit {
    const char *name;
    int64_t factor;
};

/* A whole number and one of the units; nothing may follow. */
static int parse_unit(const char *text, const struct unit *units, size_t count,
                      int64_t *out)
{
    char *end;
    long long value;

    if (*text == ' ' || *text == '\t' || *text == '\n')
        return -1;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || errno)
        return -1;
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < count; i++) {
        int64_t product;

        if (strcmp(end, units[i].name) != 0)
            continue;
        if (__builtin_mul_overflow((int64_t)value, units[i].factor, &product))
            return -1;
        *out = product;
        return 0;
    }
    return -1;
}

/* 10,000 years: what is added to a time of this calendar cannot overflow. */
#define MAX_DURATION (10000 * INT64_C(31536000))

int duration_parse(const char *text, int64_t *out)
{
    static const struct unit units[] = {
        {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"y", 31536000},
    };

    int64_t value;

    if (parse_unit(text, units, sizeof units / sizeof *units, &value) ||
        value > MAX_DURATION || value < -MAX_DURATION)
        return -1;
    *out = value;
    return 0;
}

int time_parse_relative(const char *text, int64_t base, int64_t *out)
{
    int64_t offset;

    if (!time_parse(text, out))
        return 0;
    if (duration_parse(text, &offset))
        return -1;
    if (__builtin_add_overflow(base, offset, &offset))
        return -1;
    *out = offset;
    return 0;
}

int size_parse(const char *text, int64_t *out)
{
    static const struct unit units[] = {
        {"", 1},
        {"B", 1},
        {"KiB", 1024},
        {"MiB", 1048576},
    };
    int64_t value;

    if (parse_unit(text, units, sizeof units / sizeof *units, &value) ||
        value < 0)
        return -1;
    *out = value;
    return 0;
}
