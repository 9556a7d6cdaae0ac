/* What can be changed in a cell: changes.def's C face. A change emits edits for
 * a situation; an edit is applied to a trial. Nothing here runs or searches. */
#ifndef DIAGNOSE_CHANGE_H
#define DIAGNOSE_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "diagnose/situation.h"
#include "model/experiment.h"

struct change;

struct edit {
    const struct change *change;
    char *text;        /* what stands behind the change's name; owned; "" */
    struct seen below; /* the certificate that `it` would sign; or empty */
    struct seen it;    /* the certificate that it is about; or empty */
    const struct build *build;  /* or NULL */
    const struct trial *before; /* the state before, or NULL */
    const struct state *state;  /* whose leaf is meant, or NULL */
    int64_t value;              /* a time, a number of bytes, of certificates */
    int64_t bad, good, seed;    /* of a limit: search.h */
    int fits; /* 0: it is told for this very reason; 1: for its kind;
                 2: a try */
};

struct edits {
    struct edit *items;
    size_t count;
};

/* What an applied edit needs and a trial does not own: kept until freed. */
struct scrap {
    struct pki *pki; /* NULL in tests: what needs certificates fails */
    void **items;
    size_t count;
};

typedef int change_emit_fn(const struct situation *s, const struct change *c,
                           struct edits *out);
/* Applies to a copy. 0; -1: it cannot be done, *why says it (static). */
typedef int change_apply_fn(struct trial *t, const struct edit *e,
                            struct scrap *scrap, const char **why);
/* What was seen that explains a failure that this edit ended (or, with NULL,
 * that nothing ended). malloc'd, no capital, no full stop; NULL: nothing. */
typedef char *change_cause_fn(const struct situation *s, const struct edit *e);

struct change {
    const char *name;
    enum side side;
    int cost;     /* of the mend: the cheapest is shown first */
    int explains; /* 0 to 9: how far from the cause; the nearest is told */
    const char *reasons; /* names and classes of reasons, divided by blanks, in
                            which it is tried at once; "*": any */
    change_emit_fn *emit;
    change_apply_fn *apply;
    change_cause_fn *cause;
    const char *mend; /* diagnose/words.h */
};

extern const struct change changes[];
extern const size_t changes_count;

/* Every edit for this situation, those for its reason first. 0, or -1 reported.
 */
int changes_emit(const struct situation *s, struct edits *out);
/* The edit that `text` names (as --try takes it: "add-anchor Amazon Root CA
 * 1"), with a value of the user's own where the change has one. 1 and *out to
 * be cleared; 0: there is none; -1 reported. */
int changes_find(const struct situation *s, const char *text, struct edit *out);
/* Reports that there is no such change, and what there is. */
void changes_refuse(const struct situation *s, const char *text);
void edits_clear(struct edits *e);
void edit_clear(struct edit *e);
/* "add-anchor Amazon Root CA 1"; malloc'd. */
char *edit_name(const struct edit *e);

/* Is it told for this very reason? */
int change_is_for(const struct change *c, enum reason r);
/* For emit functions: appends; `text` is taken (NULL: memory is out). 0, or -1
 * reported. */
int edits_add(struct edits *out, const struct change *c, char *text,
              const struct edit *values);
/* For apply functions: memory that lives as long as the scrap. NULL reported.
 */
void *scrap_alloc(struct scrap *s, size_t size);
char *scrap_text(struct scrap *s, const char *text);
void scrap_clear(struct scrap *s);

#endif
