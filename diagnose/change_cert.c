/* Changes of what the endpoint's certificates say: the same certificate, issued
 * again by the same issuer but for one thing. */
#include "diagnose/change_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "diagnose/words.h"

/* The certificate of the edit is replaced wherever it is sent. */
static int vary(struct trial *t, const struct edit *e, struct scrap *scrap,
                const struct pki_variation *v, const char **why)
{
    struct pki_cert *fresh = NULL;

    *why = "the certificate is not sent any more";
    for (int k = 0; k < CHAINS; k++)
        for (size_t i = 0; i < t->chains[k].count; i++) {
            if (t->chains[k].items[i] != e->it.cert)
                continue;
            fresh = pki_vary(scrap->pki, e->it.cert, v, why);
            if (!fresh)
                return -1;
            t->chains[k].items[i] = fresh;
        }
    return fresh ? 0 : -1;
}

static int emit_with(const struct change *c, struct edits *out,
                     const struct situation *s, const struct seen *it)
{
    struct edit e = {.it = *it};

    return edits_add(out, c, words_certificate(s, it), &e);
}

/* Only what is out of its time by a clock that is right: else the clock is to
 * be set. */
int emit_renew(const struct situation *s, const struct change *c,
               struct edits *out)
{
    for (size_t i = 0; i < s->chain.count; i++) {
        const struct seen *it = &s->chain.items[i];

        if (!situation_in_time(s, it->fact) &&
            !certificate_is_valid_at(it->fact, s->trial->now) &&
            emit_with(c, out, s, it))
            return -1;
    }
    return 0;
}

int apply_renew(struct trial *t, const struct edit *e, struct scrap *scrap,
                const char **why)
{
    enum { DAY = 24 * 3600, YEAR = 365 * DAY };
    int64_t from = t->now - DAY, to = t->now + YEAR;
    struct pki_variation v = {.not_before = &from, .not_after = &to};

    return vary(t, e, scrap, &v, why);
}

int emit_shrink(const struct situation *s, const struct change *c,
                struct edits *out)
{
    struct edit e = {0};

    if (s->chain.count == 0 || s->chain.items[0].fact->names_count < 2)
        return 0;
    e.it = s->chain.items[0];
    /* What it saves is known once it was made: words_fill is given it then. */
    return edits_add(out, c, strdup(""), &e);
}

int apply_shrink(struct trial *t, const struct edit *e, struct scrap *scrap,
                 const char **why)
{
    struct pki_variation v = {.shrink_names_to = 1};

    return vary(t, e, scrap, &v, why);
}

static const char critical_mark[] = " (critical)";

/* "policyConstraints (malformed) (critical)" to "policyConstraints". */
static char *plain_name(const char *extension)
{
    return strndup(extension, strcspn(extension, " "));
}

/* basicConstraints and keyUsage make a CA: without them it is another thing. If
 * they are malformed it is none anyway. */
static int may_go(const struct certificate *c, const char *name,
                  const char *extension)
{
    if (strstr(extension, "(malformed)"))
        return 1;
    return strcmp(name, "basicConstraints") != 0 &&
           strcmp(name, "subjectAltName") != 0 &&
           !(c->ca == 1 && !strcmp(name, "keyUsage"));
}

/* Critical ones first: a library must refuse those that it does not know. */
int emit_drop_extension(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    int least = change_is_for(c, s->record->reason) ? 0 : 1;

    for (int critical = 1; critical >= least; critical--)
        for (size_t i = 0; i < s->chain.count; i++) {
            const struct certificate *fact = s->chain.items[i].fact;

            for (size_t k = 0; k < fact->extensions_count; k++) {
                const char *extension = fact->extensions[k];
                struct edit e = {.it = s->chain.items[i]};
                char *name, *who, *text;

                if ((strstr(extension, critical_mark) != NULL) != critical)
                    continue;
                name = plain_name(extension);
                who = words_certificate(s, &e.it);
                text = name && who ? format("%s of %s", name, who) : NULL;
                if (!name || !may_go(fact, name, extension)) {
                    free(text);
                    text = NULL;
                } else if (edits_add(out, c, text, &e)) {
                    critical = -1;
                }
                free(name);
                free(who);
            }
        }
    return 0;
}

int apply_drop_extension(struct trial *t, const struct edit *e,
                         struct scrap *scrap, const char **why)
{
    const char *of = strstr(e->text, " of ");
    char *name = of ? strndup(e->text, (size_t)(of - e->text)) : NULL;
    struct pki_variation v = {.drop_extension = name};
    int status;

    *why = "out of memory";
    status = name ? vary(t, e, scrap, &v, why) : -1;
    free(name);
    return status;
}

static int is_plain(const struct certificate *c)
{
    return !strcmp(c->signature_algorithm, "sha256WithRSAEncryption") ||
           !strcmp(c->signature_algorithm, "ecdsa-with-SHA256");
}

/* Which plain algorithm the issuer's key makes is told by the one it made. */
static const char *plain_of(const struct certificate *c)
{
    return strstr(c->signature_algorithm, "ecdsa") ||
                   strstr(c->signature_algorithm, "ECDSA")
               ? "ecdsa-with-SHA256"
               : "sha256WithRSAEncryption";
}

int emit_sign_plain(const struct situation *s, const struct change *c,
                    struct edits *out)
{
    for (size_t i = 0; i < s->chain.count; i++) {
        struct edit e = {.it = s->chain.items[i]};
        char *who;

        if (is_plain(e.it.fact) || e.it.fact->same_issuer)
            continue;
        who = words_certificate(s, &e.it);
        e.value = 0;
        if (!who ||
            edits_add(out, c, format("%s: %s", who, plain_of(e.it.fact)), &e)) {
            free(who);
            return -1;
        }
        free(who);
    }
    return 0;
}

int apply_sign_plain(struct trial *t, const struct edit *e, struct scrap *scrap,
                     const char **why)
{
    struct pki_variation v = {.signature = "sha256"};

    return vary(t, e, scrap, &v, why);
}

int emit_sign_plain_all(const struct situation *s, const struct change *c,
                        struct edits *out)
{
    size_t odd = 0;

    for (size_t i = 0; i < s->chain.count; i++)
        odd += !is_plain(s->chain.items[i].fact) &&
               !s->chain.items[i].fact->same_issuer;
    return odd > 1 ? edits_add(out, c, strdup(plain_of(s->chain.items[0].fact)),
                               NULL)
                   : 0;
}

int apply_sign_plain_all(struct trial *t, const struct edit *e,
                         struct scrap *scrap, const char **why)
{
    struct pki_variation v = {.signature = "sha256"};

    (void)e;
    for (int k = 0; k < CHAINS; k++)
        for (size_t i = 0; i < t->chains[k].count; i++) {
            struct pki_cert *fresh =
                pki_vary(scrap->pki, t->chains[k].items[i], &v, why);

            if (!fresh)
                return -1;
            t->chains[k].items[i] = fresh;
        }
    return 0;
}

static int signs_certificates(const struct certificate *c)
{
    for (size_t i = 0; i < c->key_usage_count; i++)
        if (!strcmp(c->key_usage[i], "keyCertSign"))
            return 1;
    return !c->has_key_usage;
}

int emit_proper_ca(const struct situation *s, const struct change *c,
                   struct edits *out)
{
    for (size_t i = 1; i < s->chain.count; i++) {
        const struct certificate *fact = s->chain.items[i].fact;

        if (fact->ca == 1 && signs_certificates(fact) &&
            (fact->path_length == CERTIFICATE_ABSENT ||
             (size_t)fact->path_length + 1 >= i))
            continue;
        if (emit_with(c, out, s, &s->chain.items[i]))
            return -1;
    }
    return 0;
}

int apply_proper_ca(struct trial *t, const struct edit *e, struct scrap *scrap,
                    const char **why)
{
    struct pki_variation v = {.set_ca = 1};

    return vary(t, e, scrap, &v, why);
}

static int has(char *const *items, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(items[i], what))
            return 1;
    return 0;
}

int emit_server_leaf(const struct situation *s, const struct change *c,
                     struct edits *out)
{
    const struct certificate *leaf =
        s->chain.count ? s->chain.items[0].fact : NULL;

    if (!leaf ||
        ((!leaf->has_key_usage ||
          has(leaf->key_usage, leaf->key_usage_count, "digitalSignature")) &&
         (leaf->extended_key_usage_count == 0 ||
          has(leaf->extended_key_usage, leaf->extended_key_usage_count,
              "serverAuth"))))
        return 0;
    return emit_with(c, out, s, &s->chain.items[0]);
}

int apply_server_leaf(struct trial *t, const struct edit *e,
                      struct scrap *scrap, const char **why)
{
    struct pki_variation v = {.set_server_auth = 1};

    return vary(t, e, scrap, &v, why);
}

/* Of the same kind, so that the policy's suites still fit. */
int emit_leaf_key(const struct situation *s, const struct change *c,
                  struct edits *out)
{
    static const char *const kinds[] = {"rsa-2048", "rsa-3072", "ec-p256"};
    const struct certificate *leaf =
        s->chain.count ? s->chain.items[0].fact : NULL;

    for (size_t i = 0; leaf && i < sizeof kinds / sizeof kinds[0]; i++) {
        struct edit e = {.it = s->chain.items[0]};

        if (kinds[i][0] == leaf->key[0] && strcmp(kinds[i], leaf->key) != 0 &&
            edits_add(out, c, strdup(kinds[i]), &e))
            return -1;
    }
    return 0;
}

int apply_leaf_key(struct trial *t, const struct edit *e, struct scrap *scrap,
                   const char **why)
{
    struct pki_variation v = {.key = e->text};

    return vary(t, e, scrap, &v, why);
}
