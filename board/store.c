/* The roots of the bench in the forms that firmware is built from. */
#include "board/bench.h"

#include <stdlib.h>

#include "base/diag.h"
#include "lab/certificates.h"

int store_write(struct bench *b)
{
    const struct certificate_list *store = certificates_of_device(
        b->steps.plan->certificates, b->steps.devices[0]);
    char *dir = results_beside(b->options->out, ".roots");
    int status = -1;

    if (dir != NULL && store != NULL && store->count > 0)
        status = pki_export_roots(store->items, store->count, dir);
    else if (dir != NULL)
        status = pki_export_roots(b->steps.roots, b->steps.roots_count, dir);
    else
        diag("out of memory");
    free(dir);
    return status;
}
