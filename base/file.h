/* Files and folders: whole reads, writes that are all or nothing, and where the
 * project's data lives. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads a whole regular file (a pipe or a device is refused). On success 0,
 * *data is malloc'd (caller frees; a NUL is added behind *size bytes). Refuses
 * more than max bytes (0: 64 MiB). On failure -1, reported with diag. */
int file_read(const char *path, size_t max, uint8_t **data, size_t *size);

/* Writes a file whole: temporary name in the same folder, then rename; with the
 * mode that the umask leaves of `mode`. 0, or -1 reported; never half a file.
 */
int file_write(const char *path, mode_t mode, const void *data, size_t size);

/* mkdir -p with mode for the folders it makes. 0, or -1 reported. */
int file_mkdirs(const char *path, mode_t mode);

/* rm -r. Missing is fine. 0, or -1 reported. */
int file_remove_tree(const char *path);

int file_exists(const char *path);
int file_is_dir(const char *path);

/* Sorted names of the regular files below dir (recursive) that end in suffix,
 * as paths that start with dir. *out is malloc'd, ends with NULL, freed with
 * strings_free. 0, or -1 reported. */
int file_find(const char *dir, const char *suffix, char ***out, size_t *count);

/* malloc'd printf; NULL only when memory is out. */
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void strings_free(char **list);

/* The folder that holds pki/catalog, scenarios/, devices/: $CHAINBREAK_HOME,
 * else the nearest parent of the running program that has pki/catalog. Static
 * storage; NULL if not found (not reported). */
const char *home_dir(void);
/* Where keys and minted certificates are kept: $CHAINBREAK_CACHE, else
 * <home>/build/cache. Static storage. */
const char *cache_dir(void);

#endif
