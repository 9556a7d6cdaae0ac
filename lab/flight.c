/* Flights are few (two per worker and those that wait for an event), so a list
 * is enough. */
#include "lab/flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/anchored.h"
#include "lab/stacks.h"
#include "model/record_codec.h"

/* 127.1.0.1 and on: never 127.0.0.1, no first or last address of a /24, and
 * again from the start after 16 million. */
static void address_of(uint32_t number, char out[static 16])
{
    uint32_t low = number % 254 + 1, middle = number / 254 % 256;
    uint32_t high = number / 254 / 256 % 254 + 1;

    snprintf(out, 16, "127.%u.%u.%u", high, middle, low);
}

struct flight *flight_new(struct flight **list, struct trial *trial,
                          size_t index, uint32_t number)
{
    struct flight *f = calloc(1, sizeof *f);

    if (!f) {
        diag("out of memory");
        trial_free(trial);
        return NULL;
    }
    f->trial = trial;
    f->index = index;
    address_of(number, f->source);
    f->next = *list;
    f->back = list;
    if (f->next)
        f->next->back = &f->next;
    *list = f;
    return f;
}

void flight_free(struct flight *f)
{
    if (!f)
        return;
    *f->back = f->next;
    if (f->next)
        f->next->back = f->back;
    served_release(f->state);
    trial_free(f->trial);
    shim_answer_release(f->answer);
    for (size_t i = 0; i < f->events_count; i++)
        endpoint_event_release(f->events[i]);
    free(f->want);
    free(f);
}

struct flight *flight_find(struct flight *list,
                           const struct endpoint_event *event)
{
    if (!event->peer_address || !event->state)
        return NULL;
    for (struct flight *f = list; f; f = f->next)
        if (f->state && !strcmp(f->source, event->peer_address) &&
            !strcmp(f->state->id, event->state) &&
            (f->phase == FLIGHT_AT_WORKER || f->phase == FLIGHT_WAITS_EVENT))
            return f;
    return NULL;
}

void flight_keep(struct flight *f, struct endpoint_event *event)
{
    if (f->events_count < FLIGHT_EVENTS_MAX)
        f->events[f->events_count++] = endpoint_event_hold(event);
}

int flight_join(struct flight *f)
{
    int port = f->answer ? f->answer->local_port : 0;

    f->event = port > 0 || f->events_count == 0 ? NULL : f->events[0];
    for (size_t i = 0; i < f->events_count; i++)
        if (f->events[i]->peer_port == port)
            f->event = f->events[i];
    return port <= 0 || f->event;
}

static void set_sides(const struct flight *f, struct record *r)
{
    if (f->answer && f->answer->side)
        r->shim = shim_side_hold(f->answer->side);
    if (f->answer && !r->shim) {
        r->reason = REASON_CRASH;
        r->note = strdup("the shim's answer is not as docs/record.md has it");
    }
    if (f->event && f->event->side)
        r->endpoint = endpoint_side_hold(f->event->side);
    if (f->answer && f->event)
        r->wire_differs = wire_differs(&f->answer->wire, &f->event->wire);
}

struct record *flight_record(const struct flight *f, struct map *anchors)
{
    struct record *r = record_new(f->trial->id, f->trial->stack->name);
    const char *anchor;

    if (!r)
        return NULL;
    set_sides(f, r);
    anchor =
        anchored_by(anchors, f->trial, r->endpoint ? r->endpoint->chain : NULL);
    r->anchored_by = anchor ? strdup(anchor) : NULL;
    if (!anchor || r->anchored_by)
        return r;
    diag("out of memory");
    record_free(r);
    return NULL;
}
