/* The folder that keeps keys and certificates. What lies in it is believed, so
 * nobody else may write there. */
#ifndef PKI_CACHE_H
#define PKI_CACHE_H

#include <sys/types.h>

/* Makes the folder, with mode for what it makes, and sees that it is ours:
 * its owner is this user (for root also the owner of the project's own folder),
 * and not everybody may write into it. 0, or -1 reported. */
int cache_folder(const char *path, mode_t mode);

#endif
