/* What a device says in MQTT, and what the cloud says to it. */
#include <string.h>

#include "base/file.h"
#include "diagnose/cause.h"
#include "diagnose/change_rows.h"
#include "model/mqtt.h"

enum { KEEP_ALIVE = 1200 }; /* seconds: the most that AWS IoT Core takes */

static const struct mqtt_side *mqtt_of(const struct situation *s)
{
    return s->record->endpoint ? s->record->endpoint->mqtt : NULL;
}

/* Did this rule of the endpoint (docs/mqtt.md) end the connection? */
static int is_closed_for(const struct situation *s, const char *rule)
{
    const struct mqtt_side *m = mqtt_of(s);

    return m && m->closed_for && !strcmp(m->closed_for, rule);
}

int emit_keep_alive(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    const struct edit values = {.value = KEEP_ALIVE};

    return is_closed_for(s, "keep-alive")
               ? edits_add(out, c, format("%d", KEEP_ALIVE), &values)
               : 0;
}

int apply_keep_alive(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    (void)scrap;
    (void)why;
    t->mqtt.keep_alive = e->value;
    return 0;
}

int emit_client_id(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    return is_closed_for(s, "client-id") ? edits_add(out, c, strdup(""), NULL)
                                         : 0;
}

int apply_client_id(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    static char shorter[] = "device";

    (void)e;
    (void)scrap;
    (void)why;
    t->mqtt.client_id = shorter;
    return 0;
}

char *cause_application(const struct situation *s, const struct edit *e)
{
    const struct mqtt_side *m = mqtt_of(s);

    if (!m)
        return cause_alpn(s, e);
    if (is_closed_for(s, "keep-alive"))
        return format("the device's MQTT CONNECT asks for a keep-alive of %u "
                      "s, and the endpoint takes %d at most",
                      m->keep_alive, KEEP_ALIVE);
    if (is_closed_for(s, "client-id") && m->client_id)
        return format("the device's MQTT client id has %zu bytes, and the "
                      "endpoint takes 128 at most",
                      strlen(m->client_id));
    if (m->closed_for)
        return format("TLS is done, and the endpoint ends MQTT by its rule %s",
                      m->closed_for);
    return m->connack > 0
               ? format("the endpoint answers the MQTT CONNECT with code %d",
                        m->connack)
               : NULL;
}
