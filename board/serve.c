/* What each board gets: the endpoint's one address, and behind it a state for
 * each of them. */
#include "board/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "lab/process.h"

enum {
    PATIENCE_MS = 60000, /* of a handshake: boards are slow */
    ID_ROOM = 48
};

static const char base_id[] = "board"; /* of who is none of the boards */

/* step NULL: of who is none of the boards. */
static struct endpoint_application application_of(const struct bench *b,
                                                  const struct step *step)
{
    return (struct endpoint_application){.protocol = b->options->application,
                                         .upstream = b->options->upstream,
                                         .drill = step != NULL && step->kind ==
                                                                      STEP_DRILL
                                                      ? drill_rules(step->drill)
                                                      : NULL};
}

/* What each board gets next. The ids tell step and board. malloc'd, with its
 * strings in `ids`. */
static struct endpoint_peer *peers_make(const struct bench *b,
                                        char (**ids)[ID_ROOM], size_t *count)
{
    struct endpoint_peer *peers = calloc(b->count, sizeof(*peers));

    *count = 0;
    *ids = calloc(b->count, sizeof(**ids));
    if (peers == NULL || *ids == NULL) {
        diag("out of memory");
        free(peers);
        return NULL;
    }
    for (size_t i = 0; i < b->count; i++) {
        const struct who *w = &b->boards[i];
        size_t step = course_served(&b->seats[i].course);
        struct endpoint_peer *p = &peers[*count];

        if ((w->kind != WHO_ANYBODY && w->address[0] == '\0') ||
            step >= b->steps.count)
            continue;
        snprintf((*ids)[i], ID_ROOM, "%zu:%zu", step, i);
        p->address = w->kind == WHO_ANYBODY ? "*" : w->address;
        p->trial = b->steps.items[step].trial;
        p->application = application_of(b, &b->steps.items[step]);
        if (b->steps.items[step].kind == STEP_DRILL &&
            b->steps.items[step].repeats == 0)
            p->open_ms = b->options->drill_ms;
        p->id = (*ids)[i];
        ++*count;
    }
    return peers;
}

/* A certificate is asked for where boards are told apart by it. */
void serve_ask_certificates(struct bench *b)
{
    int asks = 0;

    for (size_t i = 0; i < b->count; i++)
        asks |= b->boards[i].kind == WHO_CERTIFICATE;
    for (size_t i = 0; asks && i < b->steps.count; i++)
        if (strcmp(b->steps.items[i].trial->client_auth, "none") == 0)
            b->steps.items[i].trial->client_auth = "any";
}

/* Puts the courses' steps behind the one address. */
int serve_steps(struct bench *b)
{
    const struct endpoint_application a = application_of(b, NULL);
    char(*ids)[ID_ROOM];
    size_t count;
    struct endpoint_peer *peers = peers_make(b, &ids, &count);
    char *line = peers == NULL
                     ? NULL
                     : endpoint_peers_line(b->steps.items[0].trial, &a,
                                           b->files, base_id, peers, count);
    int status =
        line == NULL ? -1 : process_send(b->endpoint, line, strlen(line));

    free(peers);
    free(ids);
    free(line);
    return status;
}

char *serve_configuration(const struct bench *b)
{
    const struct endpoint_application a = application_of(b, NULL);
    struct endpoint_configuration *c =
        endpoint_configuration_new(1, PATIENCE_MS);
    char *text = NULL;

    if (c != NULL &&
        endpoint_configuration_add(c, b->steps.items[0].trial, &a, b->files,
                                   base_id, b->options->listen) == 0 &&
        endpoint_configuration_peers(c, b->files, NULL, 0,
                                     b->options->open_ms) == 0)
        text = endpoint_configuration_text(c);
    endpoint_configuration_free(c);
    return text;
}

/* The board and the step of a connection; -1: of none. */
int serve_step_of(const struct bench *b, const char *id, size_t *step,
                  size_t *board)
{
    char *end;

    *step = strtoul(id, &end, 10);
    if (*end != ':')
        return -1;
    *board = strtoul(end + 1, &end, 10);
    return *end == '\0' && *step < b->steps.count && *board < b->count ? 0 : -1;
}
