/* A run's plan: what is selected and resolved, as the typed plan that everybody
 * reads (model/plan.h), and the trials that can be made from it. Certificates
 * are minted when the first trial needs them: their facts come then. Starts
 * nothing but `shim --describe`. */
#ifndef LAB_PLAN_H
#define LAB_PLAN_H

#include <stddef.h>

#include "lab/map.h"
#include "lab/trial.h"
#include "model/plan.h"
#include "model/record.h"

struct plan_options {
    char *const
        *scenarios; /* names, globs, files or folders; NULL: all built-in */
    char *const
        *devices; /* globs over ids, files or folders; NULL: all built-in */
    char *const *stacks; /* only these stack builds; NULL: all */
    const char
        *cells; /* file with one "scenario/device" or cell id a line, or NULL */
    struct device *const
        *extra_devices; /* in memory (quick form), NULL-terminated, borrowed */
    struct scenario *const *extra_scenarios;
    char *const *device_options;   /* words of `chainbreak run` that make the
                                      extra devices again; NULL: none */
    char *const *scenario_options; /* the same of the extra scenarios */
    char *const *notes;            /* for the summary; NULL: none */
    const char *work_dir; /* where anchors and chains are written, named by
                             their content; may be shared by runs */
    int jobs;
    int skip; /* enum pki_skip: which certificates to name and leave out */
    const char *engine; /* the TLS library behind the endpoint; NULL: as each
                           state needs */
};

struct stacks;
struct selection;
struct certificates;
struct policies;
struct certificate_list;

struct lab_plan {
    struct plan plan; /* const once made, but for certificates' facts */
    struct stacks *stacks;
    struct selection *selection; /* owns scenarios and devices */
    struct certificates *certificates;
    struct policies *policies;
    size_t *first; /* of each pair: the number of its first cell */
    size_t cells_count;
    size_t *first_state; /* of each scenario: the number of its first state */
    const struct certificate_list **stores;           /* of each device */
    const struct certificate_list *(*chains)[CHAINS]; /* of each state */
    int jobs;                                         /* threads that mint */
    const char *engine;                               /* of the options */
    struct pki_cert **table; /* of each of plan.certificates */
    size_t table_room;
    struct map numbers; /* from a struct pki_cert * to its number */
    size_t *minted;     /* numbers of the certificates that have facts, in the
                           order they were minted */
    size_t minted_count;
};

/* NULL on failure, reported. */
struct lab_plan *lab_plan_new(const struct plan_options *o);
void lab_plan_free(struct lab_plan *p);

/* A cell by its number: pairs in order, the states of each in a row. */
struct lab_cell {
    size_t pair, state; /* indexes */
    const struct plan_scenario *scenario;
    const struct plan_device *device;
    const struct stack *stack; /* NULL: none of this name */
};
struct lab_cell lab_plan_cell(const struct lab_plan *p, size_t cell);
/* "scenario/state/device", malloc'd; NULL if memory is out, reported. */
char *lab_plan_cell_id(const struct lab_plan *p, size_t cell);
/* The number of the cell with this id; cells_count if there is none. */
size_t lab_plan_find(const struct lab_plan *p, const char *id);

/* Everything that the two processes are given for a cell; to be freed. Its
 * certificates are minted, as are those of all states of its scenario. NULL
 * reported. */
struct trial *lab_plan_trial(struct lab_plan *p, size_t cell);
/* Mints certificates by their numbers, or all; then they have facts. 0, or -1
 * reported. */
int lab_plan_mint(struct lab_plan *p, const size_t *numbers, size_t count);
int lab_plan_mint_all(struct lab_plan *p);

#endif
