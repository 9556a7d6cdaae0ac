/* Prints the facts of a cell in the order in which they happened. */
#include "cli/story.h"

#include <inttypes.h>
#include <string.h>

#include "base/quantity.h"
#include "base/text.h"
#include "cli/command.h"

enum { NAMED = 8 };

/* A line of `what`, its heading and a text from outside. */
static void line(FILE *to, const char *heading, const char *text)
{
    fputs(heading, to);
    text_print(to, text);
    fputc('\n', to);
}

static void print_list(FILE *to, char *const *list, size_t count,
                       const char *none)
{
    if (count == 0)
        fputs(none, to);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", to);
        text_print(to, list[i]);
    }
}

/* "1.2 to 1.3", or "1.2" where there is but one; ends the line. */
static void print_range(FILE *to, const char *min, const char *max)
{
    if (strcmp(min, max) != 0)
        fprintf(to, "%s to ", min);
    fprintf(to, "%s\n", max);
}

static void print_versions(const struct story *s)
{
    const struct device_tls *tls = &s->device->device->tls;

    if (!tls->min && !tls->max)
        return;
    fputs("  versions ", s->to);
    print_range(s->to, tls->min ? tls->min : "lowest",
                tls->max ? tls->max : "highest");
}

static void print_pins(const struct story *s)
{
    const struct device *d = s->device->device;

    for (size_t i = 0; i < d->pins_count; i++) {
        const struct pin *pin = &d->pins[i];

        fprintf(s->to, "  pins     %s of ", view_pin_match(pin->match));
        text_print(s->to, pin->of ? pin->of : pin->sha256);
        fprintf(s->to, " (at: %s)\n", view_pin_place(pin->what));
    }
}

static void print_checks(const struct story *s)
{
    const struct device_verify *v = &s->device->device->verify;

    if (!v->chain)
        fputs("  verify   chain is not checked\n", s->to);
    if (!v->name)
        fputs("  verify   name is not checked\n", s->to);
    if (!v->time)
        fputs("  verify   time is not checked\n", s->to);
    if (v->partial_chain)
        fputs("  verify   an intermediate may be an anchor\n", s->to);
}

static void print_limit(const struct story *s, const char *name, int64_t value)
{
    if (value > 0)
        fprintf(s->to, "  limit    %s %" PRId64 "\n", name, value);
}

static void print_limits(const struct story *s)
{
    const struct device *d = s->device->device;
    char clock[64];

    if (d->clock != CLOCK_TRUE)
        fprintf(s->to, "  clock    %s\n", view_clock(d, clock));
    print_limit(s, "heap", d->heap);
    print_limit(s, "max_depth", d->max_depth);
    print_limit(s, "max_certificate", d->max_certificate);
}

static void print_distrust(const struct story *s)
{
    const struct distrust *d = s->device->device->distrust;
    char after[32];

    if (!d)
        return;
    fprintf(s->to, "  distrust leaves issued after %s under ",
            time_format(d->after, after));
    print_list(s->to, d->anchors, d->anchors_count, "nothing");
    fputc('\n', s->to);
}

static void print_store(const struct story *s)
{
    const struct certificates_list *store = &s->device->store;
    size_t n = store->count;

    fputs("  trusts  ", s->to);
    for (size_t i = 0; i < n && i < NAMED; i++) {
        fputc(' ', s->to);
        text_print(s->to, store->items[i]->name);
    }
    if (n > NAMED)
        fprintf(s->to, " and %zu more", n - NAMED);
    if (!strcmp(s->device->device->stacks[0], BOARD_STACK) && n == 0)
        fputs(" what its firmware has: nobody was told", s->to);
    else if (n == 0)
        fputs(" nothing", s->to);
    fputc('\n', s->to);
    for (size_t i = 0; i < s->device->ignored_count; i++)
        line(s->to, "  not      ", s->device->ignored[i]);
}

static void print_device(const struct story *s)
{
    const struct device *d = s->device->device;

    fputs("\ndevice     ", s->to);
    text_print(s->to, d->id);
    line(s->to, ": ", d->title);
    fputs("  stack    ", s->to);
    text_print(s->to, view_stack(s->device));
    fprintf(s->to, ", %" PRId64 " units\n", d->units);
    print_store(s);
    print_versions(s);
    print_pins(s);
    print_checks(s);
    print_limits(s);
    print_distrust(s);
    if (d->identity)
        line(s->to, "  identity ", d->identity);
}

static void print_state(const struct story *s)
{
    const struct state *st = s->state->state;
    const struct endpoint_tls *tls = &s->state->tls;
    char now[32];

    fputs("\nstate      ", s->to);
    text_print(s->to, s->record->state);
    fputs(" of ", s->to);
    text_print(s->to, s->scenario->scenario->id);
    line(s->to, ": ", s->scenario->scenario->title);
    if (strcmp(st->name, s->record->state) != 0) {
        fputs("  served   as in ", s->to);
        text_print(s->to, st->name);
        fputs(": the device sends no server name\n", s->to);
    }
    fprintf(s->to, "  clock    %s\n", time_format(st->now, now));
    line(s->to, "  host     ", st->endpoint);
    fputs("  policy   ", s->to);
    text_print(s->to, st->policy);
    fputs(", TLS ", s->to);
    print_range(s->to, view_text(tls->min), view_text(tls->max));
    if (tls->alpn_count) {
        fputs("  ALPN     ", s->to);
        print_list(s->to, tls->alpn, tls->alpn_count, "");
        fputs(tls->alpn_required ? ", required\n" : "\n", s->to);
    }
    if (tls->tickets)
        fprintf(s->to, "  tickets  %lld, with %lld bytes beside the session\n",
                (long long)tls->tickets, (long long)tls->ticket_padding);
    if (tls->staple)
        line(s->to, "  staple   ", staple_names[tls->staple]);
    if (tls->close.how != CLOSE_NEVER)
        line(s->to,
             "  box      before it closes, without an alert, on what it "
             "minds",
             "");
    if (tls->ignore_max_fragment_length)
        line(s->to, "  ignores  max_fragment_length", "");
    if (st->client_auth && strcmp(st->client_auth, "none") != 0)
        line(s->to, "  client certificate: ", st->client_auth);
    story_path(s);
}

static void print_hello(FILE *to, const struct endpoint_side *e)
{
    const struct hello *h = e->hello;

    if (!h)
        return;
    fputs("  offered  TLS ", to);
    print_list(to, h->versions, h->versions_count, "nothing");
    fprintf(to, "; %zu suites; groups ", h->suites_count);
    print_list(to, h->groups, h->groups_count, "none");
    if (h->alpn_count) {
        fputs("; ALPN ", to);
        print_list(to, h->alpn, h->alpn_count, "");
    }
    line(to, "; name ", h->sni ? h->sni : "none");
}

static void print_chose(FILE *to, const struct endpoint_side *e)
{
    if (!e->chose.version)
        return;
    fprintf(to, "  chose    TLS %s, %s; sent %u certificates in %zu bytes\n",
            e->chose.version, view_text(e->chose.suite), e->certificates,
            e->certificate_bytes);
}

static void print_alert(FILE *to, int code, const char *words)
{
    const char *name = code == ALERT_NONE ? NULL : alert_name(code);

    if (code != ALERT_NONE)
        fprintf(to, "  alert    %s %d (%s)\n", words, code,
                name ? name : "unknown");
}

static void print_shim(FILE *to, const struct shim_side *s)
{
    if (s->native_code || (s->native_text && *s->native_text)) {
        fprintf(to, "  library  code %lld, flags %llu: ", s->native_code,
                s->native_flags);
        line(to, "", s->native_text);
    }
    fprintf(to, "  stage    %s\n", stage_name(s->stage));
    if (s->security_level >= 0)
        fprintf(to, "  level    %d, the library's security level\n",
                s->security_level);
    if (s->peak_heap > 0)
        fprintf(to, "  heap     %lld bytes at most\n", s->peak_heap);
    for (size_t i = 0; i < s->emulated_count; i++)
        line(to, "  emulated ", s->emulated[i]);
    if (s->output && *s->output)
        line(to, "  output   ", s->output);
}

static void print_endpoint(FILE *to, const struct endpoint_side *e)
{
    static const char *const handshakes[] = {"none", "failed", "done"};
    static const char *const hows[] = {"alert", "fin", "rst", "silence"};
    static const char *const sides[] = {"nobody", "the device", "the endpoint"};

    fprintf(to, "  endpoint handshake %s, closed by %s (%s)\n",
            handshakes[e->handshake], sides[e->closed_by], hows[e->closed_how]);
    if (e->engine)
        line(to, "  endpoint served by ", e->engine);
    if (e->error_text && *e->error_text)
        line(to, "  endpoint ", e->error_text);
    if (e->limit)
        line(to, "  endpoint its own limit ran out: ", e->limit);
    if (e->unserved)
        line(to, "  endpoint could not serve it: ", e->unserved);
}

static void print_outcome(FILE *to, const struct record *r)
{
    static const char *const sides[] = {"", ", by the device",
                                        ", by the endpoint"};

    fprintf(to, "  outcome  %s", outcome_name(r->outcome));
    if (r->reason != REASON_NONE)
        fprintf(to, ": %s", reason_name(r->reason));
    fputs(sides[r->refused_by], to);
    if (r->note && *r->note) {
        fputs(" (", to);
        text_print(to, r->note);
        fputc(')', to);
    }
    fputc('\n', to);
}

static void print_talk(FILE *to, const struct record *r)
{
    if (r->endpoint) {
        print_hello(to, r->endpoint);
        print_chose(to, r->endpoint);
    }
    print_alert(to, record_alert_sent(r), "the device sent");
    print_alert(to, record_alert_received(r), "the endpoint sent");
    if (r->shim)
        print_shim(to, r->shim);
    if (r->endpoint)
        print_endpoint(to, r->endpoint);
    if (r->wire_differs)
        fputs("  wire     not all bytes that one side sent reached the other "
              "as they were\n",
              to);
    print_outcome(to, r);
}

static void print_expected(const struct story *s)
{
    const struct judgement *j = s->verdict;

    if (!j->expected.there)
        return;
    fprintf(s->to, "  expected %s, %s: ", verdict_name(j->expected.verdict),
            reason_name(j->expected.reason));
    text_print(s->to, j->expected.because);
    fputs(j->as_expected == 0 ? "  <- NOT AS EXPECTED\n" : "\n", s->to);
    if (j->expected.reference && *j->expected.reference)
        line(s->to, "           see ", j->expected.reference);
}

static void print_mends(const struct story *s)
{
    const struct judgement *j = s->verdict;

    for (size_t i = 0; i < j->mends_count; i++) {
        fprintf(s->to, "  mend     %s: ", side_name(j->mends[i].side));
        line(s->to, "", j->mends[i].text);
        line(s->to, "           shown by ", j->mends[i].cell);
    }
    if (!j->mends_count && j->mend)
        line(s->to, "  mend     ", j->mend);
    if (j->undiagnosed)
        fputs("  mend     undiagnosed: no experiment mended it\n", s->to);
}

static void print_verdict(const struct story *s)
{
    const struct judgement *j = s->verdict;

    fprintf(s->to, "\nverdict    %s", verdict_name(j->verdict));
    if (j->reason != REASON_NONE)
        fprintf(s->to, ", %s", reason_name(j->reason));
    fputs(" (", s->to);
    text_print(s->to, j->before);
    fputs(" to ", s->to);
    text_print(s->to, j->after);
    fputs("; decided by ", s->to);
    text_print(s->to, j->cell);
    fputs(")\n", s->to);
    print_expected(s);
    if (j->cause)
        line(s->to, "  cause    ", j->cause);
    print_mends(s);
    for (size_t i = 0; i < j->notes_count; i++)
        line(s->to, "  note     ", j->notes[i]);
    for (size_t i = 0; i < j->emulated_count; i++)
        line(s->to, "  emulated ", j->emulated[i]);
}

/* What was tried, one line each. */
static void print_experiments(const struct story *s)
{
    const struct judgement *j = s->verdict;
    int width = 0;

    if (!j->experiments_count)
        return;
    fputs("\nexperiments\n", s->to);
    for (size_t i = 0; i < j->experiments_count; i++) {
        int n = text_width(j->experiments[i].change);

        width = n > width ? n : width;
    }
    for (size_t i = 0; i < j->experiments_count; i++) {
        const struct experiment *e = &j->experiments[i];

        fprintf(s->to, "  %-8s ", side_name(e->side));
        text_print_padded(s->to, e->change, width);
        fprintf(s->to, "  %s", outcome_name(e->outcome));
        if (e->reason != REASON_NONE)
            fprintf(s->to, ", %s", reason_name(e->reason));
        fputc('\n', s->to);
    }
}

int story_init(struct story *s, FILE *to, const struct run_view *v,
               const struct judgement *j, const struct record *r)
{
    s->to = to;
    s->view = v;
    s->verdict = j;
    s->record = r;
    s->scenario = plan_scenario(v->plan, r->scenario);
    s->device = plan_device(v->plan, r->device);
    s->state = s->scenario ? plan_state(s->scenario, r->state) : NULL;
    if (s->state && s->device)
        s->state = plan_state_served(s->scenario, s->state,
                                     record_sends_name(r, s->device->device));
    return s->device && s->state ? 0 : -1;
}

void story_print(const struct story *s, const char *dir)
{
    text_print(s->to, s->record->cell);
    fputc('\n', s->to);
    print_device(s);
    print_state(s);
    fputs("\nwhat happened\n", s->to);
    print_talk(s->to, s->record);
    print_verdict(s);
    print_experiments(s);
    for (size_t i = 0; i < s->view->plan->notes_count; i++)
        line(s->to, "\nnote       ", s->view->plan->notes[i]);
    fputs("\nalone      ", s->to);
    command_print(s->to, s->view->plan, s->device, s->scenario, dir);
    fputc('\n', s->to);
}

void story_again(FILE *to, const struct record *old, const struct record *now)
{
    int same = old->outcome == now->outcome && old->reason == now->reason &&
               old->refused_by == now->refused_by;

    fprintf(to, "\nagain      %s\n",
            same ? "it comes out as in the run" : "IT COMES OUT OTHERWISE");
    print_talk(to, now);
}

void story_tried(FILE *to, const char *change, const struct record *now)
{
    line(to, "\ntried      ", change);
    print_talk(to, now);
}
