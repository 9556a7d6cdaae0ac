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

static char *path_of(const char *folder)
{
    return format("%s/%s", folder, file_name);
}

int log_look(struct bench *b)
{
    char *folder = results_beside(b->options->out, ".partial");
    char *path = folder == NULL ? NULL : path_of(folder);
    FILE *f = path == NULL ? NULL : fopen(path, "re");
    char *line = NULL, *name = NULL;
    size_t room = 0;
    ssize_t size = f == NULL ? 0 : getline(&line, &room, f);
    int status = path == NULL ? -1 : 0;

    if (size > 0)
        name =
            bench_head_decode(line, (size_t)size, &b->now, &b->has_own_clocks);
    if (name != NULL) {
        free(b->name);
        b->name = name;
        b->is_name_known = 1;
    }
    if (status != 0)
        diag("out of memory");
    if (f != NULL)
        fclose(f);
    free(line);
    free(folder);
    free(path);
    return status;
}

/* The connection of a line; -1: it is none (the last one may be torn). */
static int line_take(struct bench *b, const char *line, size_t size,
                     int (*take)(struct bench *b, int64_t at, const char *line,
                                 size_t size))
{
    int64_t at;
    char *event;
    int status;

    if (line[size - 1] != '\n')
        return -1;
    event = bench_line_decode(line, size, &at);
    status = event == NULL ? -1 : take(b, at, event, strlen(event));
    free(event);
    return status;
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
    char *head = bench_head_encode(b);
    int n = head == NULL ? -1 : fprintf(b->log, "%s\n", head);

    free(head);
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
    if (fprintf(b->log, "{\"at\":%" PRId64 ",\"event\":", at) > 0 &&
        fwrite(line, 1, size, b->log) == size && fputs("}\n", b->log) >= 0 &&
        fflush(b->log) == 0)
        return 0;
    diag("%s: %s", file_name, strerror(errno));
    return -1;
}
