/* What the JSON of a run costs by itself: for each line of a results.jsonl,
 * both sides' documents are written, read again and written into the record, as
 * the shim, the endpoint and the runner do. Usage: bench-records results.jsonl
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/diag.h"

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One record's share of the work; the record itself is ready before. */
static double cost_of(const json_t *record)
{
    double start = cpu_seconds();
    char *client = json_dumps(json_object_get(record, "client"),
                              JSON_COMPACT | JSON_ENCODE_ANY);
    char *server = json_dumps(json_object_get(record, "server"),
                              JSON_COMPACT | JSON_ENCODE_ANY);
    json_t *c = client ? json_loads(client, JSON_DECODE_ANY, NULL) : NULL;
    json_t *s = server ? json_loads(server, JSON_DECODE_ANY, NULL) : NULL;
    char *line = json_dumps(record, JSON_COMPACT);

    free(line);
    json_decref(c);
    json_decref(s);
    free(client);
    free(server);
    return cpu_seconds() - start;
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    double cpu = 0;
    size_t count = 0, room = 0;
    char *line = NULL;

    if (!f) {
        diag("name a results.jsonl");
        return EXIT_USAGE_ERROR;
    }
    while (getline(&line, &room, f) > 0) {
        json_t *record = json_loads(line, 0, NULL);

        if (!record) {
            diag("%s: not a record", argv[1]);
            return EXIT_HARNESS;
        }
        cpu += cost_of(record);
        count++;
        json_decref(record);
    }
    printf("{\"records\": %zu, \"cpu_seconds\": %.6f}\n", count, cpu);
    free(line);
    fclose(f);
    return EXIT_HELD;
}
