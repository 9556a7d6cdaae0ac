/* Flights are few (two per worker and those that wait for an event), so a list
 * is enough. */
#include "lab/flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/anchored.h"
#include "lab/stacks.h"
#include "lab/wire.h"

enum { EVENTS_MAX = 16 }; /* kept per flight: a client may try again */

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
    json_decref(f->answer);
    json_decref(f->events);
    free(f->want);
    free(f);
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

struct flight *flight_find(struct flight *list, const json_t *event)
{
    const char *source = text_at(event, "peer_address");
    const char *state = text_at(event, "state");

    for (struct flight *f = list; f; f = f->next)
        if (f->state && !strcmp(f->source, source) &&
            !strcmp(f->state->id, state) &&
            (f->phase == FLIGHT_AT_WORKER || f->phase == FLIGHT_WAITS_EVENT))
            return f;
    return NULL;
}

int flight_keep(struct flight *f, json_t *event)
{
    if (!f->events)
        f->events = json_array();
    if (json_array_size(f->events) >= EVENTS_MAX)
        return 0;
    if (json_array_append(f->events, event) == 0)
        return 0;
    diag("out of memory");
    return -1;
}

int flight_join(struct flight *f)
{
    json_int_t port =
        json_integer_value(json_object_get(f->answer, "local_port"));
    json_t *event;
    size_t i;

    f->event = port > 0 ? NULL : json_array_get(f->events, 0);
    json_array_foreach(f->events, i, event)
    {
        if (json_integer_value(json_object_get(event, "peer_port")) == port)
            f->event = event;
    }
    return port <= 0 || f->event;
}

static void decode(const struct flight *f, struct record *r,
                   struct hellos *hellos)
{
    if (f->answer)
        r->shim = shim_side_decode(f->answer);
    if (f->answer && !r->shim) {
        r->reason = REASON_CRASH;
        r->note = strdup("the shim's answer is not as docs/record.md has it");
    }
    if (f->event)
        r->endpoint = endpoint_side_decode(f->event, hellos);
    if (f->answer && f->event)
        r->wire_differs = wire_differs(f->answer, f->event);
}

struct record *flight_record(const struct flight *f, struct hellos *hellos,
                             struct map *anchors)
{
    struct record *r = record_new(f->trial->id, f->trial->stack->name);
    const char *anchor;

    if (!r)
        return NULL;
    decode(f, r, hellos);
    anchor =
        anchored_by(anchors, f->trial, r->endpoint ? r->endpoint->chain : NULL);
    r->anchored_by = anchor ? strdup(anchor) : NULL;
    if (!anchor || r->anchored_by)
        return r;
    diag("out of memory");
    record_free(r);
    return NULL;
}
