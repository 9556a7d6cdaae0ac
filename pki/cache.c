/* Looks at a folder before it is used. Knows nothing of what it holds. */
#include "pki/cache.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

/* Root in a container often works in a folder of the user outside. */
static int is_ours(uid_t owner)
{
    const char *home = home_dir();
    struct stat st;

    if (owner == geteuid())
        return 1;
    return geteuid() == 0 && home != NULL && stat(home, &st) == 0 &&
           st.st_uid == owner;
}

int cache_folder(const char *path, mode_t mode)
{
    struct stat st;

    if (file_mkdirs(path, mode) != 0)
        return -1;
    if (stat(path, &st) != 0) {
        diag("%s: %s", path, strerror(errno));
        return -1;
    }
    if (!is_ours(st.st_uid)) {
        diag("%s: this folder of keys and certificates belongs to another "
             "user (%ld): set CHAINBREAK_CACHE to one of your own",
             path, (long)st.st_uid);
        return -1;
    }
    if (st.st_mode & S_IWOTH) {
        diag("%s: everybody may write into this folder of keys and "
             "certificates: chmod o-w it, or set CHAINBREAK_CACHE to another",
             path);
        return -1;
    }
    return 0;
}
