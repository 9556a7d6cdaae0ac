/* A list: a connection has few. */
#include "server/app/mqtt_filters.h"

#include <stdlib.h>
#include <string.h>

#include "server/app/mqtt_topic.h"

enum { KEPT_MAX = 50 /* AWS: subscriptions of a connection */ };

struct mqtt_kept {
    struct mqtt_kept *next;
    int as_published;
    size_t size;
    uint8_t topic[];
};

static int is_same(const struct mqtt_kept *k, struct mqtt_text t)
{
    return k->size == t.size &&
           (t.size == 0 || memcmp(k->topic, t.data, t.size) == 0);
}

int mqtt_filters_keep(struct mqtt_filters_kept *list,
                      const struct mqtt_filter *f)
{
    struct mqtt_text t = mqtt_topic_unshared(f->topic);
    struct mqtt_kept *k = list->first;

    while (k && !is_same(k, t))
        k = k->next;
    if (k) {
        k->as_published = f->as_published;
        return 0;
    }
    if (list->count == KEPT_MAX) {
        list->partly = 1;
        return 0;
    }
    k = malloc(sizeof *k + t.size);
    if (k == NULL)
        return -1;
    k->next = list->first;
    k->as_published = f->as_published;
    k->size = t.size;
    if (t.size > 0)
        memcpy(k->topic, t.data, t.size);
    list->first = k;
    list->count++;
    return 0;
}

void mqtt_filters_drop(struct mqtt_filters_kept *list, struct mqtt_text filter)
{
    struct mqtt_text t = mqtt_topic_unshared(filter);
    struct mqtt_kept **at = &list->first;
    struct mqtt_kept *gone;

    while (*at && !is_same(*at, t))
        at = &(*at)->next;
    gone = *at;
    if (gone == NULL)
        return;
    *at = gone->next;
    free(gone);
    list->count--;
}

int mqtt_filters_due(const struct mqtt_filters_kept *list,
                     const struct mqtt_publish *m)
{
    int matched = 0, exact = 0, as_published = 0;

    if (list->partly || m->topic.size == 0)
        return 1;
    for (const struct mqtt_kept *k = list->first; k; k = k->next) {
        struct mqtt_text filter = {k->topic, k->size};

        if (!mqtt_topic_matches(filter, m->topic))
            continue;
        matched = 1;
        exact |= !mqtt_topic_is_wild(filter);
        as_published |= k->as_published;
    }
    return matched && (!m->retain || exact || as_published);
}

void mqtt_filters_clear(struct mqtt_filters_kept *list)
{
    while (list->first) {
        struct mqtt_kept *next = list->first->next;

        free(list->first);
        list->first = next;
    }
    *list = (struct mqtt_filters_kept){NULL, 0, 0};
}
