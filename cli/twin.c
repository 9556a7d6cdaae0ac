/* `chainbreak twin`: options in, one call to pki, a short word about what was
 * written. */
#include "cli/twin.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "pki/pki.h"

struct list { /* NULL-terminated */
    char **items;
    size_t count;
};

struct arguments {
    struct list trust_store, chain, pin;
    struct list *files; /* what the last option named; NULL: not files */
    const char *out;
    int skip, jobs;
};

enum { OPTION_SKIP = 256, OPTION_SKIP_DAMAGED };

static const struct argp_option options[] = {
    {"trust-store", 't', "FILE", 0,
     "Real trust anchors: PEM (also bundles), DER, PKCS#7, a C header or other "
     "source that holds them; may be repeated",
     0},
    {"chain", 'c', "FILE", 0,
     "A real chain, e.g. from `openssl s_client -showcerts`; may be repeated",
     0},
    {"pin", 'p', "HASH", 0,
     "A pin in use: SHA-256 of a certificate or key, or SHA-1 of a "
     "certificate, as hex or sha256//base64; may be repeated",
     0},
    {"out", 'o', "DIR", 0, "Folder to make; must not exist, or be empty", 0},
    {"skip-unsupported", OPTION_SKIP, NULL, 0,
     "Leave out certificates that cannot be twinned, and name them", 0},
    {"skip-damaged", OPTION_SKIP_DAMAGED, NULL, 0,
     "Leave out certificates that cannot be read, and name them", 0},
    {"jobs", 'j', "N", 0, "Threads (default: one per processor)", 0},
    {0},
};

static int list_add(struct list *l, char *item)
{
    char **grown = realloc(l->items, (l->count + 2) * sizeof(char *));

    if (grown == NULL)
        return ENOMEM;
    l->items = grown;
    l->items[l->count++] = item;
    l->items[l->count] = NULL;
    return 0;
}

static int jobs_parse(const char *text, struct argp_state *state)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || n < 1 || n > 1024)
        argp_error(state, "--jobs: '%s' is not a number from 1 to 1024", text);
    return (int)n;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct arguments *a = state->input;

    switch (key) {
    case 't':
        a->files = &a->trust_store;
        return list_add(a->files, text);
    case 'c':
        a->files = &a->chain;
        return list_add(a->files, text);
    case 'p':
        a->files = NULL;
        return list_add(&a->pin, text);
    case 'o':
        a->out = text;
        return 0;
    case 'j':
        a->jobs = jobs_parse(text, state);
        return 0;
    case OPTION_SKIP:
        a->skip |= PKI_SKIP_UNSUPPORTED;
        return 0;
    case OPTION_SKIP_DAMAGED:
        a->skip |= PKI_SKIP_DAMAGED;
        return 0;
    case ARGP_KEY_ARG:
        /* `--trust-store a.pem b.pem`, as a shell's glob gives it. */
        if (a->files != NULL)
            return list_add(a->files, text);
        argp_error(state, "'%s': name files with --trust-store or --chain",
                   text);
        return EINVAL;
    case ARGP_KEY_END:
        if (a->trust_store.count + a->chain.count == 0)
            argp_error(state, "give --trust-store or --chain");
        if (a->out == NULL)
            argp_error(state, "give --out");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Makes the lab twin of real certificates: the same bytes but for "
           "the public keys and the signatures, so that a test endpoint can "
           "sign for a store that holds real roots.\vThe private keys stay in "
           "the cache folder. A pin must belong to one of the given "
           "certificates or to one of the catalog."};

static int twin(const struct arguments *a)
{
    struct twin_options o = {.trust_store = a->trust_store.items,
                             .chain = a->chain.items,
                             .pin = a->pin.items,
                             .out = a->out,
                             .skip = a->skip,
                             .jobs = a->jobs};
    const char *home = home_dir();
    char *catalog = NULL, *templates = NULL;
    struct pki *p = NULL;
    int status = EXIT_HARNESS;

    if (home == NULL) {
        diag("cannot find pki/catalog: set CHAINBREAK_HOME to the folder that "
             "holds it");
        goto out;
    }
    status = EXIT_USAGE_ERROR;
    catalog = format("%s/pki/catalog", home);
    templates = format("%s/pki/templates", home);
    if (catalog != NULL && templates != NULL)
        p = pki_new(catalog, templates, cache_dir());
    if (p == NULL)
        goto out;
    if (pki_twin(p, &o) == 0) {
        printf("%s: lab twins written; fingerprints.md maps originals to "
               "twins\n",
               a->out);
        status = EXIT_HELD;
    }
out:
    pki_free(p);
    free(catalog);
    free(templates);
    return status;
}

int cmd_twin(int argc, char **argv)
{
    struct arguments a = {.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN)};
    int status = EXIT_USAGE_ERROR;

    argp_err_exit_status = EXIT_USAGE_ERROR;
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &a) == 0)
        status = twin(&a);
    free(a.trust_store.items);
    free(a.chain.items);
    free(a.pin.items);
    return status;
}
