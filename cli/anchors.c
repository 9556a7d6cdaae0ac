/* Must not know who will read it. */
#include "cli/anchors.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/pem.h"

static int anchor_append(struct pki *p, char **pem,
                         const struct trial_list *chain)
{
    struct pki_cert *last, *root;
    const uint8_t *der;
    size_t size;
    char *block, *joined = NULL;

    if (chain->count == 0)
        return 0;
    last = chain->items[chain->count - 1];
    root = pki_issuer_certificate(p, last);
    der = pki_der(root == NULL ? last : root, &size);
    block = pem_certificate(der, size);
    if (block != NULL && strstr(*pem, block) != NULL) {
        free(block);
        return 0;
    }
    if (block != NULL)
        joined = format("%s%s", *pem, block);
    free(block);
    if (joined == NULL) {
        diag("out of memory");
        return -1;
    }
    free(*pem);
    *pem = joined;
    return 0;
}

int anchors_write(struct pki *p, const struct trial *const *trials,
                  size_t count, const char *path)
{
    char *pem = strdup("");
    int status = pem == NULL ? -1 : 0;

    for (size_t i = 0; i < count && status == 0; i++)
        for (int k = 0; k < CHAINS && status == 0; k++)
            status = anchor_append(p, &pem, &trials[i]->chains[k]);
    if (status == 0)
        status = file_write(path, 0644, pem, strlen(pem));
    free(pem);
    return status;
}
