/* connections.jsonl: a first line with clock and name, then a line per
 * connection: when it was told, and the endpoint's event as it came. */
#include "board/bench.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

static const char file_name[] = "connections.jsonl";
static const char event_key[] = ",\"event\":";

static char *path_of(const char *folder)
{
    return format("%s/%s", folder, file_name);
}

static int head_read(const char *line, int64_t *now, int *own, char *name)
{
    static const char now_key[] = "{\"now\":", name_key[] = ",\"name\":\"";
    const char *at = line + sizeof(now_key) - 1;
    char *end;
    size_t size;

    if (strncmp(line, now_key, sizeof(now_key) - 1) != 0)
        return -1;
    *own = strncmp(at, "null", 4) == 0;
    *now = strtoll(at, &end, 10);
    at = *own ? at + 4 : end;
    if (strncmp(at, name_key, sizeof(name_key) - 1) != 0)
        return -1;
    at += sizeof(name_key) - 1;
    size = strcspn(at, "\"");
    if (size == 0 || size > 255)
        return -1;
    memcpy(name, at, size);
    name[size] = '\0';
    return 0;
}

int log_look(struct bench *b, const char *out)
{
    size_t size = strlen(out);
    char *folder, *path, *line = NULL, name[256];
    size_t room = 0;
    FILE *f;
    int own = 0;
    int64_t now = 0;

    while (size > 1 && out[size - 1] == '/')
        size--;
    folder = format("%.*s.partial", (int)size, out);
    path = folder == NULL ? NULL : path_of(folder);
    f = path == NULL ? NULL : fopen(path, "re");
    if (f != NULL && getline(&line, &room, f) > 0 &&
        head_read(line, &now, &own, name) == 0) {
        b->now = now;
        b->has_own_clocks = own;
        free(b->name);
        b->name = strdup(name);
        b->is_name_known = b->name != NULL;
    }
    if (f != NULL)
        fclose(f);
    free(line);
    free(path);
    free(folder);
    return 0;
}

/* The connection of a line; -1: it is none (the last one may be torn). */
static int line_take(struct bench *b, const char *line, size_t size,
                     int (*take)(struct bench *b, int64_t at, const char *line,
                                 size_t size))
{
    static const char at_key[] = "{\"at\":";
    char *end;
    int64_t at;

    if (size < sizeof(at_key) || line[size - 1] != '\n' ||
        strncmp(line, at_key, sizeof(at_key) - 1) != 0)
        return -1;
    at = strtoll(line + sizeof(at_key) - 1, &end, 10);
    if (strncmp(end, event_key, sizeof(event_key) - 1) != 0)
        return -1;
    end += sizeof(event_key) - 1;
    /* without the "}" of ours and the line's end */
    return take(b, at, end, (size_t)(line + size - 2 - end));
}

static int replay(struct bench *b, FILE *f, long *whole,
                  int (*take)(struct bench *b, int64_t at, const char *line,
                              size_t size))
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size = getline(&line, &room, f);

    *whole = size > 0 && line[size - 1] == '\n' ? ftell(f) : 0;
    while (*whole > 0 && (size = getline(&line, &room, f)) > 0) {
        if (line_take(b, line, (size_t)size, take) != 0)
            break;
        *whole = ftell(f);
    }
    free(line);
    return 0;
}

static int head_write(struct bench *b)
{
    int n = b->has_own_clocks
                ? fprintf(b->log, "{\"now\":null,\"name\":\"%s\"}\n", b->name)
                : fprintf(b->log, "{\"now\":%" PRId64 ",\"name\":\"%s\"}\n",
                          b->now, b->name);

    return n > 0 && fflush(b->log) == 0 ? 0 : -1;
}

int log_open(struct bench *b, int (*take)(struct bench *b, int64_t at,
                                          const char *line, size_t size))
{
    char *path = path_of(results_partial(b->results));
    FILE *f = path == NULL ? NULL : fopen(path, "re");
    long whole = 0;
    int status = 0;

    if (f != NULL) {
        replay(b, f, &whole, take);
        fclose(f);
    }
    b->log = path == NULL ? NULL : fopen(path, whole > 0 ? "r+e" : "we");
    if (b->log == NULL ||
        (whole > 0 && (ftruncate(fileno(b->log), whole) != 0 ||
                       fseek(b->log, 0, SEEK_END) != 0)) ||
        (whole == 0 && head_write(b) != 0)) {
        diag("%s: %s", path == NULL ? file_name : path, strerror(errno));
        status = -1;
    }
    free(path);
    return status;
}

int log_add(struct bench *b, int64_t at, const char *line, size_t size)
{
    if (fprintf(b->log, "{\"at\":%" PRId64 "%s", at, event_key) > 0 &&
        fwrite(line, 1, size, b->log) == size && fputs("}\n", b->log) >= 0 &&
        fflush(b->log) == 0)
        return 0;
    diag("%s: %s", file_name, strerror(errno));
    return -1;
}
