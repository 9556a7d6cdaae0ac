/* A cell of a pair needs the device's store and the chains of all states: what
 * breaks is told by what worked before. The table's order is the plan's, so the
 * numbers of its certificates do not depend on when they are minted. */
#include "lab/plan_mint.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lab/certificates.h"
#include "lab/map.h"

enum { AHEAD = 32 }; /* certificates that are worth the threads */

struct wanted { /* numbers of certificates that are not minted */
    size_t *numbers;
    size_t count, room;
};

int plan_mint_note(struct lab_plan *lab, const struct certificate_list *l)
{
    struct plan *p = &lab->plan;

    for (size_t i = 0; l && i < l->count; i++) {
        void **place =
            map_place(&lab->numbers, &l->items[i], sizeof(struct pki_cert *));

        if (!place)
            goto fail;
        if (*place)
            continue;
        if (p->certificates_count == lab->table_room) {
            size_t room = lab->table_room ? 2 * lab->table_room : 256;
            struct pki_cert **grown =
                realloc(lab->table, room * sizeof(struct pki_cert *));

            if (!grown)
                goto fail;
            lab->table = grown;
            lab->table_room = room;
        }
        lab->table[p->certificates_count++] = l->items[i];
        map_set_number(place, p->certificates_count);
    }
    return 0;
fail:
    diag("out of memory");
    return -1;
}

size_t plan_mint_number(const struct lab_plan *p, const struct pki_cert *c)
{
    return map_number(map_find(&p->numbers, &c, sizeof(struct pki_cert *))) - 1;
}

static int want(struct wanted *w, size_t number)
{
    if (w->count == w->room) {
        size_t room = w->room ? 2 * w->room : AHEAD;
        size_t *grown = realloc(w->numbers, room * sizeof *grown);

        if (!grown) {
            diag("out of memory");
            return -1;
        }
        w->numbers = grown;
        w->room = room;
    }
    w->numbers[w->count++] = number;
    return 0;
}

/* Those of a list that have no facts yet. */
static int want_list(const struct lab_plan *p, struct wanted *w,
                     const struct certificates_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (!l->items[i]->sha256 &&
            want(w, (size_t)(l->items[i] - p->plan.certificates)))
            return -1;
    return 0;
}

static int want_scenario(const struct lab_plan *p, struct wanted *w,
                         const struct plan_scenario *s)
{
    for (size_t i = 0; i < s->scenario->states_count; i++)
        for (int k = 0; k < CHAINS; k++)
            if (want_list(p, w, &s->states[i].chains[k]))
                return -1;
    return 0;
}

/* The facts of one that has just been minted, unless it was met twice. */
static void keep_facts(struct lab_plan *p, size_t number,
                       struct certificate *of)
{
    struct certificate *to = &p->plan.certificates[number];

    if (to->sha256) {
        certificate_clear(of);
        return;
    }
    *to = *of;
    p->minted[p->minted_count++] = number;
}

static int mint(struct lab_plan *p, const struct wanted *w)
{
    struct pki *pki = certificates_pki(p->certificates);
    struct pki_cert **certs = calloc(w->count + 1, sizeof(struct pki_cert *));
    struct certificate *facts = calloc(w->count + 1, sizeof *facts);
    int status = certs && facts ? 0 : -1;

    if (status)
        diag("out of memory");
    for (size_t i = 0; i < w->count && status == 0; i++)
        certs[i] = p->table[w->numbers[i]];
    if (status == 0)
        status = pki_mint_these(pki, certs, w->count, p->jobs);
    if (status == 0) {
        status = pki_describe_all(certs, w->count, facts, p->jobs);
        for (size_t i = 0; i < w->count; i++)
            if (status)
                certificate_clear(&facts[i]);
            else
                keep_facts(p, w->numbers[i], &facts[i]);
    }
    free(certs);
    free(facts);
    return status;
}

static int mint_wanted(struct lab_plan *p, struct wanted *w, int status)
{
    if (status == 0 && w->count > 0)
        status = mint(p, w);
    free(w->numbers);
    return status;
}

int plan_mint_pair(struct lab_plan *p, size_t pair)
{
    const struct plan_pair *at = &p->plan.pairs[pair];
    struct wanted w = {0};
    int status = want_list(p, &w, &p->plan.devices[at->device].store);
    size_t next = at->scenario;

    if (status == 0)
        status = want_scenario(p, &w, &p->plan.scenarios[next]);
    while (status == 0 && w.count > 0 && w.count < AHEAD &&
           ++next < p->plan.scenarios_count)
        status = want_scenario(p, &w, &p->plan.scenarios[next]);
    return mint_wanted(p, &w, status);
}

int lab_plan_mint(struct lab_plan *p, const size_t *numbers, size_t count)
{
    struct wanted w = {0};
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++)
        if (!p->plan.certificates[numbers[i]].sha256)
            status = want(&w, numbers[i]);
    return mint_wanted(p, &w, status);
}

int lab_plan_mint_all(struct lab_plan *p)
{
    struct wanted w = {0};
    int status = 0;

    for (size_t i = 0; i < p->plan.certificates_count && status == 0; i++)
        if (!p->plan.certificates[i].sha256)
            status = want(&w, i);
    return mint_wanted(p, &w, status);
}
