/* Counting, and one rule. */
#include "judge/gate_document.h"

#include <string.h>

#include "base/diag.h"

static int is_broken(const char *verdict)
{
    static const char *const broken[] = {"breaks", "insecure", "error"};

    for (size_t i = 0; verdict && i < sizeof broken / sizeof broken[0]; i++)
        if (!strcmp(verdict, broken[i]))
            return 1;
    return 0;
}

/* The built-in devices are on more stack builds than each machine has. */
static int is_users(const json_t *plan, const char *device)
{
    const json_t *list = json_object_get(plan, "devices");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *d = json_array_get(list, i);
        const char *id = json_string_value(json_object_get(d, "id"));

        if (id && device && !strcmp(id, device))
            return json_is_false(json_object_get(d, "built_in"));
    }
    return 0;
}

void gate_document_count(const json_t *plan, const json_t *verdicts,
                         struct gate_document_counts *c)
{
    const json_t *list = json_object_get(verdicts, "verdicts");

    memset(c, 0, sizeof *c);
    c->cells_failed = (size_t)json_integer_value(
        json_object_get(json_object_get(verdicts, "run"), "errors"));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const json_t *met = json_object_get(v, "as_expected");
        const char *verdict = json_string_value(json_object_get(v, "verdict"));

        if (json_is_false(met))
            c->unexpected++;
        else if (json_is_null(met) && is_broken(verdict))
            c->broken++;
        if (verdict && !strcmp(verdict, "not-built") &&
            is_users(plan, json_string_value(json_object_get(v, "device"))))
            c->unanswered++;
    }
}

int gate_document_status(const struct gate_document_counts *c, enum gate gate)
{
    if (c->cells_failed > 0 || c->unanswered > 0)
        return EXIT_HARNESS;
    if (gate == GATE_BREAKS && (c->unexpected > 0 || c->broken > 0))
        return EXIT_BROKEN;
    return EXIT_HELD;
}
