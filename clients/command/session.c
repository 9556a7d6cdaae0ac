/* One job of a command. */
#include "clients/command/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "clients/command/relay.h"
#include "clients/command/start.h"
#include "clients/command/trust.h"
#include "clients/command/verdict.h"
#include "clients/command/words.h"
#include "clients/shim_map.h"
#include "base/file.h"

struct session {
    const struct setup *setup;
    struct shim_job *job;
    struct shim_answer *answer;
    char *trust_store, *hosts;
    char **words;
    int gone; /* the command has ended */
};

/* Large, and one at a time. */
static struct relay relay;
static struct start start;

static int end_unsupported(struct session *s, const char *feature)
{
    snprintf(s->answer->feature, sizeof s->answer->feature, "%s", feature);
    s->answer->outcome = SHIM_UNSUPPORTED;
    return -1;
}

static int end_fault(struct session *s, const char *text)
{
    shim_map_fill(&s->answer->why, STAGE_SETUP, REASON_NONE, 0, text);
    s->answer->outcome = SHIM_ERROR;
    return -1;
}

/* Asked before any attempt. */
static int features_check(struct session *s)
{
    const char *lacking = *s->job->lacks ? s->job->lacks : NULL;

    if (!lacking)
        lacking = setup_required(s->setup, s->job->required);
    if (!lacking)
        lacking = setup_lacking(s->setup, &s->job->want);
    return lacking ? end_unsupported(s, lacking) : 0;
}

static int files_make(struct session *s)
{
    const struct client *c = s->setup->client;
    const struct shim_job *job = s->job;

    s->trust_store = trust_pem(job->anchors, &s->answer->got.anchors_loaded);
    if (!s->trust_store)
        return end_fault(s, "the anchors cannot be made into a PEM file");
    if (c->nss_wrapper &&
        !(s->hosts = trust_hosts(job->anchors, job->want.name)))
        return end_fault(s, "no hosts file can be made");
    return 0;
}

static int command_start(struct session *s)
{
    const struct client *c = s->setup->client;
    const struct shim_want *w = &s->job->want;
    struct start_how how = {.program = s->setup->program,
                            .input = c->input,
                            .preload = s->setup->preload,
                            .hosts = s->hosts,
                            .environment = c->environment.items,
                            .environment_count = c->environment.count,
                            .faked = c->clock == CLIENT_CLOCK_FAKETIME &&
                                     w->verify_chain && w->verify_time,
                            .clock = w->clock};

    if (relay_open(&relay, w))
        return end_fault(s, strerror(errno));
    s->words = words_new(c, w, relay.port, s->trust_store);
    if (!s->words)
        return end_fault(s, "out of memory");
    how.argv = s->words;
    return start_begin(&start, &how) ? end_fault(s, strerror(errno)) : 0;
}

/* Waits for something to happen. 1; 0: the deadline is over. */
static int wait_for(struct session *s, struct pollfd *polls, int *count)
{
    int64_t left = relay.deadline_ms - shim_io_now_ms();
    int n = relay_polls(&relay, polls);

    *count = n;
    if (start.output >= 0)
        polls[n++] = (struct pollfd){.fd = start.output, .events = POLLIN};
    if (!s->gone)
        polls[n++] = (struct pollfd){.fd = start.ended, .events = POLLIN};
    if (left <= 0 || poll(polls, (nfds_t)n, (int)left) == 0)
        return 0;
    if (!s->gone && polls[n - 1].revents)
        s->gone = 1;
    return 1;
}

/* Until the command has ended and the connection is over. 0; 1: the deadline
 * is over; -1: the endpoint cannot be reached. */
static int command_drive(struct session *s)
{
    struct pollfd polls[RELAY_POLLS + 2];
    int count;

    while (!s->gone || !relay_is_over(&relay)) {
        if (!wait_for(s, polls, &count))
            return 1;
        if (relay_move(&relay, polls, count))
            return -1;
        start_read(&start);
        if (start.written > START_WRITTEN_MAX)
            return 0;
        if (s->gone && relay_client_gone(&relay))
            return -1;
    }
    return 0;
}

static void judge(struct session *s, int deadline)
{
    const struct verdict_facts facts = {
        .output = start.text,
        .status = start.status,
        .deadline = deadline,
        .identity = s->job->want.identity_certificate != NULL,
        .alpn = s->job->want.alpn != NULL,
        .relay = &relay};

    verdict_fill(s->answer, s->setup->client, &facts);
}

/* Of the commands that have ended. */
static int64_t children_cpu_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_CHILDREN, &u);
    return ((int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
           u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void command_run(struct session *s)
{
    int64_t wall = shim_io_now_ms(), cpu = children_cpu_us();
    int driven;

    if (command_start(s) == 0) {
        driven = command_drive(s);
        start_end(&start);
        if (driven < 0)
            end_fault(s, strerror(errno));
        else if (start.written > START_WRITTEN_MAX)
            end_fault(s, "the command wrote more than 16 MiB");
        else
            judge(s, driven);
        s->answer->output = start.text;
    }
    start_end(&start);
    s->answer->local_port = relay.io.local_port;
    s->answer->received = relay.io.in.seen;
    s->answer->sent = relay.io.out.seen;
    relay_close(&relay);
    s->answer->wall_us = (shim_io_now_ms() - wall) * 1000;
    s->answer->cpu_us = children_cpu_us() - cpu;
}

void session_run(const struct setup *setup, struct shim_job *job,
                 struct shim_answer *answer)
{
    struct session s = {.setup = setup, .job = job, .answer = answer};

    shim_record_clear(answer);
    start = (struct start){.ended = -1, .output = -1};
    if (features_check(&s) == 0 && files_make(&s) == 0)
        command_run(&s);
    strings_free(s.words);
    free(s.trust_store);
    free(s.hosts);
}
