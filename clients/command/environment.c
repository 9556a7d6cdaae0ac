/* An allow list: what is not on it does not reach the command. */
#include "clients/command/environment.h"

#include <stdlib.h>
#include <string.h>

static const char *const allowed[] = {"PATH", "HOME", "LANG", "TZ", "TMPDIR"};
enum { ALLOWED = sizeof allowed / sizeof *allowed };

static int put(const char *name, const char *value)
{
    return value ? setenv(name, value, 1) : 0;
}

/* "NAME=value"; of a "NAME" alone `own` is the value. */
static int put_named(const char *word, const char *own)
{
    const char *equals = strchr(word, '=');
    char *name;
    int r;

    if (!equals)
        return put(word, own);
    name = strndup(word, (size_t)(equals - word));
    if (!name)
        return -1;
    r = put(name, equals + 1);
    free(name);
    return r;
}

int environment_set(char *const *named, size_t count)
{
    const char *own[ALLOWED], **of_named = calloc(count + 1, sizeof *of_named);
    int r = -1;

    if (!of_named)
        return -1;
    /* clearenv lets go of the texts without freeing them. */
    for (size_t i = 0; i < ALLOWED; i++)
        own[i] = getenv(allowed[i]);
    for (size_t i = 0; i < count; i++)
        of_named[i] = getenv(named[i]);
    if (clearenv() != 0)
        goto out;
    for (size_t i = 0; i < ALLOWED; i++)
        if (put(allowed[i], own[i]) != 0)
            goto out;
    if (put("LC_ALL", "C") != 0)
        goto out;
    for (size_t i = 0; i < count; i++)
        if (put_named(named[i], of_named[i]) != 0)
            goto out;
    r = 0;
out:
    free(of_named);
    return r;
}
