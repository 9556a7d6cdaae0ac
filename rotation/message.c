/* JSON as the message says it. */
#include "rotation/message.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/file.h"

static const char prefix[] = "management/topic/";

char *message_topic(const char *id, const char *what)
{
    return format("%s%s/%s", prefix, id, what);
}

int message_topic_read(const char *topic, char **id, const char **what)
{
    const char *begin = topic + strlen(prefix), *slash;

    if (strncmp(topic, prefix, strlen(prefix)) != 0)
        return -1;
    slash = strchr(begin, '/');
    if (slash == NULL || slash == begin || strchr(slash + 1, '/') != NULL)
        return -1;
    *id = strndup(begin, (size_t)(slash - begin));
    *what = slash + 1;
    return *id == NULL ? -1 : 0;
}

char *message_write(const char *key, const char *text)
{
    json_t *json = json_pack("{s:s}", key, text);
    char *written = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

    json_decref(json);
    return written;
}

char *message_read(const char *payload, const char *key)
{
    json_t *json = json_loads(payload, JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(json, key));
    char *out = text == NULL ? NULL : strdup(text);

    json_decref(json);
    return out;
}
