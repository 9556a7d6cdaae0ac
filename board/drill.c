/* A row per drill. */
#include "board/drill.h"

enum { LARGE = 128 * 1024 }; /* the largest message of AWS IoT Core */

static const struct row {
    const char *title;
    struct endpoint_drill rules;
    int is_about_pauses;
} rows[DRILLS] = {
    [DRILL_NO_PUBACK] = {"no PUBACK", {.withhold = "puback"}, 0},
    [DRILL_NO_SUBACK] = {"no SUBACK", {.withhold = "suback"}, 0},
    [DRILL_NO_PINGRESP] = {"no PINGRESP", {.withhold = "pingresp"}, 0},
    [DRILL_MESSAGE] = {"a message of 128 KB", {.greet_bytes = LARGE}, 0},
    [DRILL_FORGOTTEN] = {"a session that has ended", {.forgets = 1}, 0},
    [DRILL_NO_CONNACK] = {"no CONNACK", {.withhold = "connack"}, 1},
    [DRILL_DISCONNECTED] = {"closed each time", {.withhold = NULL}, 1},
};

const char *drill_title(enum drill_kind kind)
{
    return rows[kind].title;
}

const struct endpoint_drill *drill_rules(enum drill_kind kind)
{
    return &rows[kind].rules;
}

int drill_is_about_pauses(enum drill_kind kind)
{
    return rows[kind].is_about_pauses;
}

/* Said for a grade. */
static enum grade say(const char **why, enum grade grade, const char *text)
{
    *why = text;
    return grade;
}

static enum grade grade_again(const struct mqtt_side *m, const char **why,
                              const char *asked)
{
    if (m->drill.withheld == 0)
        return say(why, GRADE_NONE, asked);
    return m->drill.again > 0
               ? say(why, GRADE_PASS, "it sent the packet again")
               : say(why, GRADE_FAIL, "it did not send the packet again");
}

static enum grade grade_ping(const struct endpoint_side *e, const char **why)
{
    if (e->mqtt->drill.withheld == 0)
        return say(why, GRADE_NONE, "it sent no PINGREQ in that time");
    return e->closed_by == PARTY_CLIENT
               ? say(why, GRADE_PASS, "it closed the connection")
               : say(why, GRADE_FAIL, "it kept the connection");
}

static enum grade grade_message(const struct endpoint_side *e, const char **why)
{
    if (!e->mqtt->drill.greeted)
        return say(why, GRADE_NONE, "it subscribed to nothing");
    return e->mqtt->drill.acknowledged
               ? say(why, GRADE_PASS, "it acknowledged the message")
               : say(why, GRADE_FAIL, "it did not acknowledge the message");
}

static enum grade grade_forgotten(const struct mqtt_side *m, const char **why)
{
    if (m->drill.was_clean)
        return say(why, GRADE_NONE, "it asks for no session that stays");
    return m->subscribed > 0
               ? say(why, GRADE_PASS, "it subscribed again")
               : say(why, GRADE_FAIL, "it did not subscribe again");
}

enum grade drill_grade(enum drill_kind kind, const struct endpoint_side *e,
                       const char **why)
{
    if (!e || !e->mqtt || !e->mqtt->drill.there || e->mqtt->version == 0)
        return say(why, GRADE_NONE, "it sent no CONNECT");
    switch (kind) {
    case DRILL_NO_PUBACK:
        return grade_again(e->mqtt, why, "it published nothing with QoS 1");
    case DRILL_NO_SUBACK:
        return grade_again(e->mqtt, why, "it subscribed to nothing");
    case DRILL_NO_PINGRESP:
        return grade_ping(e, why);
    case DRILL_MESSAGE:
        return grade_message(e, why);
    case DRILL_FORGOTTEN:
        return grade_forgotten(e->mqtt, why);
    default:
        return say(why, GRADE_NONE, "");
    }
}
