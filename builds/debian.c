/* apt answers all questions: `indextargets` for the repositories, and
 * `--print-uris` for places and hashes, which its signatures vouch for. */
#include "builds/debian.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builds/command.h"
#include "base/diag.h"
#include "base/file.h"

static int list_has(char **list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], text))
            return 1;
    return 0;
}

/* Lines of a text as a list without duplicates; cuts the text up. */
static char **lines_unique(char *text)
{
    size_t count = 0, room = 1;
    char **list, *rest = NULL;

    for (const char *p = text; *p; p++)
        room += *p == '\n';
    list = calloc(room + 1, sizeof *list);
    for (char *line = strtok_r(text, "\n", &rest); list && line;
         line = strtok_r(NULL, "\n", &rest))
        if (!list_has(list, count, line) && (list[count] = strdup(line)))
            count++;
    if (!list)
        diag("out of memory");
    return list;
}

static char **targets(const char *form)
{
    const char *argv[] = {"apt-get",  "indextargets", "--no-release-info",
                          "--format", form,           NULL};
    char *text = command_exists("apt-get") ? command_read(argv) : NULL;
    char **list = lines_unique(text ? text : (char[]){""});

    free(text);
    return list;
}

char **debian_mirrors(void)
{
    return targets("$(REPO_URI)");
}

char *debian_architecture(void)
{
    const char *argv[] = {"dpkg", "--print-architecture", NULL};
    char *text = command_read(argv);

    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

/* "http://mirror/debian/ bookworm-updates main" as a line for the other
 * suite: what follows the first '-' of a release stays. */
static void source_line(FILE *to, const char *target, const char *suite)
{
    char uri[1024], release[128], component[128];
    const char *rest;

    if (sscanf(target, "%1023s %127s %127s", uri, release, component) != 3 ||
        !strstr(uri, "debian"))
        return;
    rest = strchr(release, '-');
    for (int i = 0; i < 2; i++)
        fprintf(to, "deb%s %s %s%s %s\n", i ? "-src" : "", uri, suite,
                rest ? rest : "", component);
}

static int sources_write(const char *folder, const char *suite)
{
    char **list = targets("$(REPO_URI) $(RELEASE) $(COMPONENT)");
    char *path = format("%s/sources.list", folder);
    FILE *to = list && path ? fopen(path, "w") : NULL;
    int status = -1;

    if (!to) {
        diag("%s: cannot be written", path ? path : folder);
        goto out;
    }
    for (char **l = list; *l; l++)
        source_line(to, *l, suite);
    status = fclose(to) == 0 ? 0 : -1;
out:
    strings_free(list);
    free(path);
    return status;
}

/* apt's own settings with every place that it writes to below the folder. */
static int config_write(const char *folder)
{
    char *path = format("%s/apt.conf", folder);
    char *text =
        format("Dir::State \"%s\";\nDir::State::status \"%s/status\";\n"
               "Dir::Cache \"%s/cache\";\n"
               "Dir::Etc::sourcelist \"%s/sources.list\";\n"
               "Dir::Etc::sourceparts \"/dev/null\";\n"
               "Dir::Etc::preferencesparts \"/dev/null\";\n"
               "Acquire::Retries \"3\";\nAcquire::Languages "
               "\"none\";\nAPT::Sandbox::User \"root\";\n",
               folder, folder, folder, folder);
    char *status = format("%s/status", folder);
    char *partial = format("%s/lists/partial", folder);
    char *archives = format("%s/cache/archives/partial", folder);
    int done = path && text && status && partial && archives &&
               file_mkdirs(partial, 0755) == 0 &&
               file_mkdirs(archives, 0755) == 0 &&
               file_write(status, 0644, "", 0) == 0 &&
               file_write(path, 0644, text, strlen(text)) == 0;

    free(path);
    free(text);
    free(status);
    free(partial);
    free(archives);
    return done ? 0 : -1;
}

/* Makes apt look at the folder, and brings its lists up to date. A suite
 * without a security part makes `update` fail in part: what matters is whether
 * the package is found. */
static int suite_update(const char *folder, const char *suite)
{
    const char *update[] = {"apt-get", "update", NULL};
    char *config = format("%s/apt.conf", folder);
    char *log = format("%s/log", folder);
    int status = -1;

    if (config && log && config_write(folder) == 0 &&
        sources_write(folder, suite) == 0 &&
        setenv("APT_CONFIG", config, 1) == 0) {
        command_log(log, update);
        status = 0;
    }
    free(config);
    free(log);
    return status;
}

/* apt writes '~' and '+' of versions as %7e and %2b. */
static void percent_decode(char *text)
{
    char *to = text;

    for (const char *from = text; *from; to++) {
        char digits[3] = {0}, *end = digits;
        unsigned long code = 0;

        if (*from == '%' && from[1] && from[2]) {
            memcpy(digits, from + 1, 2);
            code = strtoul(digits, &end, 16);
        }
        *to = end == digits + 2 ? (char)code : *from;
        from += end == digits + 2 ? 3 : 1;
    }
    *to = '\0';
}

/* In "'URI' FILE SIZE SHA256:HASH" lines: the first whose file is wanted. */
static int uris_pick(char *text, int is_source, struct stack_archive *out)
{
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char uri[1024], name[512], hash[128];
        const char *pool;

        if (sscanf(line, "'%1023[^']' %511s %*s SHA256:%127s", uri, name,
                   hash) != 3 ||
            (is_source &&
             (!strstr(name, ".orig.tar.") || strstr(name, ".asc"))))
            continue;
        percent_decode(uri);
        pool = strstr(uri, "/pool/");
        out->file = strdup(pool ? pool + 1 : uri);
        out->sha256 = strdup(hash);
        return out->file && out->sha256 ? 0 : -1;
    }
    return -1;
}

/* "name_VERSION_amd64.deb" or "name_VERSION.orig.tar.gz". */
static char *version_of(const char *file)
{
    const char *from = strrchr(file, '_');
    const char *name = strrchr(file, '/') ? strrchr(file, '/') : file;
    const char *first = strchr(name, '_');
    size_t n;

    if (!from || !first)
        return strdup("");
    n = from > first ? (size_t)(from - first - 1)
                     : strcspn(first + 1, "_") - strlen(".orig.tar.gz");
    return strndup(first + 1, n);
}

int debian_find(const char *package, const char *suite,
                struct stack_archive *out, char **version)
{
    size_t length = strlen(package);
    int is_source = length < 4 || strcmp(package + length - 4, "-dev") != 0;
    const char *binary[] = {"apt-get", "download", "--print-uris", package,
                            NULL};
    const char *source[] = {"apt-get",      "source", "--download-only",
                            "--print-uris", package,  NULL};
    char *folder = format("%s/apt/%s", cache_dir(), suite), *text = NULL;
    int status = -1;

    *out = (struct stack_archive){0};
    *version = NULL;
    if (!folder || suite_update(folder, suite))
        goto out;
    text = command_read(is_source ? source : binary);
    if (!text || uris_pick(text, is_source, out)) {
        diag("%s: not found in %s; %s/log says what apt did", package, suite,
             folder);
        goto out;
    }
    *version = version_of(out->file);
    status = *version ? 0 : -1;
out:
    free(folder);
    free(text);
    return status;
}
