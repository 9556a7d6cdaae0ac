/* Marks are compared pairwise: both sides count from the first byte on, and
 * whoever leaves early has fewer of them. */
#include "lab/wire.h"

#include <string.h>

static const json_t *direction(const json_t *side, const char *name)
{
    return json_object_get(json_object_get(side, "wire"), name);
}

static size_t mark_size(const char *marks)
{
    return strcspn(marks, " ");
}

static int marks_differ(const char *a, const char *b)
{
    while (*a && *b) {
        size_t n = mark_size(a);

        if (n != mark_size(b) || memcmp(a, b, n) != 0)
            return 1;
        a += n + (a[n] == ' ');
        b += n + (b[n] == ' ');
    }
    return 0;
}

static int direction_differs(const json_t *sent, const json_t *received)
{
    const char *a = json_string_value(json_object_get(sent, "marks"));
    const char *b = json_string_value(json_object_get(received, "marks"));

    if (!a || !b)
        return 0;
    return marks_differ(a, b) ||
           json_integer_value(json_object_get(received, "bytes")) >
               json_integer_value(json_object_get(sent, "bytes"));
}

int wire_differs(const json_t *answer, const json_t *event)
{
    return direction_differs(direction(answer, "sent"),
                             direction(event, "received")) ||
           direction_differs(direction(event, "sent"),
                             direction(answer, "received"));
}
