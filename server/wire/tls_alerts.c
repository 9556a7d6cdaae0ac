/* Alerts, RFC 8446 section 6. */
#include "server/wire/tls_alerts.h"

#include "model/reason.h"
#include "server/wire/list.h"

enum { CLOSE_NOTIFY = 0, USER_CANCELED = 90 };
enum { WARNING = 1, FATAL = 2 };

int tls_alerts_note(struct tls_alerts *a, const uint8_t alert[static 2],
                    int is_13)
{
    if (a->count < TLS_ALERTS_MAX) {
        a->level[a->count] = alert[0];
        a->code[a->count++] = alert[1];
    }
    /* "All the alerts [but closure ones] are error alerts, which MUST be
     * treated as fatal regardless of the AlertLevel" (RFC 8446 section 6.2) */
    return alert[0] == FATAL || alert[1] == CLOSE_NOTIFY ||
           (is_13 && alert[1] != USER_CANCELED);
}

static json_t *level_json(uint8_t level)
{
    if (level == WARNING || level == FATAL)
        return json_string(level == FATAL ? "fatal" : "warning");
    return json_sprintf("0x%02x", level);
}

json_t *tls_alerts_json(const struct tls_alerts *a)
{
    json_t *array = json_array();

    for (size_t i = 0; i < a->count; i++)
        list_add(&array,
                 json_pack("{s:o, s:i, s:s?}", "level", level_json(a->level[i]),
                           "code", (int)a->code[i], "name",
                           alert_name(a->code[i])));
    return array;
}
