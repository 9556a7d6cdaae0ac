/* Compiler, linker and make write for people; only these patterns of theirs
 * are looked for. */
#include "builds/log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { LINE_MOST = 400 };

struct cause {
    char full[LINE_MOST];    /* no room on the disk: all else follows from it */
    char missing[LINE_MOST]; /* undefined functions, with commas */
    char error[LINE_MOST];   /* the first, the compiler's or chainbreak's own */
    char tool[LINE_MOST], last[LINE_MOST];
};

static void keep_first(char to[LINE_MOST], const char *line)
{
    if (!*to)
        snprintf(to, LINE_MOST, "%s", line);
}

/* make ends its errors with a word of its own. */
static void keep_ours(char to[LINE_MOST], const char *line)
{
    char *stop;

    keep_first(to, line);
    stop = strstr(to, ".  Stop.");
    if (stop)
        *stop = '\0';
}

/* "undefined reference to `NAME'" */
static void missing_add(char list[LINE_MOST], const char *name)
{
    size_t n = strcspn(name, "'\""), have = strlen(list);
    char whole[128];

    snprintf(whole, sizeof whole, "%.*s", (int)n, name);
    if (!strstr(list, whole) && have + n + 3 < LINE_MOST)
        snprintf(list + have, LINE_MOST - have, "%s%s", have ? ", " : "",
                 whole);
}

static void line_look(struct cause *c, const char *line)
{
    static const char undefined[] = "undefined reference to `";
    static const char own[] = "chainbreak: ";
    const char *at;

    if (!*line)
        return;
    if (strstr(line, "No space left on device"))
        keep_first(c->full, line);
    if ((at = strstr(line, undefined)))
        missing_add(c->missing, at + strlen(undefined));
    if ((at = strstr(line, own)))
        keep_ours(c->error, at + strlen(own));
    else if (strncmp(line, "collect2: ", 10) != 0 &&
             (strstr(line, " error: ") || strstr(line, " #error")))
        keep_first(c->error, line);
    else if (strstr(line, ": cannot find ") ||
             strstr(line, ": No such file or directory") ||
             strstr(line, ": not found"))
        keep_first(c->tool, line);
    snprintf(c->last, sizeof c->last, "%s", line);
}

static char *choose(const struct cause *c)
{
    if (*c->full)
        return strdup(c->full);
    if (*c->missing)
        return format("nothing here defines %.200s: give a C file with them "
                      "(files:, --file) if they are the board's; if they are "
                      "the library's, the configuration leaves them out",
                      c->missing);
    if (*c->error)
        return strdup(c->error);
    if (*c->tool)
        return strdup(c->tool);
    return *c->last ? strdup(c->last) : NULL;
}

char *log_cause(const char *path)
{
    struct cause c = {0};
    uint8_t *text = NULL;
    size_t size;
    char *rest = NULL;

    if (file_read(path, 0, &text, &size))
        return NULL;
    for (char *line = strtok_r((char *)text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        line_look(&c, line);
    free(text);
    return choose(&c);
}
