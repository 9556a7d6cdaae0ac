/* What a client needs on this machine: its program, and the libraries that are
 * loaded before it. */
#include "model/client.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static const struct library {
    const char *package, *pattern;
} libraries[] = {
    {"libfaketime", "/usr/lib/*/faketime/libfaketime.so.1"},
    {"libnss-wrapper", "/usr/lib/*/libnss_wrapper.so"},
};
enum { FAKETIME, NSS_WRAPPER };

static char *program_in_path(const char *name)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        size_t n = strcspn(path, ":");
        char *at = format("%.*s/%s", (int)n, path, name);

        if (at && access(at, X_OK) == 0 && !file_is_dir(at))
            return at;
        free(at);
        path += n + (path[n] == ':');
    }
    return NULL;
}

char *client_program(const struct client *c)
{
    const char *name = c->command.items[0];
    char *at;

    if (!strchr(name, '/'))
        return program_in_path(name);
    at = *name == '/' ? strdup(name) : format("%s/%s", c->folder, name);
    if (at && access(at, X_OK) == 0 && !file_is_dir(at))
        return at;
    free(at);
    return NULL;
}

static char *library_find(const struct library *l)
{
    char *found = NULL;
    glob_t g;

    if (glob(l->pattern, 0, NULL, &g) == 0) {
        found = strdup(g.gl_pathv[0]);
        globfree(&g);
    }
    return found;
}

/* Appends a library to a list that it takes. */
static char *preload_add(char *list, const struct library *l,
                         const char **lacking)
{
    char *found = list ? library_find(l) : NULL;
    char *longer = NULL;

    if (found)
        longer = format("%s%s%s", list, *list ? ":" : "", found);
    else if (list)
        *lacking = l->package;
    free(found);
    free(list);
    return longer;
}

char *client_preload(const struct client *c, const char **lacking)
{
    char *list = strdup("");

    *lacking = NULL;
    if (c->clock == CLIENT_CLOCK_FAKETIME)
        list = preload_add(list, &libraries[FAKETIME], lacking);
    if (c->nss_wrapper)
        list = preload_add(list, &libraries[NSS_WRAPPER], lacking);
    return list;
}

char *client_lacking(const struct client *c)
{
    const char *library = NULL;
    char *program = client_program(c);
    char *preload = client_preload(c, &library);
    char *text = NULL;

    if (!program && c->package)
        text = format("the Debian package %s", c->package);
    else if (!program)
        text = format("the program %s", c->command.items[0]);
    else if (library)
        text = format("the Debian package %s", library);
    free(program);
    free(preload);
    return text;
}
