/* Level by level; no recursion. */
#include "server/app/mqtt_topic.h"

#include <string.h>

static size_t level(struct mqtt_text t)
{
    const uint8_t *end = t.size ? memchr(t.data, '/', t.size) : NULL;

    return end ? (size_t)(end - t.data) : t.size;
}

static struct mqtt_text behind(struct mqtt_text t, size_t size)
{
    return (struct mqtt_text){t.data + size, t.size - size};
}

static int is_word(struct mqtt_text t, size_t size, char word)
{
    return size == 1 && t.data[0] == (uint8_t)word;
}

int mqtt_topic_matches(struct mqtt_text filter, struct mqtt_text topic)
{
    if (topic.size && topic.data[0] == '$' && filter.size &&
        (filter.data[0] == '+' || filter.data[0] == '#'))
        return 0;
    for (;;) {
        size_t f = level(filter), t = level(topic);

        if (is_word(filter, f, '#'))
            return 1;
        if (!is_word(filter, f, '+') &&
            (f != t || (f && memcmp(filter.data, topic.data, f) != 0)))
            return 0;
        if (f == filter.size || t == topic.size)
            return f == filter.size && t == topic.size;
        filter = behind(filter, f + 1);
        topic = behind(topic, t + 1);
    }
}

int mqtt_topic_is_wild(struct mqtt_text filter)
{
    return filter.size && (memchr(filter.data, '+', filter.size) ||
                           memchr(filter.data, '#', filter.size));
}

int mqtt_topic_begins(struct mqtt_text topic, const char *with)
{
    size_t size = strlen(with);

    return topic.size >= size && memcmp(topic.data, with, size) == 0;
}

/* What stands behind `words` more levels. */
static struct mqtt_text skip_level(struct mqtt_text t)
{
    size_t n = level(t);

    return behind(t, n < t.size ? n + 1 : n);
}

struct mqtt_text mqtt_topic_unshared(struct mqtt_text filter)
{
    static const char share[] = "$share/";

    return mqtt_topic_begins(filter, share)
               ? skip_level(behind(filter, sizeof share - 1))
               : filter;
}

struct mqtt_text mqtt_topic_counted(struct mqtt_text topic)
{
    static const char rules[] = "$aws/rules/";

    return mqtt_topic_begins(topic, rules)
               ? skip_level(behind(topic, sizeof rules - 1))
               : topic;
}

size_t mqtt_topic_slashes(struct mqtt_text topic)
{
    size_t count = 0;

    for (size_t i = 0; i < topic.size; i++)
        count += topic.data[i] == '/';
    return count;
}
