/* `chainbreak stack`: options in, builds/ does the work. */
#include "cli/stack.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builds/builds.h"
#include "builds/compile.h"
#include "cli/stack_add.h"
#include "base/diag.h"
#include "base/file.h"

struct arguments {
    char **names;
    size_t count;
    int quick, system, optional;
};

enum { OPTION_QUICK = 256, OPTION_SYSTEM, OPTION_OPTIONAL };

static const struct argp_option build_options[] = {
    {"quick", OPTION_QUICK, NULL, 0, "Only those marked `quick: true`", 0},
    {"system", OPTION_SYSTEM, NULL, 0,
     "Only those of this machine's own libraries (`make` builds them)", 0},
    {"optional", OPTION_OPTIONAL, NULL, 0,
     "Exit with status 0 also if some could not be built", 0},
    {0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;
    char **grown;

    switch (key) {
    case OPTION_QUICK:
        a->quick = 1;
        return 0;
    case OPTION_SYSTEM:
        a->system = 1;
        return 0;
    case OPTION_OPTIONAL:
        a->optional = 1;
        return 0;
    case ARGP_KEY_ARG:
        grown = realloc(a->names, (a->count + 1) * sizeof *grown);
        if (!grown)
            return ENOMEM;
        a->names = grown;
        a->names[a->count++] = text;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp build_argp = {
    .options = build_options,
    .parser = parse,
    .args_doc = "[NAME|FILE...]",
    .doc = "Builds stack builds: those named, or all of clients/stacks/. What "
           "is up to date is left alone.\vSources are fetched through this "
           "machine's apt, checked against the SHA-256 in the file, and kept "
           "in $CHAINBREAK_CACHE (build/cache). Nothing is installed."};

static int is_quick(const struct stack_file *f)
{
    return f->quick;
}

static int is_system(const struct stack_file *f)
{
    return f->source == STACK_SYSTEM;
}

/* A file anywhere may not build in the place of one of the folder. */
static int place_check(const struct builds *known, const struct stack_file *f)
{
    const struct stack_file *own = builds_find(known, f->name);
    struct stat a, b;

    if (!own || (stat(own->path, &a) == 0 && stat(f->path, &b) == 0 &&
                 a.st_dev == b.st_dev && a.st_ino == b.st_ino))
        return 0;
    diag("%s: stack: there is a stack build of that name: %s", f->path,
         own->path);
    return -1;
}

/* The builds that were named: of the folder, or a file anywhere. */
static int named_take(struct builds *to, const struct builds *known,
                      const struct arguments *a)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct stack_file *f = builds_find(known, a->names[i]);

        if (!f && !strchr(a->names[i], '/') && !file_exists(a->names[i])) {
            diag("%s: no such stack build; `chainbreak stack list` names them",
                 a->names[i]);
            return -1;
        }
        if (builds_add(to, f ? f->path : a->names[i]) ||
            place_check(known, to->items[to->count - 1]))
            return -1;
    }
    return 0;
}

/* Everything that is built is named relative to the project's folder. */
static int home_enter(void)
{
    if (home_dir() && chdir(home_dir()) == 0)
        return 0;
    diag("the project's folder is not found; set CHAINBREAK_HOME");
    return -1;
}

static int cmd_build(int argc, char **argv)
{
    struct arguments a = {0};
    struct builds known = {0}, named = {0};
    int status = EXIT_USAGE_ERROR;
    size_t failed, lacking;

    if (argp_parse(&build_argp, argc, argv, 0, NULL, &a) || builds_load(&known))
        goto out;
    if (named_take(&named, &known, &a))
        goto out;
    status = EXIT_HARNESS;
    if (home_enter())
        goto out;
    failed = builds_run(a.count ? &named : &known,
                        a.quick    ? is_quick
                        : a.system ? is_system
                                   : NULL,
                        &lacking);
    if (a.count)
        failed += lacking;
    if (failed == 0 || a.optional)
        status = known.broken && !a.count && !a.optional ? EXIT_USAGE_ERROR
                                                         : EXIT_HELD;
out:
    builds_clear(&named);
    builds_clear(&known);
    free(a.names);
    return status;
}

static const struct argp list_argp = {
    .doc = "Lists the stack builds of clients/stacks/ and whether they are "
           "built."};

static const char *state_of(const struct stack_file *f, char **failure)
{
    char *program = compile_program(f->name);
    int built = program && access(program, X_OK) == 0;

    free(program);
    *failure = built ? NULL : builds_failure(f->name);
    return built ? "built" : *failure ? *failure : "not built";
}

static int cmd_list(int argc, char **argv)
{
    struct builds b = {0};
    int status = EXIT_USAGE_ERROR;

    if (argp_parse(&list_argp, argc, argv, 0, NULL, NULL) || builds_load(&b))
        goto out;
    status = EXIT_HARNESS;
    if (home_enter())
        goto out;
    for (size_t i = 0; i < b.count; i++) {
        const struct stack_file *f = b.items[i];
        char *failure;

        printf("%-20s %s (%s)\n", f->name, f->title ? f->title : f->family,
               state_of(f, &failure));
        free(failure);
    }
    status = b.broken ? EXIT_USAGE_ERROR : EXIT_HELD;
out:
    builds_clear(&b);
    return status;
}

static const struct argp remove_argp = {
    .parser = parse,
    .args_doc = "NAME...",
    .doc = "Removes stack files from clients/stacks/, with what was built."};

/* By its name: a file that is wrong can be taken out too. */
static char *file_of(const struct builds *known, const char *name)
{
    const struct stack_file *f = builds_find(known, name);
    char *path;

    if (f || !stack_file_is_name(name))
        return f ? strdup(f->path) : NULL;
    path = format("%s/clients/stacks/%s.yaml", home_dir(), name);
    if (path && file_exists(path))
        return path;
    free(path);
    return NULL;
}

static int remove_one(const struct builds *known, const char *name)
{
    char *folder = compile_folder(name), *program = compile_program(name);
    char *path = file_of(known, name);
    int status = folder && program && path ? file_remove_tree(folder) : -1;

    if (status == 0 && unlink(program) != 0 && errno != ENOENT)
        status = -1;
    if (status == 0 && unlink(path) != 0) {
        diag("%s: %s", path, strerror(errno));
        status = -1;
    }
    free(folder);
    free(program);
    free(path);
    return status;
}

/* All of the names, before one is taken out. */
static int removed_check(const struct builds *known, const struct arguments *a)
{
    if (!a->count)
        diag("stack remove: name a stack build");
    for (size_t i = 0; i < a->count; i++) {
        char *path = file_of(known, a->names[i]);

        free(path);
        if (!path) {
            diag("%s: no such stack build; `chainbreak stack list` names them",
                 a->names[i]);
            return -1;
        }
    }
    return a->count ? 0 : -1;
}

static int cmd_remove(int argc, char **argv)
{
    struct arguments a = {0};
    struct builds known = {0};
    int status = EXIT_USAGE_ERROR;

    if (argp_parse(&remove_argp, argc, argv, 0, NULL, &a) ||
        builds_load(&known) || removed_check(&known, &a))
        goto out;
    status = home_enter() ? EXIT_HARNESS : EXIT_HELD;
    for (size_t i = 0; i < a.count && status == EXIT_HELD; i++)
        if (remove_one(&known, a.names[i]))
            status = EXIT_HARNESS;
out:
    builds_clear(&known);
    free(a.names);
    return status;
}

static void help_print(FILE *to)
{
    fputs("Usage: chainbreak stack list|build|add|remove [OPTION...]\n"
          "TLS libraries at a version and configuration, as clients.\n\n"
          "  list    the stack builds of clients/stacks/\n"
          "  build   fetch and compile them\n"
          "  add     write such a file for your own library, and build it\n"
          "  remove  take one out again\n\nEach has --help.\n",
          to);
}

int cmd_stack(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"list", cmd_list},
                    {"build", cmd_build},
                    {"add", cmd_stack_add},
                    {"remove", cmd_remove}};
    static char invoked[64];
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        snprintf(invoked, sizeof invoked, "chainbreak stack %s", name);
        argv[1] = invoked;
        return commands[i].run(argc - 1, argv + 1);
    }
    if (!strcmp(name, "--help")) {
        help_print(stdout);
        return EXIT_HELD;
    }
    if (*name)
        diag("stack %s: no such command", name);
    help_print(stderr);
    return EXIT_USAGE_ERROR;
}
