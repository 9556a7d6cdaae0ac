/* A state's content is put into bytes that are cheap to make and to compare:
 * that is done for each trial. */
#include "lab/served.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/endpoint_codec.h"

struct content {
    uint8_t *data;
    size_t size, room;
    int failed;
};

static void put(struct content *c, const void *data, size_t size)
{
    if (c->size + size > c->room) {
        size_t room = (c->size + size) * 2;
        uint8_t *grown = realloc(c->data, room);

        if (!grown) {
            c->failed = 1;
            return;
        }
        c->data = grown;
        c->room = room;
    }
    if (size > 0)
        memcpy(c->data + c->size, data, size);
    c->size += size;
}

/* No text and the empty text are two things. */
static void put_text(struct content *c, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;

    put(c, &size, sizeof size);
    put(c, text, size);
}

static void put_texts(struct content *c, char *const *items, size_t count)
{
    put(c, &count, sizeof count);
    for (size_t i = 0; i < count; i++)
        put_text(c, items[i]);
}

/* Certificates live as long as the certificate world: they are their addresses.
 */
static void put_state(struct content *c, const struct trial *t)
{
    const struct endpoint_tls *p = &t->policy;

    put(c, &t->now, sizeof t->now);
    put_text(c, p->min);
    put_text(c, p->max);
    put_texts(c, p->suites, p->suites_count);
    put_texts(c, p->groups, p->groups_count);
    put_texts(c, p->signature_algorithms, p->signature_algorithms_count);
    put_texts(c, p->alpn, p->alpn_count);
    put(c, &p->alpn_required, sizeof p->alpn_required);
    put(c, &p->ignore_max_fragment_length,
        sizeof p->ignore_max_fragment_length);
    put(c, &p->max_record, sizeof p->max_record);
    put(c, &p->tickets, sizeof p->tickets);
    put(c, &p->ticket_padding, sizeof p->ticket_padding);
    put(c, &p->staple, sizeof p->staple);
    put(c, &p->close.how, sizeof p->close.how);
    put(c, &p->close.offers, sizeof p->close.offers);
    put(c, &p->close.without_name, sizeof p->close.without_name);
    put(c, &p->close.hello_over, sizeof p->close.hello_over);
    put_text(c, trial_application(t));
    put_text(c, t->client_auth);
    put_text(c, t->engine);
    put(c, &t->identity_ca, sizeof(struct pki_cert *));
    for (int i = 0; i < CHAINS; i++) {
        const struct trial_list *l = &t->chains[i];

        put(c, &l->count, sizeof l->count);
        put(c, l->items, l->count * sizeof(struct pki_cert *));
    }
    if (t->other) {
        put(c, &t->tls.sni, sizeof t->tls.sni);
        put_state(c, t->other);
    }
}

static void state_free(void *value)
{
    struct endpoint_state *st = value;

    if (st)
        free(st->refusal);
    free(st);
}

void served_clear(struct served *s)
{
    map_drop(&s->by_content, state_free);
    free(s->items);
    free(s->there);
    s->items = s->there = NULL;
    s->count = s->there_count = 0;
}

/* Both arrays have room for every state. */
static int arrays_grow(struct served *s)
{
    size_t room = (s->count + 1) * sizeof(struct endpoint_state *);
    struct endpoint_state **items = realloc(s->items, room), **there;

    if (!items)
        return -1;
    s->items = items;
    there = realloc(s->there, room);
    if (!there)
        return -1;
    s->there = there;
    return 0;
}

static struct endpoint_state *state_new(struct served *s)
{
    struct endpoint_state *st = calloc(1, sizeof *st);

    if (!st || arrays_grow(s)) {
        free(st);
        return NULL;
    }
    snprintf(st->id, sizeof st->id, "s%zu", s->count);
    s->items[s->count++] = st;
    return st;
}

struct endpoint_state *served_hold(struct served *s, const struct trial *t)
{
    struct content c = {0};
    struct endpoint_state *st = NULL;
    void **place;

    put_state(&c, t);
    place = c.failed ? NULL : map_place(&s->by_content, c.data, c.size);
    if (place && !*place)
        *place = state_new(s);
    free(c.data);
    if (!place || !*place) {
        diag("out of memory");
        return NULL;
    }
    st = *place;
    st->users++;
    st->used = ++s->clock;
    return st;
}

void served_release(struct endpoint_state *st)
{
    if (st)
        st->users--;
}

void served_forget(struct served *s, struct endpoint_state *st)
{
    for (size_t i = 0; i < s->there_count; i++) {
        if (s->there[i] != st)
            continue;
        s->there[i] = s->there[--s->there_count];
        break;
    }
    st->phase = STATE_ABSENT;
    st->port = 0;
}

/* Takes the line. */
static int control_send(struct process *endpoint, char *line)
{
    int status = line ? process_send(endpoint, line, strlen(line)) : -1;

    free(line);
    return status;
}

static struct endpoint_state *least_used(const struct served *s)
{
    struct endpoint_state *found = NULL;

    for (size_t i = 0; i < s->there_count; i++) {
        struct endpoint_state *st = s->there[i];

        if (st->phase == STATE_LISTENING && st->users == 0 &&
            (!found || st->used < found->used))
            found = st;
    }
    return found;
}

/* Makes room for one more. */
static int make_room(struct served *s, struct process *endpoint)
{
    struct endpoint_state *st;

    if (s->there_count < s->most || !(st = least_used(s)))
        return 0;
    served_forget(s, st);
    return control_send(endpoint, endpoint_remove_line(st->id));
}

int served_ask(struct served *s, struct endpoint_state *st,
               const struct trial *t, struct files *f, struct process *endpoint,
               double now)
{
    if (make_room(s, endpoint) ||
        control_send(endpoint, endpoint_add_line(t, f, st->id)))
        return -1;
    st->phase = STATE_ASKED;
    st->asked = now;
    s->there[s->there_count++] = st;
    return 0;
}

struct endpoint_state *served_find(const struct served *s, const char *id)
{
    char *end;
    unsigned long n = id && *id == 's' ? strtoul(id + 1, &end, 10) : s->count;

    if (n >= s->count || *end != '\0' || strcmp(s->items[n]->id, id) != 0)
        return NULL;
    return s->items[n];
}

/* An answer that came too late still holds. */
void served_listening(struct served *s, struct endpoint_state *st, int port)
{
    if (st->phase != STATE_ASKED && st->phase != STATE_LISTENING)
        s->there[s->there_count++] = st;
    st->phase = STATE_LISTENING;
    st->port = port;
}

void served_refused(struct served *s, struct endpoint_state *st,
                    const char *text, int harness_short)
{
    served_forget(s, st);
    free(st->refusal);
    st->refusal = strdup(text ? text : "it did not say why");
    st->harness_short = harness_short;
    st->phase = STATE_REFUSED;
}

void served_restart(struct served *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i]->phase == STATE_REFUSED)
            s->items[i]->phase = STATE_ABSENT;
}
