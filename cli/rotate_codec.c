/* A connection's job is the stack build's want, with what is of it alone. */
#include "cli/rotate_codec.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/diag.h"
#include "base/file.h"

enum { TIMEOUT_MS = 20000 };

/* Takes the reference. */
static char *line_of(json_t *job)
{
    char *line = job == NULL ? NULL : json_dumps(job, JSON_COMPACT);

    if (line == NULL)
        diag("a job cannot be written: out of memory");
    json_decref(job);
    return line;
}

static json_t *session_json(const struct rotate_connect *c)
{
    json_t *filters = json_array();

    for (const char *const *f = c->filters; *f != NULL; f++)
        json_array_append_new(filters, json_string(*f));
    return json_pack(
        "{s:o,s:i,s:o*}", "subscribe", filters, "wait_ms", c->wait_ms,
        "publish",
        c->topic == NULL
            ? NULL
            : json_pack("{s:s,s:s}", "topic", c->topic, "payload", c->payload));
}

char *rotate_job_connect(const struct rotate_connect *c)
{
    json_t *want = json_loads(c->want, 0, NULL);
    json_t *application = json_object_get(want, "application");

    json_object_set_new(want, "clock", json_integer(c->clock));
    json_object_set_new(
        want, "identity",
        json_pack("{s:s,s:s}", "certificate", c->certificate, "key", c->key));
    json_object_set_new(application, "client_id", json_string(c->id));
    json_object_set_new(application, "session", session_json(c));
    return line_of(json_pack("{s:s,s:s,s:i,s:i,s:o}", "id", c->id, "host",
                             "127.0.0.1", "port", c->port, "timeout_ms",
                             TIMEOUT_MS, "want", want));
}

char *rotate_job_request(const char *name, const char *key, const char *kept)
{
    return line_of(json_pack("{s:s,s:{s:s,s:s,s:s*}}", "id", name, "request",
                             "key", key, "name", name, "kept", kept));
}

static const char *uses_name(enum rotation_uses u)
{
    static const char *const names[] = {"nothing", "old", "new"};

    return names[u];
}

static const char *old_name(const struct rotation_cell *c)
{
    return c->old_status[0] == '\0' ? "deleted" : c->old_status;
}

static json_t *cell_json(const struct rotation_cell *c)
{
    enum rotation_verdict v = rotation_cell_verdict(c);
    int is_fault = c->fault != ROTATION_FAULT_NONE;

    return json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:s?,s:b,s:s,s:s,s:o,s:s?,s:s?,"
        "s:{s:s,s:b,s:s?},s:{s:s,s:I}}",
        "id", c->id, "stack", c->stack, "key", c->key, "store",
        rotation_store_name(c->store), "fault", rotation_fault_name(c->fault),
        "step", is_fault ? rotation_step_name(c->step) : NULL, "same_key",
        c->keeps_key, "verdict", rotation_verdict_name(v), "at",
        rotation_step_name(c->at), "rotated_on",
        c->rotated_on < 0 ? json_null() : json_integer(c->rotated_on), "error",
        c->error, "reason", c->reason[0] == '\0' ? NULL : c->reason, "device",
        "uses", uses_name(c->uses), "connects", c->connects_at_end, "reported",
        c->reported[0] == '\0' ? NULL : c->reported, "cloud", "old",
        old_name(c), "others", (json_int_t)c->others);
}

int rotate_codec_write(const char *path, const struct rotation_cell *cells,
                       size_t count)
{
    json_t *list = json_array(),
           *root = json_pack("{s:i,s:O}", "schema", 1, "devices", list);
    char *text = NULL;
    int status = -1;

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, cell_json(&cells[i]));
    if (root != NULL && json_array_size(list) == count)
        text = json_dumps(root, JSON_INDENT(1));
    if (text == NULL)
        diag("%s: out of memory", path);
    else
        status = file_write(path, 0644, text, strlen(text));
    free(text);
    json_decref(root);
    json_decref(list);
    return status;
}
