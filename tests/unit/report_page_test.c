/* Summary, page and Markdown: that all three say what is kept, lost and not
 * known, what mends it and which cell shows it, what to know before believing
 * it; and that nothing from outside steers a reader. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "report/report.h"
#include "report/summary.h"
#include "report_world.h"

static struct mend mends[] = {
    {SIDE_DEVICE, (char *)"add-anchor R", (char *)"Add R to the trust store.",
     (char *)"s/u/a-x#add-anchor R", OUTCOME_CONNECTED},
    {SIDE_ENDPOINT, (char *)"send C", (char *)"Send C as well.",
     (char *)"s/u/a-x#send C", OUTCOME_CONNECTED},
};

static struct experiment experiments[] = {
    {(char *)"drop-pin", SIDE_DEVICE, (char *)"s/u/a-x#drop-pin",
     OUTCOME_REFUSED, REASON_UNKNOWN_CA},
};

static char *stack_notes[] = {(char *)"macros taken back: MBEDTLS_X"};
static char *emulated[] = {(char *)"path building of the old library"};
static char *run_notes[] = {(char *)"the clock is 2026-01-01: today"};
static char *ignored[] = {(char *)"ca.h:12: a certificate in a comment"};
static char *left_out[] = {(char *)"chain.pem:1: an Ed448 key"};

static void add_loss(struct world *w)
{
    struct judgement *j = world_verdict(w, "s", "a-x", VERDICT_BREAKS);

    j->reason = REASON_UNKNOWN_CA;
    j->cell = (char *)"s/u/a-x";
    j->cause = (char *)"No anchor signs it.";
    j->mends = mends;
    j->mends_count = 2;
    j->experiments = experiments;
    j->experiments_count = 1;
    j->notes = stack_notes;
    j->notes_count = 1;
}

static struct world *make(void)
{
    static const char *const names[3] = {"s", "u", "a-x"};
    struct world *w = world_new();
    struct record *r;
    struct judgement *j;

    world_scenario(w, "s", "t", "u");
    w->scenarios[0].title = (char *)"Ti\x1b[2Jtle | <b>\n";
    w->plan_states[0][1].left_out = left_out;
    w->plan_states[0][1].left_out_count = 1;
    world_stack(w, "x", "1");
    world_device(w, "a-x", "a", "x", 100)->ignored = ignored;
    w->plan_devices[0].ignored_count = 1;
    world_device(w, "b-x", "b", "x", 20);
    world_device(w, "c-x", "c", "x", 3);
    world_device(w, "d-x", "d", "x", 4000);
    w->run.notes = run_notes;
    w->run.notes_count = 1;
    add_loss(w);
    world_verdict(w, "s", "b-x", VERDICT_SURVIVES);
    world_verdict(w, "s", "c-x", VERDICT_UNTESTED)->cause =
        (char *)"not served\x07";
    j = world_verdict(w, "s", "d-x", VERDICT_BREAKS);
    j->undiagnosed = 1;
    j->emulated = emulated;
    j->emulated_count = 1;
    r = world_record(w, "s/u/a-x", names, "x", OUTCOME_REFUSED);
    r->reason = REASON_UNKNOWN_CA;
    r->refused_by = PARTY_CLIENT;
    r->shim->native_code = -9984;
    r->shim->native_text = (char *)"bad\x1b]0;x\x07";
    world_index(w);
    return w;
}

static char *summary(const struct world *w)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    assert_non_null(to);
    assert_int_equal(summary_print(to, &w->view, "out"), 0);
    assert_int_equal(fclose(to), 0);
    return text;
}

static char *page(const struct world *w, const char *name)
{
    char dir[] = "/tmp/chainbreak-page-XXXXXX";
    char *path, *text;
    uint8_t *data = NULL;
    size_t size;

    assert_non_null(mkdtemp(dir));
    assert_int_equal(report_write(dir, &w->view), 0);
    path = format("%s/%s", dir, name);
    assert_int_equal(file_read(path, 0, &data, &size), 0);
    text = (char *)data;
    free(path);
    assert_int_equal(file_remove_tree(dir), 0);
    return text;
}

static const struct {
    const char *what, *summary, *html, *markdown;
} wanted[] = {
    {"lost", "4100  lose (2 types, 2 verdicts)",
     "<dt class=\"loses\">4,100</dt>", "| 4100 | 2 | 2 | **lose**"},
    {"kept", "20  keep (1 types, 1 verdicts)", "<dt class=\"keeps\">20</dt>",
     "| 20 | 1 | 1 | **keep**"},
    {"not known", "3  cannot be told (1 types, 1 verdicts)",
     "<dt class=\"unknown\">3</dt>", "| 3 | 1 | 1 | **cannot be told**"},
    {"a mend", "mend, device: Add R to the trust store.",
     "<b>device</b> Add R to the trust store.",
     "device: Add R to the trust store."},
    {"its proof", "shown by s/u/a-x#add-anchor R", "s/u/a-x#add-anchor R",
     "(shown by s/u/a-x#add-anchor R)"},
    {"the other side", "mend, endpoint: Send C as well.",
     "<b>endpoint</b> Send C as well.", "endpoint: Send C as well."},
    {"undiagnosed", "undiagnosed: 1 verdicts", "1 undiagnosed",
     "1 undiagnosed"},
    {"marked so", "undiagnosed: no experiment mended it",
     "undiagnosed: no experiment mended it", "**undiagnosed**"},
    {"macros taken back", "note: macros taken back: MBEDTLS_X",
     "Note: macros taken back: MBEDTLS_X", "note: x: macros taken back"},
    {"emulated", "emulated: path building of the old library",
     "Emulated: path building of the old library",
     "emulated: x: path building of the old library"},
    {"the clock", "note: the clock is 2026-01-01: today",
     "the clock is 2026-01-01: today", "- note: the clock is 2026-01-01"},
    {"a comment", "not trusted: a: ca.h:12: a certificate in a comment",
     "ca.h:12: a certificate in a comment",
     "- not trusted: a: ca.h:12: a certificate in a comment"},
    {"left out", "left out: s: chain.pem:1: an Ed448 key",
     "chain.pem:1: an Ed448 key", "- left out: s: chain.pem:1"},
    {"a title", "s/a-x: breaks, unknown-ca", "Ti\\x1b[2Jtle | &lt;b&gt;\\x0a",
     "Ti\\x1b\\[2Jtle \\| \\<b>\\x0a"},
    {"escaped", "not served\\x07", "bad\\x1b]0;x\\x07", "Ti\\x1b"},
    {"an experiment", NULL, "<td>drop-pin</td>", "| a |"},
};

static void check(const char *where, const char *what, const char *text,
                  const char *part)
{
    if (part && !strstr(text, part))
        fail_msg("%s: %s: no \"%s\" in:\n%s", where, what, part, text);
}

static void says_all(void **state)
{
    struct world *w = make();
    char *texts[3] = {summary(w), page(w, "report.html"), page(w, "report.md")};

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        check("summary", wanted[i].what, texts[0], wanted[i].summary);
        check("page", wanted[i].what, texts[1], wanted[i].html);
        check("Markdown", wanted[i].what, texts[2], wanted[i].markdown);
    }
    for (int i = 0; i < 3; i++) {
        assert_null(strpbrk(texts[i], "\x1b\x07"));
        free(texts[i]);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_all)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
