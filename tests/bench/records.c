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
#include "base/file.h"

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
    char *client = json_dumps(json_object_get(record, "shim"),
                              JSON_COMPACT | JSON_ENCODE_ANY);
    char *server = json_dumps(json_object_get(record, "endpoint"),
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

/* On the wire an event has its ClientHello with it; in a run's folder each
 * stands once, in hellos.jsonl. Id to hello; empty if there is none. */
static json_t *hellos_load(const char *results)
{
    const char *slash = strrchr(results, '/');
    char *path = format("%.*s/hellos.jsonl", slash ? (int)(slash - results) : 1,
                        slash ? results : ".");
    FILE *f = path ? fopen(path, "r") : NULL;
    json_t *hellos = json_object();
    char *line = NULL;
    size_t room = 0;

    while (f && getline(&line, &room, f) > 0) {
        json_t *hello = json_loads(line, 0, NULL);
        const char *id = json_string_value(json_object_get(hello, "id"));

        if (id)
            json_object_set(hellos, id, hello);
        json_decref(hello);
    }
    free(line);
    if (f)
        fclose(f);
    free(path);
    return hellos;
}

static void hello_put(json_t *record, const json_t *hellos)
{
    json_t *endpoint = json_object_get(record, "endpoint");
    const char *id = json_string_value(json_object_get(endpoint, "hello"));
    json_t *hello = id ? json_object_get(hellos, id) : NULL;

    if (hello)
        json_object_set(endpoint, "hello", hello);
}

int main(int argc, char **argv)
{
    json_t *hellos;
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    double cpu = 0;
    size_t count = 0, room = 0;
    char *line = NULL;

    if (!f) {
        diag("name a results.jsonl");
        return EXIT_USAGE_ERROR;
    }
    hellos = hellos_load(argv[1]);
    while (getline(&line, &room, f) > 0) {
        json_t *record = json_loads(line, 0, NULL);

        if (!record) {
            diag("%s: not a record", argv[1]);
            return EXIT_HARNESS;
        }
        hello_put(record, hellos);
        cpu += cost_of(record);
        count++;
        json_decref(record);
    }
    printf("{\"records\": %zu, \"cpu_seconds\": %.6f}\n", count, cpu);
    free(line);
    json_decref(hellos);
    fclose(f);
    return EXIT_HELD;
}
