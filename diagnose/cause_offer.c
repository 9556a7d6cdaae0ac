/* Causes that lie in the handshake: offers, limits, client certificates; and
 * what is told of a reason that nothing else explains. */
#include "diagnose/change_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/tls_names.h"
#include "diagnose/cause.h"
#include "diagnose/words.h"

static const struct hello *hello_of(const struct situation *s)
{
    return s->record->endpoint ? s->record->endpoint->hello : NULL;
}

static long long message_bytes(const struct situation *s)
{
    return s->record->endpoint
               ? (long long)s->record->endpoint->certificate_bytes
               : 0;
}

static char *usual(const struct situation *s)
{
    return strdup(reason_sentence(s->record->reason));
}

char *cause_versions(const struct situation *s, const struct edit *e)
{
    const struct hello *h = hello_of(s);
    const struct endpoint_tls *p = &s->trial->policy;
    char *offered, *out = NULL;

    (void)e;
    if (!h || !p->min || !p->max)
        return usual(s);
    offered = words_list(h->versions, h->versions_count, "no version");
    if (offered)
        out = !strcmp(p->min, p->max)
                  ? format("the device offers TLS %s, and the endpoint speaks "
                           "TLS %s",
                           offered, p->min)
                  : format("the device offers TLS %s, and the endpoint speaks "
                           "TLS %s to %s",
                           offered, p->min, p->max);
    free(offered);
    return out;
}

/* Which list it is that does not meet: groups or signature algorithms. */
static char *lists_apart(const struct hello *h, const struct endpoint_tls *p)
{
    int groups = p->signature_algorithms_count == 0;
    char *offered = groups ? words_list(h->groups, h->groups_count, "none")
                           : words_list(h->signature_algorithms,
                                        h->signature_algorithms_count, "none");
    char *taken = groups ? words_list(p->groups, p->groups_count, "none")
                         : words_list(p->signature_algorithms,
                                      p->signature_algorithms_count, "none");
    char *out =
        offered && taken
            ? format("the device offers the %s %s, and the endpoint "
                     "takes %s",
                     groups ? "groups" : "signature algorithms", offered, taken)
            : NULL;

    free(offered);
    free(taken);
    return out;
}

char *cause_suites(const struct situation *s, const struct edit *e)
{
    const struct hello *h = hello_of(s);
    const char *policy =
        s->state && s->state->state ? s->state->state->policy : "";
    char *offered, *out = NULL;
    int rsa = s->trial->chains[CHAIN_RSA].count > 0;
    int ecdsa = s->trial->chains[CHAIN_ECDSA].count > 0;

    if (!h)
        return usual(s);
    if (e && !strcmp(e->change->name, "accept-groups"))
        return lists_apart(h, &s->trial->policy);
    offered = words_list(h->suites, h->suites_count, "no suite");
    if (offered)
        out = format("the device offers %s, and nothing of it works with the "
                     "endpoint's policy %s and its %s%s%s certificate",
                     offered, policy, rsa ? "RSA" : "",
                     rsa && ecdsa ? " or " : "", ecdsa ? "ECDSA" : "");
    free(offered);
    return out;
}

char *cause_alpn(const struct situation *s, const struct edit *e)
{
    const struct hello *h = hello_of(s);
    const struct endpoint_tls *p = &s->trial->policy;
    char *offered, *listed, *out = NULL;

    (void)e;
    if (!h || p->alpn_count == 0 || (h->alpn_count == 0 && !p->alpn_required))
        return usual(s);
    offered = words_list(h->alpn, h->alpn_count, "no name");
    listed = words_list(p->alpn, p->alpn_count, "no name");
    if (offered && listed)
        out = format(h->alpn_count
                         ? "the device offers the ALPN name %s, and the "
                           "endpoint lists %s"
                         : "the device offers %s by ALPN, and the endpoint "
                           "requires one of those that it lists: %s",
                     offered, listed);
    free(offered);
    free(listed);
    return out;
}

char *cause_sni(const struct situation *s, const struct edit *e)
{
    (void)e;
    return format("the device sends no host name (SNI), and the endpoint does "
                  "not answer as it does to %s",
                  s->trial->name);
}

/* What a box before the endpoint minds in this ClientHello. */
char *cause_box(const struct situation *s, const struct edit *e)
{
    const struct endpoint_side *side = s->record->endpoint;
    const struct endpoint_close *b = &s->trial->policy.close;

    (void)e;
    if (!side || !side->closed_on || !side->hello)
        return usual(s);
    if (!strcmp(side->closed_on, "version"))
        return format("the device offers TLS %s, and a box before the endpoint "
                      "closes the connection of who does",
                      tls_version_name((uint16_t)b->offers));
    if (!strcmp(side->closed_on, "no-name"))
        return format("the device sends no host name (SNI), and a box before "
                      "the endpoint closes the connection");
    return format("the ClientHello has %zu bytes, and a box before the "
                  "endpoint closes the connection above %lld",
                  side->hello->bytes, (long long)b->hello_over);
}

/* Only the connection that was to go on with a session fails. */
char *cause_session(const struct situation *s, const struct edit *e)
{
    (void)e;
    return format("the device's first connection succeeds, and its second one, "
                  "which goes on with the session of the first (tickets with "
                  "%lld bytes beside it), does not",
                  (long long)s->trial->policy.ticket_padding);
}

static int is_second(const struct situation *s)
{
    return s->trial->tls.resume && s->record->shim &&
           s->record->shim->resumed >= 0;
}

char *cause_tickets(const struct situation *s, const struct edit *e)
{
    const struct endpoint_tls *p = &s->trial->policy;

    if (is_second(s))
        return cause_session(s, e);
    return format("the endpoint sends %lld session tickets with %lld bytes "
                  "beside the session in each, and the device takes none so "
                  "large",
                  (long long)p->tickets, (long long)p->ticket_padding);
}

char *cause_identity(const struct situation *s, const struct edit *e)
{
    (void)e;
    if (!s->trial->identity)
        return strdup("the endpoint wants a client certificate and the device "
                      "has none");
    return usual(s);
}

char *cause_level(const struct situation *s, const struct edit *e)
{
    int level = s->record->shim ? s->record->shim->security_level : -1;
    char *seen = cause_signature(s, NULL), *out;

    (void)e;
    out = seen ? format("%s at the library's security level %d", seen, level)
               : NULL;
    free(seen);
    return out;
}

/* Which budget, and what was enough. */
char *cause_heap(const struct situation *s, const struct edit *e)
{
    long long now = s->trial->heap;
    const struct shim_side *shim = s->record->shim;

    if (e && e->good)
        return format("the handshake needs %lld bytes of heap, and the "
                      "device's budget is %lld: %lld too few",
                      (long long)e->value, now, (long long)e->value - now);
    if (now > 0 && shim && shim->peak_heap > 0)
        return format("the handshake needs more than the device's heap budget "
                      "of %lld bytes (%lld were in use when it failed)",
                      now, shim->peak_heap);
    return usual(s);
}

char *cause_message(const struct situation *s, const struct edit *e)
{
    long long limit = (long long)situation_message_limit(s);
    long long bytes = message_bytes(s);

    (void)e;
    if (limit > 0 && bytes > limit)
        return format("the Certificate message has %lld bytes, and the device "
                      "takes %lld: %lld too many",
                      bytes, limit, bytes - limit);
    if (bytes > 0)
        return format("the Certificate message of %lld bytes is larger than "
                      "what the device takes",
                      bytes);
    return usual(s);
}

char *cause_size(const struct situation *s, const struct edit *e)
{
    (void)e;
    return cause_of_reason(s, NULL);
}

char *cause_depth(const struct situation *s, const struct edit *e)
{
    long long limit = s->trial->max_depth;

    (void)e;
    if (limit == 0 && s->stack)
        limit = s->stack->certificates;
    if (limit > 0 && (size_t)limit < s->chain.count + 1)
        return format("the endpoint sends %zu certificates, and the device "
                      "takes %lld",
                      s->chain.count, limit);
    return format("the endpoint sends %zu certificates, and that is more than "
                  "this build takes",
                  s->chain.count);
}

char *cause_fragment(const struct situation *s, const struct edit *e)
{
    long long bytes = message_bytes(s);
    long long record = s->trial->policy.max_record;

    (void)e;
    if (bytes > 0 && record > 0)
        return format("the Certificate message of %lld bytes comes in records "
                      "of at most %lld, and the device's TLS library does not "
                      "join them",
                      bytes, record);
    if (bytes > 0)
        return format("the Certificate message of %lld bytes came in several "
                      "records, and the device's TLS library does not join "
                      "them",
                      bytes);
    return usual(s);
}

static char *unchecked(const struct situation *s, const char *lacks)
{
    return format("the device connected in the state %s, where it must "
                  "refuse: %s",
                  s->state && s->state->state ? s->state->state->name
                                              : "of the attack",
                  lacks);
}

char *cause_unchecked_chain(const struct situation *s, const struct edit *e)
{
    (void)e;
    return unchecked(s, "it does not verify the server's certificate at all");
}

char *cause_unchecked_name(const struct situation *s, const struct edit *e)
{
    (void)e;
    return unchecked(
        s, "it does not compare the certificate's name with the host");
}

char *cause_unchecked_time(const struct situation *s, const struct edit *e)
{
    (void)e;
    return unchecked(s, "it looks at no dates");
}

/* In the library's own words: they came from outside. */
static char *parse_words(const struct situation *s, const struct edit *e)
{
    const char *text = s->record->shim ? s->record->shim->native_text : NULL;
    char *found = cause_curve(s);

    (void)e;
    if (found)
        return found;
    if (!text || !*text || strpbrk(text, "\n\r\033"))
        return usual(s);
    found = cause_malformed(s);
    if (found)
        return found;
    return format("the device's library could not decode a certificate: %s",
                  text);
}

/* A key that the library cannot use at all makes no signature with it good. */
static char *signature_words(const struct situation *s, const struct edit *e)
{
    char *found = cause_curve(s);

    return found ? found : cause_signature(s, e);
}

int cause_is_about_trust(const struct situation *s, const struct edit *e)
{
    (void)e;
    return !strcmp(reason_class(s->record->reason), "trust") &&
           s->record->reason != REASON_PIN_MISMATCH &&
           s->record->reason != REASON_TRUST_STORE_ERROR;
}

static char *store_words(const struct situation *s, const struct edit *e)
{
    char *out = cause_anchor_time(s, e);

    return out ? out : usual(s);
}

static char *usual_words(const struct situation *s, const struct edit *e)
{
    (void)e;
    return usual(s);
}

char *cause_of_reason(const struct situation *s, const struct edit *e)
{
    static const struct {
        enum reason reason;
        change_cause_fn *cause;
    } rows[] = {
        {REASON_UNKNOWN_CA, cause_trust},
        {REASON_EXPIRED, cause_time},
        {REASON_NOT_YET_VALID, cause_time},
        {REASON_TRUST_STORE_ERROR, store_words},
        {REASON_NAME_MISMATCH, cause_name},
        {REASON_PIN_MISMATCH, cause_pin},
        {REASON_DISTRUSTED, cause_distrust},
        {REASON_BAD_SIGNATURE_ALGORITHM, signature_words},
        {REASON_UNSUPPORTED_CRITICAL_EXTENSION, cause_extension},
        {REASON_CERTIFICATE_PARSE_ERROR, parse_words},
        {REASON_CHAIN_TOO_LONG, cause_depth},
        {REASON_CERTIFICATE_TOO_LARGE, cause_message},
        {REASON_FRAGMENTATION_UNSUPPORTED, cause_fragment},
        {REASON_OUT_OF_MEMORY, cause_heap},
        {REASON_VERSION_UNSUPPORTED, cause_versions},
        {REASON_SUITE_MISMATCH, cause_suites},
        {REASON_IDENTITY_REFUSED, cause_identity},
        {REASON_APPLICATION_REFUSED, cause_application},
        {REASON_KEY_USAGE, cause_usage},
    };

    (void)e;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *out;

        if (rows[i].reason != s->record->reason)
            continue;
        out = rows[i].cause(s, NULL);
        return out ? out : usual_words(s, NULL);
    }
    return usual(s);
}

char *cause_observed(const struct situation *s)
{
    char *out = cause_of_reason(s, NULL);

    return out ? out : usual(s);
}
