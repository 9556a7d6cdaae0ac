/* The end of a run for the person at the terminal: counts, what breaks first,
 * what was not expected, where to read on. */
#include "report/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/scenario.h"

enum { SHOWN = 8, NAMED = 3, ALL = 60 };

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static long long number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static size_t count_of(const json_t *list, const char *verdict)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(list); i++)
        n += !strcmp(text(json_array_get(list, i), "verdict"), verdict);
    return n;
}

static void print_counts(const json_t *run, const json_t *list)
{
    size_t unbuilt = count_of(list, verdict_name(VERDICT_NOT_BUILT));

    printf("%lld cells, %zu verdicts in %.1f s:", number(run, "cells"),
           json_array_size(list) - unbuilt,
           json_real_value(json_object_get(run, "seconds")));
    for (int v = 0; v < VERDICT_COUNT; v++) {
        const char *name = verdict_name((enum verdict)v);
        size_t n = count_of(list, name);

        if (n > 0 && v != VERDICT_NOT_BUILT)
            printf(" %zu %s", n, name);
    }
    if (unbuilt)
        printf(", and %zu not built", unbuilt);
    putchar('\n');
}

static int is_break(const json_t *v)
{
    return !strcmp(text(v, "verdict"), "breaks") ||
           !strcmp(text(v, "verdict"), "insecure");
}

/* Of "<device>-<stack>", the part before the stack build. */
static int type_length(const json_t *v)
{
    size_t whole = strlen(text(v, "device")), stack = strlen(text(v, "stack"));

    return whole > stack ? (int)(whole - stack - 1) : (int)whole;
}

static int type_order(const json_t *x, const json_t *y)
{
    int m = type_length(x), n = type_length(y);
    int order =
        strncmp(text(x, "device"), text(y, "device"), (size_t)(m < n ? m : n));

    return order ? order : m - n;
}

/* Orders by what a line tells: verdicts that are equal in it share one. */
static int line_order(const json_t *x, const json_t *y)
{
    long long m = number(x, "units"), n = number(y, "units");
    int order = type_order(x, y);

    if (m != n)
        return m > n ? -1 : 1;
    if (!order)
        order = strcmp(text(x, "scenario"), text(y, "scenario"));
    return order ? order : strcmp(text(x, "reason"), text(y, "reason"));
}

/* Most units first; equal ones by name, so that the list is stable. */
static int by_units(const void *a, const void *b)
{
    const json_t *x = *(const json_t *const *)a;
    const json_t *y = *(const json_t *const *)b;
    int order = line_order(x, y);

    return order ? order : strcmp(text(x, "device"), text(y, "device"));
}

/* One line for `count` builds of a device type that break alike. */
static void print_line(const json_t *const *breaks, size_t count)
{
    const json_t *v = breaks[0];
    const char *reason = text(v, "reason");

    printf("  %9lld  %s/%.*s: %s%s%s\n", number(v, "units"),
           text(v, "scenario"),
           count > 1 ? type_length(v) : (int)strlen(text(v, "device")),
           text(v, "device"), text(v, "verdict"),
           strcmp(reason, "none") ? ", " : "",
           strcmp(reason, "none") ? reason : "");
    printf("             %s\n", text(v, "cause"));
    if (count == 1)
        return;
    printf("             on %zu stack builds:", count);
    for (size_t i = 0; i < count && i < NAMED; i++)
        printf("%s %s", i ? "," : "", text(breaks[i], "stack"));
    if (count > NAMED)
        printf(" and %zu more", count - NAMED);
    putchar('\n');
}

static void print_breaks(const json_t *list)
{
    size_t n = 0, lines = 0, total = json_array_size(list);
    const json_t **breaks = malloc((total + 1) * sizeof(void *));

    for (size_t i = 0; breaks && i < total; i++)
        if (is_break(json_array_get(list, i)))
            breaks[n++] = json_array_get(list, i);
    if (n > 0) {
        qsort(breaks, n, sizeof(void *), by_units);
        printf("breaks, most units first:\n");
    }
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && !line_order(breaks[i], breaks[end]);)
            end++;
        if (lines++ < SHOWN)
            print_line(breaks + i, end - i);
    }
    if (lines > SHOWN)
        printf("  ... and %zu more\n", lines - SHOWN);
    free(breaks);
}

/* A small run is told verdict by verdict. */
static void print_all(const json_t *list)
{
    int scenario = 0, device = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        int s = (int)strlen(text(v, "scenario"));
        int d = (int)strlen(text(v, "device"));

        scenario = s > scenario ? s : scenario;
        device = d > device ? d : device;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const char *reason = text(v, "reason");

        printf("  %-*s  %-*s  %s%s%s\n", scenario, text(v, "scenario"), device,
               text(v, "device"), text(v, "verdict"),
               strcmp(reason, "none") ? ", " : "",
               strcmp(reason, "none") ? reason : "");
    }
}

static void print_unexpected(const json_t *list)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const json_t *e = json_object_get(v, "expected");

        if (!json_is_false(json_object_get(v, "as_expected")))
            continue;
        if (n++ == 0)
            printf("not as expected:\n");
        printf("  %s: %s (%s), expected %s (%s)\n", text(v, "cell"),
               text(v, "verdict"), text(v, "reason"), text(e, "verdict"),
               text(e, "reason"));
    }
}

static void print_errors(const json_t *run, const json_t *list)
{
    if (number(run, "errors") > 0)
        printf("errors (no statement about these devices):\n");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);

        if (!strcmp(text(v, "verdict"), "error"))
            printf("  %s: %s: %s\n", text(v, "cell"), text(v, "reason"),
                   text(v, "cause"));
    }
    if (number(run, "unmapped") > 0)
        printf("%lld cells gave a native code that no table maps\n",
               number(run, "unmapped"));
}

/* One line, however many there are: it must not bury the rest. */
static void print_unbuilt(const json_t *plan)
{
    const json_t *stacks = json_object_get(plan, "stacks");
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const json_t *s = json_array_get(stacks, i);

        if (json_is_false(json_object_get(s, "built")))
            printf("%s%s",
                   n++ ? ", " : "not built, so not run: ", text(s, "stack"));
    }
    if (n > 0)
        puts(" (make stacks builds those that can be had)");
}

void summary_print(const json_t *plan, const json_t *verdicts, const char *out)
{
    const json_t *run = json_object_get(verdicts, "run");
    const json_t *list = json_object_get(verdicts, "verdicts");

    print_counts(run, list);
    if (json_array_size(list) <= ALL)
        print_all(list);
    print_breaks(list);
    print_unexpected(list);
    print_errors(run, list);
    print_unbuilt(plan);
    printf("report: %s/report.html\n", out);
}
