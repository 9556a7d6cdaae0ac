/* What the person at the bench reads. Must not decide anything. */
#include "board/bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/quantity.h"
#include "base/text.h"
#include "judge/alone.h"

static const char *alert_text(int code)
{
    const char *name = code == ALERT_NONE ? NULL : alert_name((uint8_t)code);

    return name == NULL ? "unknown" : name;
}

static void clock_print(const struct bench *b)
{
    char at[32];

    if (b->has_own_clocks)
        printf("clock      each state's own: set the board's clock to it "
               "(CHAINBREAK_NOW of --trigger tells)\n");
    else
        printf("clock      %s\n", time_format(b->now, at));
}

static void where_print(const struct bench *b)
{
    int is_v6 = strchr(b->address, ':') != NULL;

    printf("listening  %s%s%s:%d, %s inside TLS\n", is_v6 ? "[" : "",
           b->address, is_v6 ? "]" : "", b->port, b->options->application);
    printf("page       http://127.0.0.1:%d/\n", page_port(b->page));
}

static void asking_print(void)
{
    printf("waiting for a board to say which name it asks for (--name HOST "
           "says it beforehand)\n"
           "point it here: with the name's address in the DNS that it uses, "
           "as\n           dnsmasq --address=/HOST/ADDRESS-OF-THIS-MACHINE "
           "(docs/board.md)\n");
}

void text_start(const struct bench *b)
{
    char *roots = results_beside(b->options->out, ".roots");

    where_print(b);
    clock_print(b);
    if (roots != NULL)
        printf("roots      %s/ (for the board's firmware)\n", roots);
    free(roots);
    for (size_t i = 0; i < b->steps.dropped_count; i++) {
        fputs("left out   ", stdout);
        text_print(stdout, b->steps.dropped[i]);
        putchar('\n');
    }
    if (!b->is_name_known)
        asking_print();
    fflush(stdout);
}

void text_steps(const struct bench *b)
{
    size_t cells = 0;

    for (size_t i = 0; i < b->steps.count; i++)
        cells += b->steps.items[i].kind == STEP_CELL;
    fputs("name       ", stdout);
    text_print(stdout, b->name);
    printf("\nsteps      %zu: %zu states of %zu scenarios, %zu roots\n",
           b->steps.count, cells, b->steps.plan->plan.scenarios_count,
           b->steps.anchors);
    fflush(stdout);
}

static void time_print(void)
{
    time_t now = time(NULL);
    struct tm at;
    char text[16];

    localtime_r(&now, &at);
    strftime(text, sizeof(text), "%H:%M:%S", &at);
    printf("%s  ", text);
}

void text_asked(const char *address, const char *sni)
{
    time_print();
    printf("%s asks for ", address);
    text_print(stdout, sni == NULL ? "no name" : sni);
    putchar('\n');
    fflush(stdout);
}

/* How a refusal showed itself. */
static void how_print(const struct record *r)
{
    const struct endpoint_side *e = r->endpoint;
    int code = alone_alert(e);

    if (r->refused_by == PARTY_CLIENT && code != ALERT_NONE)
        printf(", alert %s (%d)", alert_text(code), code);
    else if (r->refused_by == PARTY_CLIENT)
        printf(", %s without an alert", record_hows[e->closed_how]);
    if (e->chose.version != NULL)
        printf("; TLS %s", e->chose.version);
    if (e->certificates > 0)
        printf(", Certificate of %zu bytes", e->certificate_bytes);
    printf(", %.0f ms", e->ms);
}

void text_connection(const struct bench *b, size_t board, size_t step,
                     const struct record *r, enum course_turn turn)
{
    const struct course *c = &b->seats[board].course;
    const struct course_result *result = &c->results[step];

    if (turn == COURSE_RESTED)
        return;
    time_print();
    printf("%s  %zu/%zu ", b->boards[board].name, step + 1, b->steps.count);
    text_print(stdout, b->steps.items[step].title);
    printf(": %s", outcome_name(r->outcome));
    if (r->reason != REASON_NONE)
        printf(", %s", reason_name(r->reason));
    if (r->endpoint != NULL)
        how_print(r);
    if (r->note != NULL) {
        fputs("; ", stdout);
        text_print(stdout, r->note);
    }
    if (turn == COURSE_DONE && result->grade != GRADE_NONE)
        printf(" [%s]", grade_name(result->grade));
    else if (turn == COURSE_AGAIN && step != c->step)
        printf(" (again: the step is over)");
    putchar('\n');
    fflush(stdout);
}

void text_nobody(const char *address, const struct endpoint_side *side)
{
    time_print();
    printf("%s: %s; it counts for nothing\n", address,
           side->hello == NULL ? "no ClientHello" : "none of the boards");
    fflush(stdout);
}

void text_missed(const struct bench *b, size_t board, size_t step)
{
    time_print();
    printf("%s  %zu/%zu ", b->boards[board].name, step + 1, b->steps.count);
    text_print(stdout, b->steps.items[step].title);
    printf(": no connection within %d s\n", b->options->wait_s);
    fflush(stdout);
}

static void grades_print(const struct bench *b, const struct course *c)
{
    size_t counts[GRADE_FAIL + 1] = {0};

    for (size_t i = 0; i < b->steps.count; i++)
        counts[c->results[i].grade]++;
    printf("  %zu pass, %zu pass with warnings, %zu fail, %zu without a grade "
           "(docs/device-advisor.md)\n",
           counts[GRADE_PASS], counts[GRADE_WARNINGS], counts[GRADE_FAIL],
           counts[GRADE_NONE]);
    printf("  suites that it offers: %s\n", grade_name(c->suites));
}

static void retry_print(const struct step *step, const struct course_result *r)
{
    printf("  ");
    text_print(stdout, step->title);
    printf(": %s", retry_sentence(r->retry));
    for (size_t i = 0; i < r->pauses_count; i++)
        printf("%s%.1f", i == 0 ? " (pauses in s: " : " ", r->pauses[i] / 1000);
    printf("%s [%s]\n", r->pauses_count > 0 ? ")" : "", grade_name(r->grade));
}

static void retries_print(const struct bench *b, const struct course *c)
{
    for (size_t i = 0; i < b->steps.count; i++)
        if (b->steps.items[i].repeats > 0)
            retry_print(&b->steps.items[i], &c->results[i]);
}

static void trust_print(const struct bench *b, const struct course *c)
{
    enum trust *trust = calloc(b->steps.anchors + 1, sizeof(*trust));

    if (trust != NULL)
        course_trust(c, trust);
    for (size_t i = 0; trust != NULL && i < b->steps.anchors; i++) {
        fputs("  ", stdout);
        text_print_padded(stdout,
                          b->steps.items[b->steps.first_anchor + i].root, 34);
        printf(" %-14s %s\n", trust_name(trust[i]), trust_sentence(trust[i]));
    }
    free(trust);
}

void text_end(const struct bench *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct course *c = &b->seats[i].course;

        printf("%s, %u connections:\n", b->boards[i].name, c->connections);
        grades_print(b, c);
        if (strcmp(b->options->application, "mqtt") == 0)
            printf("  MQTT: %u CONNECTs answered, %u filters granted, %u "
                   "messages published\n",
                   c->mqtt[0], c->mqtt[1], c->mqtt[2]);
        retries_print(b, c);
        if (b->options->anchors)
            trust_print(b, c);
    }
    fflush(stdout);
}
