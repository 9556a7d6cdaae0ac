/* link(2) is the one call that makes a whole file appear and fails if there is
 * one. Knows nothing of what is written. */
#include "pki/claim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

int claim_write(const char *path, mode_t mode, const void *data, size_t size)
{
    char *draft =
        format("%s.%ld-%lx", path, (long)getpid(), (unsigned long)(size_t)data);
    int status = -1;

    if (draft == NULL || file_write(draft, mode, data, size) != 0)
        goto out;
    if (link(draft, path) == 0)
        status = 0;
    else if (errno == EEXIST)
        status = 1;
    else
        diag("%s: %s", path, strerror(errno));
    unlink(draft);
out:
    free(draft);
    return status;
}
