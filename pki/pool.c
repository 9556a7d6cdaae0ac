/* Threads that take the next piece until none is left. Knows nothing of the
 * work. */
#include "pki/pool.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MAX_JOBS = 64 };

struct pool {
    atomic_size_t next;
    atomic_int failed;
    size_t count;
    int (*work)(void *arg, size_t i);
    void *arg;
};

static void *worker(void *arg)
{
    struct pool *p = arg;

    while (!atomic_load(&p->failed)) {
        size_t i = atomic_fetch_add(&p->next, 1);

        if (i >= p->count)
            break;
        if (p->work(p->arg, i) != 0)
            atomic_store(&p->failed, 1);
    }
    return NULL;
}

int pool_run(int jobs, size_t count, int (*work)(void *arg, size_t i),
             void *arg)
{
    struct pool p = {.count = count, .work = work, .arg = arg};
    pthread_t threads[MAX_JOBS];
    int started = 0;

    if (jobs > MAX_JOBS)
        jobs = MAX_JOBS;
    /* This thread works too, so a system without a thread to spare is slow,
     * not broken. */
    while (started < jobs - 1 && (size_t)started + 1 < count &&
           pthread_create(&threads[started], NULL, worker, &p) == 0)
        started++;
    worker(&p);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    return atomic_load(&p.failed) ? -1 : 0;
}
