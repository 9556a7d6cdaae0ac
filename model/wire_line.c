/* Marks are compared pairwise: both sides count from the first byte on, and
 * whoever leaves early has fewer of them. */
#include "model/wire_line.h"

#include <stdlib.h>
#include <string.h>

static void side_clear(struct wire_side *s)
{
    free(s->sent.marks);
    free(s->received.marks);
}

struct shim_answer *shim_answer_hold(struct shim_answer *a)
{
    a->shared++;
    return a;
}

void shim_answer_release(struct shim_answer *a)
{
    if (!a || a->shared-- > 0)
        return;
    free(a->id);
    side_clear(&a->wire);
    shim_side_release(a->side);
    free(a->key);
    free(a->request);
    free(a->topic);
    free(a->message);
    free(a);
}

struct endpoint_event *endpoint_event_hold(struct endpoint_event *e)
{
    e->shared++;
    return e;
}

void endpoint_event_release(struct endpoint_event *e)
{
    if (!e || e->shared-- > 0)
        return;
    free(e->state);
    free(e->address);
    free(e->text);
    free(e->peer_address);
    side_clear(&e->wire);
    endpoint_side_release(e->side);
    free(e);
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

static int direction_differs(const struct wire_direction *sent,
                             const struct wire_direction *received)
{
    if (!sent->marks || !received->marks)
        return 0;
    return marks_differ(sent->marks, received->marks) ||
           received->bytes > sent->bytes;
}

int wire_differs(const struct wire_side *shim, const struct wire_side *endpoint)
{
    return direction_differs(&shim->sent, &endpoint->received) ||
           direction_differs(&endpoint->sent, &shim->received);
}
