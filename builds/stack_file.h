/* A stack build as data (docs/adding-a-stack.md): which library, from where,
 * with which configuration, and what class of device it stands for. Read with
 * libcyaml's schema; values are checked here. Const once loaded. */
#ifndef BUILDS_STACK_FILE_H
#define BUILDS_STACK_FILE_H

#include <stddef.h>
#include <stdint.h>

enum stack_source {
    STACK_ARCHIVES,  /* the first archive that can be had */
    STACK_TREE,      /* a source tree on this machine */
    STACK_PREFIX,    /* an installed library: headers and archives below it */
    STACK_LIBRARIES, /* static archives and include folders */
    STACK_SYSTEM     /* the system's own package */
};

struct stack_archive {
    char *file;   /* "pool/main/...": below any Debian mirror of the machine;
                     or a URL; or a path on this machine */
    char *sha256; /* 64 hex digits in lower case */
};

struct stack_file {
    char *path;
    char *name;    /* the program is shim-<name> */
    char *family;  /* a folder clients/<family>/ with a library.mk */
    char *version; /* what the built program must say of itself; may be
                      NULL, as all texts below */
    char *title;
    char *stands_for; /* the class of device */
    char *reference;
    int quick; /* built by `make matrix` */
    enum stack_source source;
    struct stack_archive *archives;
    size_t archives_count;
    char *tree;       /* absolute: STACK_TREE and STACK_PREFIX */
    char **libraries; /* absolute */
    size_t libraries_count;
    char **include; /* absolute */
    size_t include_count;
    char *config;   /* absolute: a configuration header */
    char **defines; /* NAME or NAME=VALUE */
    size_t defines_count;
    char **files; /* absolute: C sources that are linked in (hooks of a
                     firmware) */
    size_t files_count;
};

/* Reads one file. NULL on failure, reported as "file:line: key: what". Free
 * with stack_file_free. */
struct stack_file *stack_file_load(const char *path);
/* Reads from memory (fuzzing); `path` stands for the file in messages, and its
 * folder is where paths start. */
struct stack_file *stack_file_parse(const char *path, const uint8_t *data,
                                    size_t size);
void stack_file_free(struct stack_file *f);

/* May a stack build be called so? A family's name, or one with '@' and more
 * after it: a-z, 0-9, '.', '-', '_'. */
int stack_file_is_name(const char *name);
/* Is a ready client called so? A build of that name would answer in its place.
 */
int stack_file_is_taken(const char *name);

#endif
