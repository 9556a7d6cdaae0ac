/* Reads control documents. A reason for a refusal is a message of whoever found
 * it, handed on in the event. */
#include "server/control.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "server/server.h"
#include "server/shared.h"
#include "server/states.h"

enum { REASON_ROOM = 1024 };

static void changed_tell(const struct states *states, const char *id)
{
    shared_emit(states->shared,
                json_pack("{s:s, s:s}", "event", "changed", "state", id));
}

/* "add" and "remove" tell the rest themselves. */
static int action_do(struct states *states, const char *action, json_t *state)
{
    const char *id = json_string_value(json_object_get(state, "id"));

    if (strcmp(action, "remove") == 0 && json_is_string(state))
        return states_remove(states, json_string_value(state));
    if (strcmp(action, "add") == 0 && json_is_object(state))
        return states_add(states, state, 0);
    if (strcmp(action, "change") != 0 || !json_is_object(state)) {
        diag("control: add and change take a state, remove takes its id; %s "
             "does not",
             action);
        return -1;
    }
    if (states_change(states, state) != 0)
        return -1;
    changed_tell(states, id);
    return 0;
}

static const char *id_of(const json_t *state)
{
    return json_string_value(
        json_is_string(state) ? state : json_object_get(state, "id"));
}

int control_take(struct states *states, const json_t *document)
{
    char reason[REASON_ROOM];
    json_error_t error;
    const char *action;
    json_t *state = NULL;
    int status = -1;

    diag_capture(reason, sizeof(reason));
    errno = 0;
    /* jansson's unpacking takes a non-const pointer and changes nothing */
    if (json_unpack_ex((json_t *)document, &error, JSON_STRICT, "{s:s, s:o}",
                       "control", &action, "state", &state) != 0)
        diag("control: %s", error.text);
    else
        status = action_do(states, action, state);
    diag_capture(NULL, 0);
    if (status != 0)
        control_refuse(states, id_of(state), reason, server_lacked(errno));
    return status;
}

/* A message that was cut may end within a character. */
static json_t *text_json(const char *text)
{
    json_t *out = json_string(text);
    size_t size = strlen(text);

    for (size_t cut = 1; out == NULL && cut < 4 && cut <= size; cut++)
        out = json_stringn(text, size - cut);
    return out != NULL ? out : json_string("");
}

void control_refuse(struct states *states, const char *state, const char *text,
                    int is_short)
{
    shared_emit(states->shared,
                json_pack("{s:s, s:s?, s:o, s:b}", "event", "refused", "state",
                          state, "text", text_json(text), "harness_short",
                          is_short));
}
