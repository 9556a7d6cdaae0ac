/* Makes a scenario of two chains: what the leaf is for, the clock of each
 * state. Written as YAML and read by the same code as any other. */
#include "cli/quick_chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/quantity.h"
#include "model/host.h"
#include "pki/pki.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

struct chain_facts {
    const char *given; /* the file as it was named */
    char *path, *name;
    const char *type; /* of the leaf's key, as scenarios call it */
    int64_t now;
    int later; /* the clock is not today's: the chain begins after it */
};

static void facts_clear(struct chain_facts *f)
{
    free(f->path);
    free(f->name);
}

/* The host that the device asks for: given, or the leaf's first name. */
static int find_name(struct chain_facts *f, const char *given,
                     const char *first)
{
    const char *name = given ? given : first;
    char why[400];

    if (!name) {
        diag("%s: its first certificate has no name; say --name HOST",
             f->given);
        return -1;
    }
    f->name =
        strncmp(name, "*.", 2) ? strdup(name) : format("device.%s", name + 2);
    if (f->name && host_check(f->name, why, sizeof why)) {
        diag("%s: the leaf's first name is %s: %s; say --name HOST", f->given,
             name, why);
        return -1;
    }
    return f->name ? 0 : -1;
}

/* Today at midnight, so that a run says the same all day; or an hour after the
 * youngest certificate began, if that is later: a chain that is planned. */
static int find_clock(struct chain_facts *f, const char *given,
                      struct pki_cert *const *certs, size_t count)
{
    int64_t today = (int64_t)time(NULL);

    if (given && time_parse(given, &f->now)) {
        diag("--now %s: not a time like 2024-07-01T00:00:00Z", given);
        return -1;
    }
    if (given)
        return 0;
    f->now = today - today % DAY;
    for (size_t i = 0; i < count; i++) {
        int64_t begun = pki_not_before(certs[i]) + HOUR;

        if (f->now < begun) {
            f->now = begun;
            f->later = 1;
        }
    }
    return 0;
}

static int read_chain(struct pki *p, const struct quick_options *o,
                      struct chain_facts *f)
{
    struct pki_cert **certs = NULL;
    size_t count = 0;
    int status = -1;

    f->path = realpath(f->given, NULL);
    if (!f->path) {
        diag("%s: no such file", f->given);
        return -1;
    }
    /* The plan reads the file again and tells what it leaves out. */
    if (pki_want_file(p, f->path, o->skip | PKI_NOTES_QUIET, &certs, &count) ||
        pki_mint(p, 2))
        return -1;
    f->type = strncmp(pki_key_kind(certs[0]), "rsa", 3) ? "ecdsa" : "rsa";
    if (find_name(f, o->name, pki_first_name(certs[0])) == 0)
        status = find_clock(f, o->now, certs, count);
    free(certs);
    return status;
}

/* "2026-11-26T00:00:00Z, today", for the story and the summary. */
static char *clock_text(const struct quick_options *o,
                        const struct chain_facts *f)
{
    char now[32];

    time_format(f->now, now);
    return format("%s, %s", now,
                  o->now     ? "as --now says"
                  : f->later ? "when its youngest certificate has begun"
                             : "today");
}

/* How the two clocks came about, in one sentence. malloc'd. */
static char *clock_note(const struct quick_options *o,
                        const struct chain_facts f[static 2])
{
    char *before = clock_text(o, &f[0]), *after = clock_text(o, &f[1]);
    const char *hint = o->now ? "" : "; --now sets another";
    char *note = NULL;

    if (before && after && f[0].now == f[1].now)
        note = format("The clock is %s%s.", before, hint);
    else if (before && after)
        note = format("The clock is %s, with the chain before, and %s, with "
                      "the chain after%s.",
                      before, after, hint);
    free(before);
    free(after);
    return note;
}

static char *scenario_text(const struct chain_facts f[static 2],
                           const char *note)
{
    char before[32], after[32];

    time_format(f[0].now, before);
    time_format(f[1].now, after);
    return format("scenario: chains\n"
                  "title: The chain before and after the change\n"
                  "story: \"The chains were given on the command line. %s\"\n"
                  "source: command line\n"
                  "concerns: [trust-store]\n"
                  "states:\n"
                  "  - name: before\n    now: %s\n    policy: free\n"
                  "    endpoint: \"%s\"\n    chains: {%s: [chain]}\n"
                  "  - name: after\n    now: %s\n    policy: free\n"
                  "    endpoint: \"%s\"\n    chains: {%s: [chain]}\n",
                  note, before, f[0].name, f[0].type, after, f[1].name,
                  f[1].type);
}

static int say(struct words *w, const char *option, const char *value)
{
    return words_add_copy(w, option) || words_add_copy(w, value) ? -1 : 0;
}

/* With the clock that this run had, so that the words mean the same tomorrow;
 * two clocks cannot be said, and follow from the chains. */
static int make_words(struct quick *q, const struct quick_options *o,
                      const struct chain_facts f[static 2])
{
    struct words *w = &q->scenario_options;
    char now[32];

    time_format(f[0].now, now);
    if (say(w, "--chain-before", o->chain_before) ||
        say(w, "--chain-after", o->chain_after) ||
        (o->name && say(w, "--name", o->name)))
        return -1;
    if (f[0].now != f[1].now)
        return 0;
    return say(w, "--now", o->now ? o->now : now);
}

/* The file's path, with whatever bytes it has. */
static int set_path(struct state *st, const char *path)
{
    struct chain *c = st->rsa.count ? &st->rsa : &st->ecdsa;

    free(c->certificates[0]);
    c->certificates[0] = strdup(path);
    return c->certificates[0] ? 0 : -1;
}

static int make_scenario(struct quick *q, const struct quick_options *o,
                         const struct chain_facts f[static 2])
{
    char *note = clock_note(o, f);
    char *text = note ? scenario_text(f, note) : NULL;
    int status = -1;

    q->chains[0] =
        text ? scenario_parse("command line", (uint8_t *)text, strlen(text))
             : NULL;
    if (q->chains[0] && set_path(&q->chains[0]->states[0], f[0].path) == 0 &&
        set_path(&q->chains[0]->states[1], f[1].path) == 0 &&
        words_add_copy(&q->notes, note) == 0)
        status = make_words(q, o, f);
    free(note);
    free(text);
    return status;
}

int quick_chains(struct quick *q, const struct quick_options *o)
{
    struct chain_facts facts[2] = {{.given = o->chain_before},
                                   {.given = o->chain_after}};
    char *catalog = format("%s/pki/catalog", home_dir());
    char *templates = format("%s/pki/templates", home_dir());
    struct pki *p =
        catalog && templates ? pki_new(catalog, templates, cache_dir()) : NULL;
    int status = -1;

    if (p && read_chain(p, o, &facts[0]) == 0 &&
        read_chain(p, o, &facts[1]) == 0)
        status = make_scenario(q, o, facts);
    pki_free(p);
    free(catalog);
    free(templates);
    facts_clear(&facts[0]);
    facts_clear(&facts[1]);
    return status;
}
