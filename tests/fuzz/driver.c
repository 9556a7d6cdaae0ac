/* Stands in for libFuzzer where clang does not have it: takes the same arguments, mutates the seeds at random and calls the
 * target until the time is over. No coverage feedback. Knows nothing of the targets. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEDS = 512, INPUT = 16384 };

static struct {
    uint8_t *data;
    size_t size;
} seeds[SEEDS];
static size_t seeds_count;

static uint64_t random_next(void)
{
    static uint64_t x = 88172645463325252u; /* xorshift64: the same each run */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static void seed_add(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(INPUT);

    if (f && data && seeds_count < SEEDS) {
        seeds[seeds_count].data = data;
        seeds[seeds_count++].size = fread(data, 1, INPUT, f);
        data = NULL;
    }
    free(data);
    if (f)
        fclose(f);
}

static void seeds_load(const char *dir)
{
    char path[4096];
    struct dirent *e;
    DIR *d = opendir(dir);

    if (!d)
        return;
    while ((e = readdir(d))) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.')
            seed_add(path);
    }
    closedir(d);
}

static size_t mutate(uint8_t *data, size_t size)
{
    size_t edits = 1 + random_next() % 8;

    while (edits--) {
        size_t at = size ? random_next() % size : 0;
        size_t n = 1 + random_next() % 16;

        switch (random_next() % 5) {
        case 0: /* flip a bit */
            if (size)
                data[at] ^= (uint8_t)(1u << (random_next() % 8));
            break;
        case 1: /* set a byte */
            if (size)
                data[at] = (uint8_t)random_next();
            break;
        case 2: /* remove some */
            if (n > size - at)
                n = size - at;
            memmove(data + at, data + at + n, size - at - n);
            size -= n;
            break;
        case 3: /* repeat some */
            if (n > size - at)
                n = size - at;
            if (size + n <= INPUT) {
                memmove(data + at + n, data + at, size - at);
                size += n;
            }
            break;
        default: /* cut off */
            if (random_next() % 16 == 0)
                size = at;
        }
    }
    return size;
}

int main(int argc, char **argv)
{
    static uint8_t data[INPUT];
    unsigned long runs = 0;
    time_t end = time(NULL) + 10;

    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "-max_total_time=", 16))
            end = time(NULL) + atoi(argv[i] + 16);
        else if (argv[i][0] != '-')
            seeds_load(argv[i]);
    }
    while (time(NULL) < end) {
        size_t size = 0;

        if (seeds_count) {
            size_t s = random_next() % seeds_count;
            size = seeds[s].size;
            memcpy(data, seeds[s].data, size);
        }
        if (runs >= seeds_count)
            size = mutate(data, size);
        /* An exact copy on the heap, so that ASan sees a read past it. */
        uint8_t *copy = malloc(size ? size : 1);
        if (!copy)
            return 1;
        memcpy(copy, data, size);
        LLVMFuzzerTestOneInput(copy, size);
        free(copy);
        runs++;
    }
    printf("DONE %lu runs without feedback\n", runs);
    return 0;
}
