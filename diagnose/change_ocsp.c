/* Changes of what an endpoint staples to its leaf, and of what a device wants
 * of it. */
#include "diagnose/change_rows.h"

#include <string.h>

#include "pki/staple.h"

static int is_signable(const struct trial *t)
{
    for (int i = 0; i < CHAINS; i++)
        if (t->chains[i].count > 0 && !pki_can_staple(t->chains[i].items[0]))
            return 0;
    return 1;
}

int emit_staple_good(const struct situation *s, const struct change *c,
                     struct edits *out)
{
    return s->trial->policy.staple != STAPLE_GOOD && is_signable(s->trial)
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_staple_good(struct trial *t, const struct edit *e,
                      struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->policy.staple = STAPLE_GOOD;
    return 0;
}

int emit_no_staple(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    return s->trial->policy.staple ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_no_staple(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->policy.staple = STAPLE_NONE;
    return 0;
}

/* A device that says nothing may have a library that asks by itself: the
 * endpoint saw it. */
static int asks(const struct situation *s)
{
    enum { STATUS_REQUEST = 5 };
    const struct endpoint_side *e = s->record->endpoint;

    for (size_t i = 0; e && e->hello && i < e->hello->extensions_count; i++)
        if (e->hello->extensions[i] == STATUS_REQUEST)
            return 1;
    return 0;
}

int emit_no_ocsp(const struct situation *s, const struct change *c,
                 struct edits *out)
{
    return s->trial->tls.ocsp != OCSP_NONE && asks(s)
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_no_ocsp(struct trial *t, const struct edit *e, struct scrap *scrap,
                  const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->tls.ocsp = OCSP_NONE;
    return 0;
}
