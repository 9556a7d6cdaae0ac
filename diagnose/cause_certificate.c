/* Causes that lie in what one certificate says: its names, extensions,
 * signature and key. */
#include "diagnose/change_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "diagnose/cause.h"
#include "diagnose/words.h"

static const char critical_mark[] = " (critical)";

/* "DNS:x" or "IP:x" of x. */
static int is_of(const char *entry, const char *name)
{
    const char *colon = strchr(entry, ':');

    return colon && !strcmp(colon + 1, name);
}

char *cause_name(const struct situation *s, const struct edit *e)
{
    const struct seen *leaf = s->chain.count ? &s->chain.items[0] : NULL;
    char *names = leaf ? words_names(leaf->fact) : NULL, *out = NULL;
    size_t dns = 0, ip = 0, wild = 0, there = 0;
    const char *more = "";

    for (size_t i = 0; leaf && i < leaf->fact->names_count; i++) {
        dns += !strncmp(leaf->fact->names[i], "DNS:", 4);
        ip += !strncmp(leaf->fact->names[i], "IP:", 3);
        wild += strchr(leaf->fact->names[i], '*') != NULL;
        there += is_of(leaf->fact->names[i], s->trial->name);
    }
    if (e && !strncmp(e->text, "DNS:", 4) && dns == 0 && ip > 0)
        more = ": an iPAddress, and this build compares dNSNames (it connects "
               "with one)";
    else if (leaf && leaf->fact->has_san && dns == 0 && ip == 0)
        more = ", no dNSName, so this library does not look at the CN";
    else if (wild)
        more = ", a pattern that this library does not take for that name";
    else if (there)
        more = ": it is there, and this build does not find it";
    if (names)
        out = format("the device asks for %s, and the leaf %s%s",
                     s->trial->name, names, more);
    free(names);
    return out;
}

/* "policyConstraints (critical) of Mid". */
static char *criticals(const struct situation *s)
{
    static const char *const usual[] = {"basicConstraints", "keyUsage"};
    char *out = NULL;

    for (size_t i = 0; i < s->chain.count; i++)
        for (size_t k = 0; k < s->chain.items[i].fact->extensions_count; k++) {
            const char *name = s->chain.items[i].fact->extensions[k];
            const char *mark = strstr(name, critical_mark);
            char *who, *longer;
            int is_usual = 0;

            for (size_t u = 0; u < sizeof usual / sizeof usual[0]; u++)
                is_usual |= !strncmp(name, usual[u], strlen(usual[u]));
            if (!mark || is_usual)
                continue;
            who = words_certificate(s, &s->chain.items[i]);
            longer =
                who ? format("%s%s%.*s of number %zu (%s)", out ? out : "",
                             out ? ", " : "", (int)(mark - name), name, i, who)
                    : NULL;
            free(who);
            free(out);
            out = longer;
        }
    return out;
}

/* The extension of this name as the facts have it, with its marks; or "". */
static const char *as_listed(const struct certificate *c, const char *name,
                             size_t size)
{
    for (size_t i = 0; i < c->extensions_count; i++)
        if (strcspn(c->extensions[i], " ") == size &&
            !strncmp(c->extensions[i], name, size))
            return c->extensions[i];
    return "";
}

char *cause_extension(const struct situation *s, const struct edit *e)
{
    char *list, *out;
    const char *of = e ? strstr(e->text, " of ") : NULL;
    size_t at = 0;

    if (of) {
        const char *listed =
            as_listed(e->it.fact, e->text, (size_t)(of - e->text));

        while (at < s->chain.count &&
               strcmp(s->chain.items[at].fact->sha256, e->it.fact->sha256) != 0)
            at++;
        return format("the %s%sextension %.*s of certificate number %zu (%s) "
                      "is what the device refuses: without it, it connects",
                      strstr(listed, "(malformed)") ? "malformed " : "",
                      strstr(listed, critical_mark) ? "critical " : "",
                      (int)(of - e->text), e->text, at, of + 4);
    }
    list = criticals(s);
    out = list ? format("a certificate has a critical extension that the "
                        "device does not take: there is %s",
                        list)
               : NULL;
    free(list);
    return out ? out : strdup(reason_sentence(s->record->reason));
}

/* "rsassaPss with SHA-256 (number 0 and 1)". */
char *cause_signature(const struct situation *s, const struct edit *e)
{
    const char *algorithm = NULL;
    char *numbers = strdup(""), *out;
    size_t found = 0;

    (void)e;
    for (size_t i = 0; numbers && i < s->chain.count; i++) {
        const struct certificate *c = s->chain.items[i].fact;
        char *longer;

        if (c->same_issuer ||
            !strcmp(c->signature_algorithm, "sha256WithRSAEncryption") ||
            !strcmp(c->signature_algorithm, "ecdsa-with-SHA256"))
            continue;
        if (algorithm && strcmp(algorithm, c->signature_algorithm) != 0)
            continue;
        algorithm = c->signature_algorithm;
        longer = format("%s%s%zu", numbers, found++ ? " and " : "", i);
        free(numbers);
        numbers = longer;
    }
    out = algorithm && numbers
              ? format("%s %s %s signed with %s, which the device does not "
                       "accept",
                       found > 1 ? "certificates" : "certificate", numbers,
                       found > 1 ? "are" : "is", algorithm)
              : strdup(reason_sentence(s->record->reason));
    free(numbers);
    return out;
}

char *cause_ca(const struct situation *s, const struct edit *e)
{
    const struct certificate *c = e && e->it.fact ? e->it.fact : NULL;
    char *who = c ? words_certificate(s, &e->it) : NULL, *out = NULL;

    if (!who)
        return strdup(reason_sentence(s->record->reason));
    if (c->ca == CERTIFICATE_ABSENT)
        out = format("%s signs another certificate and has no basicConstraints",
                     who);
    else if (c->ca == 0)
        out = format("%s signs another certificate and says CA:FALSE", who);
    else if (c->path_length != CERTIFICATE_ABSENT)
        out = format("%s allows %d CA certificates below it (path length), and "
                     "more are sent",
                     who, c->path_length);
    else
        out = format("the key usage of %s does not have keyCertSign", who);
    free(who);
    return out;
}

char *cause_usage(const struct situation *s, const struct edit *e)
{
    const struct certificate *leaf =
        s->chain.count ? s->chain.items[0].fact : NULL;
    char *usage, *extended, *out = NULL;

    (void)e;
    if (!leaf)
        return strdup(reason_sentence(s->record->reason));
    usage = words_list(leaf->key_usage, leaf->key_usage_count,
                       leaf->has_key_usage ? "nothing" : "no limit");
    extended = words_list(leaf->extended_key_usage,
                          leaf->extended_key_usage_count, "no limit");
    if (usage && extended)
        out = format("the leaf's key usage is %s and its extended key usage "
                     "%s",
                     usage, extended);
    free(usage);
    free(extended);
    return out;
}

char *cause_key(const struct situation *s, const struct edit *e)
{
    const struct certificate *leaf =
        s->chain.count ? s->chain.items[0].fact : NULL;

    return leaf && e ? format("the leaf has a key of the kind %s, and with %s "
                              "the device connects",
                              leaf->key, e->text)
                     : strdup(reason_sentence(s->record->reason));
}

static const char *place_name(enum pin_place p)
{
    static const char *const names[] = {"anywhere in the chain", "as the leaf",
                                        "as an intermediate", "as the anchor"};

    return names[p];
}

/* Which pin, of which certificate (by the device's file), and what is sent. */
char *cause_pin(const struct situation *s, const struct edit *e)
{
    const struct device *d = s->trial->device;
    char *sent, *out = NULL;
    const struct pin *pin = d && d->pins_count ? &d->pins[0] : NULL;
    const char *what;

    (void)e;
    if (!pin)
        return strdup(reason_sentence(s->record->reason));
    what = pin->match == PIN_SPKI_SHA256 ? "key" : "certificate";
    sent = words_sent(s);
    if (sent && pin->of)
        out = format("the device pins the %s of %s %s%s, and the endpoint "
                     "sends %s",
                     what, strcmp(pin->of, "leaf") ? pin->of : "the first leaf",
                     place_name(pin->what),
                     d->pins_count > 1 ? " (one of several pins)" : "", sent);
    else if (sent)
        out = format("the device pins a %s with the hash %.16s... %s%s, and "
                     "the endpoint sends %s, which do not have it",
                     what, pin->sha256, place_name(pin->what),
                     d->pins_count > 1 ? " (one of several pins)" : "", sent);
    free(sent);
    return out;
}

char *cause_distrust(const struct situation *s, const struct edit *e)
{
    const struct distrust *x =
        s->trial->device ? s->trial->device->distrust : NULL;
    char *issued, *after, *out = NULL;

    (void)e;
    if (!x || s->chain.count == 0)
        return strdup(reason_sentence(s->record->reason));
    issued = words_day(s->chain.items[0].fact->not_before);
    after = words_day(x->after);
    if (issued && after)
        out = format("the leaf was issued on %s, and the device refuses leaves "
                     "under this anchor that were issued after %s",
                     issued, after);
    free(issued);
    free(after);
    return out;
}

/* "ec-p384", as a fact has it, is "secp384r1" (RFC 8422) of a build. */
static int has_curve(const struct plan_stack *stack, const char *key)
{
    static const char nist[] = "ec-p";
    char name[32];

    if (!stack || stack->curves_count == 0 ||
        strncmp(key, nist, strlen(nist)) != 0)
        return 1;
    snprintf(name, sizeof name, "secp%sr1", key + strlen(nist));
    for (size_t i = 0; i < stack->curves_count; i++)
        if (!strcmp(stack->curves[i], name))
            return 1;
    return 0;
}

/* Does the extension at this place stand before it, too? */
static int is_second(const struct certificate *c, size_t at)
{
    size_t size = strcspn(c->extensions[at], " ");

    return as_listed(c, c->extensions[at], size) != c->extensions[at];
}

static char *malformed_in(const struct situation *s, size_t number, size_t at)
{
    const struct seen *c = &s->chain.items[number];
    const char *said = s->record->shim ? s->record->shim->native_text : NULL;
    const char *extension = c->fact->extensions[at];
    char *name = words_certificate(s, c), *out;

    out = name ? format("the extension %.*s of certificate number %zu (%s) %s"
                        "%s%s",
                        (int)strcspn(extension, " "), extension, number, name,
                        strstr(extension, "(malformed)") ? "is malformed"
                                                         : "stands twice",
                        said && *said ? ", and the library says: " : "",
                        said ? said : "")
               : NULL;
    free(name);
    return out;
}

char *cause_malformed(const struct situation *s)
{
    for (size_t i = 0; i < s->chain.count; i++) {
        const struct certificate *c = s->chain.items[i].fact;

        for (size_t k = 0; k < c->extensions_count; k++)
            if (strstr(c->extensions[k], "(malformed)") || is_second(c, k))
                return malformed_in(s, i, k);
    }
    return NULL;
}

char *cause_curve(const struct situation *s)
{
    for (size_t i = 0; i < s->chain.count; i++) {
        const struct seen *c = &s->chain.items[i];
        char *name, *out;

        if (has_curve(s->stack, c->fact->key))
            continue;
        name = words_certificate(s, c);
        out = name ? format("%s has a key on the curve P-%s, and the device's "
                            "library is built without it",
                            name, c->fact->key + strlen("ec-p"))
                   : NULL;
        free(name);
        return out;
    }
    return NULL;
}
