/* Changes that belong to who the two sides are: names, client certificates, and
 * the checks that a device leaves out. */
#include "diagnose/change_rows.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "diagnose/words.h"

static int wants_identity(const struct situation *s)
{
    return s->trial->client_auth && !strcmp(s->trial->client_auth, "require");
}

int emit_give_identity(const struct situation *s, const struct change *c,
                       struct edits *out)
{
    return wants_identity(s) && !s->trial->identity
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_give_identity(struct trial *t, const struct edit *e,
                        struct scrap *scrap, const char **why)
{
    struct pki_cert *ca = NULL;

    (void)e;
    t->identity = pki_want_identity(scrap->pki, "rsa-2048", t->now, &ca);
    if (!t->identity || pki_mint(scrap->pki, 1)) {
        *why = "the client certificate cannot be made";
        return -1;
    }
    if (!t->identity_ca)
        t->identity_ca = ca;
    return 0;
}

int emit_no_client_auth(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    return wants_identity(s) ? edits_add(out, c, strdup(""), NULL) : 0;
}

int apply_no_client_auth(struct trial *t, const struct edit *e,
                         struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->client_auth = "request";
    return 0;
}

static int is_address(const char *name)
{
    unsigned char buffer[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, buffer) == 1 ||
           inet_pton(AF_INET6, name, buffer) == 1;
}

/* The leaf has this very text already. */
static int leaf_names(const struct situation *s, const char *text)
{
    const struct certificate *leaf = s->chain.items[0].fact;

    for (size_t i = 0; i < leaf->names_count; i++)
        if (!strcmp(leaf->names[i], text))
            return 1;
    return 0;
}

static int name_with(const struct situation *s, const struct change *c,
                     struct edits *out, const char *kind)
{
    struct edit e = {.it = s->chain.items[0]};
    char *text = format("%s:%s", kind, s->trial->name);

    if (text && leaf_names(s, text)) {
        free(text);
        return 0;
    }
    return edits_add(out, c, text, &e);
}

int emit_name(const struct situation *s, const struct change *c,
              struct edits *out)
{
    if (!s->trial->verify.name || s->chain.count == 0)
        return 0;
    if (is_address(s->trial->name) && name_with(s, c, out, "IP"))
        return -1;
    return name_with(s, c, out, "DNS");
}

int apply_name(struct trial *t, const struct edit *e, struct scrap *scrap,
               const char **why)
{
    struct pki_variation v = {.add_name = e->text};

    *why = "the leaf is not there any more";
    for (int k = 0; k < CHAINS; k++) {
        struct trial_list *l = &t->chains[k];

        if (l->count == 0 || l->items[0] != e->it.cert)
            continue;
        e->it.cert ? (l->items[0] = pki_vary(scrap->pki, e->it.cert, &v, why))
                   : NULL;
        return l->items[0] ? 0 : -1;
    }
    return -1;
}

/* The first dNSName that is no pattern. */
int emit_ask_for(const struct situation *s, const struct change *c,
                 struct edits *out)
{
    static const char dns[] = "DNS:";
    const struct certificate *leaf =
        s->chain.count ? s->chain.items[0].fact : NULL;

    for (size_t i = 0; leaf && i < leaf->names_count; i++) {
        const char *name = leaf->names[i];

        if (strncmp(name, dns, strlen(dns)) != 0 || strchr(name, '*') ||
            !strcmp(name + strlen(dns), s->trial->name))
            continue;
        return edits_add(out, c, strdup(name + strlen(dns)), NULL);
    }
    return 0;
}

int apply_ask_for(struct trial *t, const struct edit *e, struct scrap *scrap,
                  const char **why)
{
    t->name = scrap_text(scrap, e->text);
    *why = "out of memory";
    return t->name ? 0 : -1;
}

int emit_check_chain(const struct situation *s, const struct change *c,
                     struct edits *out)
{
    return s->attack && !s->trial->verify.chain
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_check_chain(struct trial *t, const struct edit *e,
                      struct scrap *scrap, const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->verify.chain = t->verify.name = t->verify.time = 1;
    return 0;
}

int emit_check_name(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    return s->attack && s->trial->verify.chain && !s->trial->verify.name
               ? edits_add(out, c, strdup(""), NULL)
               : 0;
}

int apply_check_name(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    (void)e;
    (void)scrap;
    (void)why;
    t->verify.name = 1;
    return 0;
}

static int looks_at_no_dates(const struct situation *s)
{
    return !s->trial->verify.time ||
           (s->trial->device && s->trial->device->clock == CLOCK_NONE);
}

int emit_check_time(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    struct edit e = {.value = s->trial->now};

    return s->attack && s->trial->verify.chain && looks_at_no_dates(s)
               ? edits_add(out, c, strdup(""), &e)
               : 0;
}

int apply_check_time(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    struct device *d = scrap_alloc(scrap, sizeof *d);

    *why = "out of memory";
    if (!d)
        return -1;
    *d = *t->device;
    d->clock = CLOCK_TRUE;
    d->verify.time = 1;
    t->device = d;
    t->verify.time = 1;
    t->clock = e->value;
    return 0;
}
