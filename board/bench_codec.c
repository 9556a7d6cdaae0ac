/* board.json, what the page asks for while the bench runs, and the lines of
 * connections.jsonl. */
#include "board/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/codec.h"
#include "model/reason.h"

static json_t *pauses_encode(struct codec *c, const struct course_result *r)
{
    json_t *out = json_array();

    for (size_t i = 0; i < r->pauses_count; i++)
        codec_add(c, out, json_real(r->pauses[i]));
    return out;
}

static json_t *result_encode(struct codec *c, const struct bench *b,
                             const struct course *course, size_t at)
{
    const struct course_result *r = &course->results[at];
    const struct step *s = &b->steps.items[at];
    json_t *out = json_object();

    codec_put_text(c, out, "step", s->title);
    if (!r->is_there)
        return out;
    codec_put_text(c, out, "outcome", outcome_name(r->outcome));
    codec_put_text(c, out, "reason", reason_name(r->reason));
    codec_put_text(c, out, "grade", grade_name(r->grade));
    if (r->alert != ALERT_NONE)
        codec_put_number(c, out, "alert", r->alert);
    if (r->alert != ALERT_NONE)
        codec_put_text(c, out, "alert_name", alert_name(r->alert));
    codec_brief_text(c, out, "note", r->note);
    if (s->repeats > 0) {
        codec_put_text(c, out, "retry", retry_name(r->retry));
        codec_put_text(c, out, "retry_meaning", retry_sentence(r->retry));
        codec_put(c, out, "pauses_ms", pauses_encode(c, r));
    }
    if (r->reaction.there)
        codec_put(c, out, "ms", json_real(r->reaction.ms));
    return out;
}

static json_t *trust_encode(struct codec *c, const struct bench *b,
                            const struct course *course)
{
    json_t *out = json_array();
    enum trust *trust = calloc(b->steps.anchors + 1, sizeof(*trust));

    if (trust != NULL)
        course_trust(course, trust);
    for (size_t i = 0; trust != NULL && i < b->steps.anchors; i++) {
        json_t *one = json_object();

        codec_put_text(c, one, "root",
                       b->steps.items[b->steps.first_anchor + i].root);
        codec_put_text(c, one, "answer", trust_name(trust[i]));
        codec_put_text(c, one, "meaning", trust_sentence(trust[i]));
        codec_add(c, out, one);
    }
    free(trust);
    return out;
}

static json_t *board_encode(struct codec *c, const struct bench *b, size_t i)
{
    const struct course *course = &b->seats[i].course;
    json_t *out = json_object(), *steps = json_array();

    codec_put_text(c, out, "board", b->boards[i].name);
    codec_put_text(c, out, "address", b->boards[i].address);
    codec_put_number(c, out, "at", (long long)course->step);
    codec_put_number(c, out, "connections", course->connections);
    codec_put_number(c, out, "waits_s",
                     course_is_over(course)
                         ? 0
                         : (bench_ms() - b->seats[i].waits_since) / 1000);
    for (size_t k = 0; k < b->steps.count; k++)
        codec_add(c, steps, result_encode(c, b, course, k));
    codec_put(c, out, "steps", steps);
    codec_put_text(c, out, "suites", grade_name(course->suites));
    codec_put(c, out, "mqtt",
              json_pack("{s:I, s:I, s:I}", "connects",
                        (json_int_t)course->mqtt[0], "subscribed",
                        (json_int_t)course->mqtt[1], "published",
                        (json_int_t)course->mqtt[2]));
    codec_put(c, out, "roots", trust_encode(c, b, course));
    return out;
}

char *bench_progress(const struct bench *b)
{
    struct codec c = {"board.json", 0};
    json_t *out = json_object(), *boards = json_array();
    char *text;

    codec_put_text(&c, out, "name", b->name);
    codec_put_text(&c, out, "address", b->address);
    codec_put_number(&c, out, "port", b->port);
    if (!b->has_own_clocks)
        codec_put_time(&c, out, "now", b->now);
    codec_put_flag(&c, out, "asks_for_the_name", b->phase == BENCH_ASKING);
    codec_put_texts(&c, out, "left_out", b->steps.dropped,
                    b->steps.dropped_count);
    for (size_t i = 0; i < b->count && b->seats[i].course.steps != NULL; i++)
        codec_add(&c, boards, board_encode(&c, b, i));
    codec_put(&c, out, "boards", boards);
    out = codec_finish(&c, out);
    text = out == NULL ? NULL : json_dumps(out, JSON_INDENT(1));
    json_decref(out);
    return text;
}

char *bench_head_encode(const struct bench *b)
{
    struct codec c = {"connections.jsonl:1", 0};
    json_t *out = json_object();
    char *text;

    codec_put(&c, out, "now",
              b->has_own_clocks ? json_null() : json_integer(b->now));
    codec_put_text(&c, out, "name", b->name);
    out = codec_finish(&c, out);
    text = out == NULL ? NULL : json_dumps(out, JSON_COMPACT);
    json_decref(out);
    return text;
}

char *bench_head_decode(const char *line, size_t size, int64_t *now,
                        int *has_own_clocks)
{
    json_t *head = json_loadb(line, size, 0, NULL);
    const json_t *clock = json_object_get(head, "now");
    const char *text = json_string_value(json_object_get(head, "name"));
    char *name = NULL;

    if (text != NULL && *text != '\0' &&
        (json_is_null(clock) || json_is_integer(clock)))
        name = strdup(text);
    if (name != NULL) {
        *has_own_clocks = json_is_null(clock);
        if (!*has_own_clocks)
            *now = json_integer_value(clock);
    }
    json_decref(head);
    return name;
}

char *bench_line_decode(const char *line, size_t size, int64_t *at)
{
    json_t *told = json_loadb(line, size, 0, NULL);
    const json_t *when = json_object_get(told, "at");
    const json_t *event = json_object_get(told, "event");
    char *text = NULL;

    if (json_is_integer(when) && json_is_object(event))
        text = json_dumps(event, JSON_COMPACT);
    *at = json_integer_value(when);
    json_decref(told);
    return text;
}
