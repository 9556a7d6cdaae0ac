/* One rule per reason: each makes its two sentences from the facts of the
 * deciding cell; a reason without a rule has the sentences of reason.def. */
#include "diagnose/diagnose.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/reason.h"
#include "diagnose/facts.h"

struct sentences {
    char *cause, *mend; /* malloc'd, or NULL: the usual one */
};

/* "ec-p384" to "P-384". */
static char *curve_name(const json_t *cert)
{
    return format("P-%s", facts_text(cert, "key") + strlen("ec-p"));
}

/* A certificate that the library skips, or cannot read: its curve is compiled
 * out. */
static int lacks_curve(const struct facts *f, struct sentences *s)
{
    const json_t *cert = facts_curve_lacking(f);
    char *curve;

    if (!cert)
        return 0;
    curve = curve_name(cert);
    s->cause = format("%s has a key on the curve %s, and the device's library "
                      "is built without it",
                      facts_text(cert, "name"), curve);
    s->mend =
        format("build the library with %s, or serve a chain without it", curve);
    free(curve);
    return 1;
}

/* The device's only anchor signed a certificate that is not sent any more. */
static int unknown_ca_lost_link(const struct facts *f, struct sentences *s)
{
    char *holder = facts_lost_link(f, facts_text(f->before, "anchored_by"));
    char *top, *root, *anchor;

    if (!holder || *facts_text(f->record, "anchored_by")) {
        free(holder);
        return 0;
    }
    top = facts_top_issuer(f);
    root = facts_root_issuer(f);
    anchor = facts_anchor(f, f->before);
    s->cause = format("the device trusts %s, which signed %s, and that "
                      "certificate is no longer sent: the chain now ends at %s",
                      anchor, holder, top);
    s->mend =
        format("add %s to the trust store, or keep sending %s", root, holder);
    free(holder);
    free(top);
    free(root);
    free(anchor);
    return 1;
}

/* The endpoint has chains of both key types, and chose the other one. */
static int unknown_ca_other_key(const struct facts *f, struct sentences *s)
{
    const char *now = facts_chain_type(f->record);
    const char *then = facts_chain_type(f->before);
    char *root, *store;

    if (!*now || !*then || !strcmp(now, then))
        return 0;
    root = facts_root_issuer(f);
    store = facts_store(f);
    s->cause = format("the device offers suites for both key types, and the "
                      "endpoint now answers with its %s chain under %s; the "
                      "device's store holds %s",
                      now, root, store);
    s->mend = format("add %s to the trust store, or let the device offer %s "
                     "suites only",
                     root, then);
    free(root);
    free(store);
    return 1;
}

/* How many anchors the library would not have. */
static long long refused_anchors(const struct facts *f)
{
    return facts_number(
        json_object_get(json_object_get(f->record, "client"), "got"),
        "anchors_refused");
}

/* The library wants more than an anchor somewhere: the end of what was sent. */
static int unknown_ca_beyond_anchor(const struct facts *f, struct sentences *s)
{
    int is_last = 0;
    char *holder =
        facts_signed_by(f, facts_text(f->record, "anchored_by"), &is_last);
    char *anchor, *top;

    if (!holder || is_last) {
        free(holder);
        return 0;
    }
    anchor = facts_anchor(f, f->record);
    top = facts_top_issuer(f);
    s->cause =
        format("the device trusts %s, which signed %s, but more was sent "
               "behind it, up to %s, and this stack build wants the end "
               "of what is sent to lead to an anchor",
               anchor, holder, top);
    /* An anchor that the library refuses may be the very one to add. */
    s->mend =
        refused_anchors(f)
            ? format("send nothing behind %s, or build the library with "
                     "alternative chains",
                     holder)
            : format("send nothing behind %s, add %s to the trust store, or "
                     "build the library with alternative chains",
                     holder, top);
    free(holder);
    free(anchor);
    free(top);
    return 1;
}

/* The anchor is in the device's list, and the library would not have it. */
static int unknown_ca_not_loaded(const struct facts *f, struct sentences *s)
{
    long long refused = refused_anchors(f);
    int is_last = 0;
    char *holder =
        facts_signed_by(f, facts_text(f->record, "anchored_by"), &is_last);
    char *anchor;

    if (!holder || refused == 0) {
        free(holder);
        return 0;
    }
    anchor = facts_anchor(f, f->record);
    s->cause = format("%s signed %s and is in the device's trust store, of "
                      "which the library refused to load %lld",
                      anchor, holder, refused);
    s->mend = format("look at why the library refuses %s (its dates, serial "
                     "number, algorithm), or serve a chain under another "
                     "anchor of the device",
                     anchor);
    free(holder);
    free(anchor);
    return 1;
}

static void rule_unknown_ca(const struct facts *f, struct sentences *s)
{
    char *top, *store, *root;

    if (!f->attack &&
        (lacks_curve(f, s) || unknown_ca_other_key(f, s) ||
         unknown_ca_lost_link(f, s) || unknown_ca_beyond_anchor(f, s) ||
         unknown_ca_not_loaded(f, s)))
        return;
    top = facts_top_issuer(f);
    store = facts_store(f);
    root = facts_root_issuer(f);
    s->cause = format("the chain ends at %s, and the device's store holds %s",
                      top, store);
    s->mend = format("add %s to the trust store, or serve a chain that one of "
                     "the device's anchors signs",
                     root);
    free(top);
    free(store);
    free(root);
}

static void rule_time(const struct facts *f, struct sentences *s)
{
    char *clock = facts_clock(f), *span = facts_validity(f);

    s->cause =
        format("by the device's clock it is %s, and the %s", clock, span);
    free(clock);
    free(span);
}

/* A library that looks at dates while it loads refuses an anchor out of its
 * time: which one that is can be told. */
static void rule_store(const struct facts *f, struct sentences *s)
{
    const json_t *anchor = facts_anchor_out_of_time(f);
    char *clock;

    if (!anchor)
        return;
    clock = facts_clock(f);
    s->cause = format(
        "the device's library checks dates when it loads the trust store: by "
        "the device's clock it is %s, and its trust anchor %s is valid from %s "
        "to %s",
        clock, facts_text(anchor, "name"), facts_text(anchor, "not_before"),
        facts_text(anchor, "not_after"));
    s->mend = format("set the device's clock, or replace %s in its trust store",
                     facts_text(anchor, "name"));
    free(clock);
}

/* "1.2" or "1.2 to 1.3". */
static char *range(const json_t *tls)
{
    const char *min = facts_text(tls, "min"), *max = facts_text(tls, "max");

    return strcmp(min, max) ? format("%s to %s", min, max) : strdup(min);
}

static void rule_version(const struct facts *f, struct sentences *s)
{
    char *offered = facts_offered(f, "versions");
    const json_t *tls = json_object_get(f->state, "tls");
    const char *max = facts_text(tls, "max");
    char *spoken = range(tls);

    s->cause = format("the device offers TLS %s, and the endpoint speaks TLS "
                      "%s",
                      offered, spoken);
    if (offered && strcmp(offered, max) > 0)
        s->mend = format("let the endpoint speak TLS %s too, or let the "
                         "device offer TLS %s",
                         offered, max);
    else
        s->mend = format("keep an endpoint with TLS %s for these devices, or "
                         "give them a TLS library that speaks TLS %s",
                         offered, facts_text(tls, "min"));
    free(offered);
    free(spoken);
}

static void rule_suite(const struct facts *f, struct sentences *s)
{
    char *offered = facts_offered(f, "suites");
    const char *rsa = facts_chain(f, "rsa") ? "RSA" : "";
    const char *ecdsa = facts_chain(f, "ecdsa") ? "ECDSA" : "";

    s->cause = format("the device offers %s, and nothing of it works with the "
                      "endpoint's policy %s and its %s%s%s certificate",
                      offered, facts_text(f->state, "policy"), rsa,
                      *rsa && *ecdsa ? " or " : "", ecdsa);
    free(offered);
}

static void rule_pin(const struct facts *f, struct sentences *s)
{
    char *pin = facts_pins(f), *sent = facts_sent(f);

    s->cause =
        format("the device pins %s, and the endpoint sends %s", pin, sent);
    free(pin);
    free(sent);
}

static void rule_too_large(const struct facts *f, struct sentences *s)
{
    long long bytes = facts_number(f->record, "certificate_bytes");
    long long limit = facts_certificate_limit(f);

    if (bytes == 0 || limit == 0)
        return;
    s->cause = format("the Certificate message has %lld bytes, and the device "
                      "takes %lld",
                      bytes, limit);
    s->mend = format("take %lld bytes out of the chain (a shorter chain, an "
                     "ECDSA leaf, fewer names), or enlarge the device's TLS "
                     "input buffer",
                     bytes - limit);
}

static void rule_fragmentation(const struct facts *f, struct sentences *s)
{
    long long bytes = facts_number(f->record, "certificate_bytes");

    if (bytes > 0)
        s->cause = format("the Certificate message of %lld bytes came in "
                          "several records, and the device's TLS library "
                          "cannot join them",
                          bytes);
}

/* In the library's own words. */
static void rule_parse(const struct facts *f, struct sentences *s)
{
    const char *text = facts_text(json_object_get(f->record, "native"), "text");

    if (!lacks_curve(f, s) && *text)
        s->cause = format("the device's library could not decode a "
                          "certificate: %s",
                          text);
}

static void rule_memory(const struct facts *f, struct sentences *s)
{
    long long peak = facts_number(f->record, "peak_heap");
    long long budget =
        facts_number(json_object_get(f->device, "limits"), "heap");

    if (budget > 0)
        s->cause = format("the handshake needs more than the device's heap "
                          "budget of %lld bytes (%lld were in use when it "
                          "failed)",
                          budget, peak);
}

static void rule_name(const struct facts *f, struct sentences *s)
{
    const json_t *leaf = json_array_get(facts_used_chain(f), 0);

    s->cause =
        format("the device asks for %s, and the leaf is issued to %s",
               facts_text(f->state, "endpoint"), facts_text(leaf, "subject"));
}

static void rule_distrust(const struct facts *f, struct sentences *s)
{
    const json_t *leaf = json_array_get(facts_used_chain(f), 0);
    const json_t *distrust = json_object_get(f->device, "distrust");
    char *anchor = facts_anchor(f, f->record);

    s->cause = format("the leaf was issued on %.10s, and the device refuses "
                      "leaves under %s issued after %.10s",
                      facts_text(leaf, "not_before"), anchor,
                      facts_text(distrust, "after"));
    free(anchor);
}

static const struct {
    enum reason reason;
    void (*rule)(const struct facts *f, struct sentences *s);
} rules[] = {
    {REASON_UNKNOWN_CA, rule_unknown_ca},
    {REASON_EXPIRED, rule_time},
    {REASON_NOT_YET_VALID, rule_time},
    {REASON_TRUST_STORE_ERROR, rule_store},
    {REASON_VERSION_UNSUPPORTED, rule_version},
    {REASON_SUITE_MISMATCH, rule_suite},
    {REASON_PIN_MISMATCH, rule_pin},
    {REASON_CERTIFICATE_TOO_LARGE, rule_too_large},
    {REASON_FRAGMENTATION_UNSUPPORTED, rule_fragmentation},
    {REASON_CERTIFICATE_PARSE_ERROR, rule_parse},
    {REASON_OUT_OF_MEMORY, rule_memory},
    {REASON_NAME_MISMATCH, rule_name},
    {REASON_DISTRUSTED, rule_distrust},
};

static void sentences_make(const struct facts *f, enum reason reason,
                           struct sentences *s)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].reason == reason)
            rules[i].rule(f, s);
    if (!s->cause)
        s->cause = strdup(reason_sentence(reason));
    if (!s->mend)
        s->mend = strdup(reason_mend(reason));
}

/* "the chain ..." to "The chain ....": a sentence of its own. Takes text. */
static json_t *sentence(char *text)
{
    json_t *out;

    if (!text)
        return json_null();
    if (islower((unsigned char)text[0]) && !strchr(text, '\n') &&
        strcspn(text, "-") > strcspn(text, " "))
        text[0] = (char)toupper((unsigned char)text[0]);
    out = json_sprintf("%s.", text);
    free(text);
    return out ? out : json_null();
}

static void set(json_t *verdict, struct sentences *s)
{
    json_object_set_new(verdict, "cause", sentence(s->cause));
    json_object_set_new(verdict, "mend", sentence(s->mend));
}

/* Which check an insecure device leaves out; the first that is off explains. */
static const struct {
    const char *check, *lacks, *mend;
} checks[] = {
    {"chain", "it does not verify the server's certificate at all",
     "verify the chain of the server's certificate in the device, and with it "
     "name and dates"},
    {"name", "it does not compare the certificate's name with the host",
     "compare the host name with the certificate's subjectAltName in the "
     "device"},
    {"time", "it looks at no dates",
     "check the dates of the server's certificate, with a clock that is set "
     "before the device connects"},
};

static void explain_insecure(const struct facts *f, struct sentences *s)
{
    const json_t *verify = json_object_get(f->device, "verify");

    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && !s->mend; i++) {
        if (!json_is_false(json_object_get(verify, checks[i].check)))
            continue;
        s->cause = format("the device connected in the state %s, where it must "
                          "refuse: %s",
                          facts_text(f->state, "name"), checks[i].lacks);
        s->mend = strdup(checks[i].mend);
    }
    if (s->mend)
        return;
    s->cause = format("the device connected in the state %s, where it must "
                      "refuse",
                      facts_text(f->state, "name"));
    s->mend = strdup("verify the chain, the name and the dates of the server's "
                     "certificate in the device");
}

/* What is not a refusal has a cause of its own, or none. */
static int diagnose_other(const struct facts *f, const char *verdict,
                          struct sentences *s)
{
    const char *note = facts_text(f->record, "note");

    if (!strcmp(verdict, "insecure")) {
        explain_insecure(f, s);
        return 1;
    }
    if (!strcmp(verdict, "error") || !strcmp(verdict, "unsupported") ||
        !strcmp(verdict, "not-built")) {
        s->cause = strdup(*note ? note : "no statement can be made");
        return 1;
    }
    return !strcmp(verdict, "survives") || !strcmp(verdict, "recovers");
}

void diagnose_verdict(const json_t *plan, const json_t *records,
                      json_t *verdict)
{
    struct sentences s = {NULL, NULL};
    enum reason reason = REASON_NONE;
    struct facts f;

    facts_init(&f, plan, records, verdict);
    if (!diagnose_other(&f, facts_text(verdict, "verdict"), &s) &&
        reason_parse(facts_text(verdict, "reason"), &reason) == 0 &&
        reason != REASON_NONE)
        sentences_make(&f, reason, &s);
    if (!strcmp(facts_text(verdict, "verdict"), "refuses")) {
        free(s.mend);
        s.mend = NULL;
    }
    set(verdict, &s);
}
