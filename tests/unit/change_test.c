/* Each change where it fires and a near miss, and what it says then: over facts
 * alone, no certificate is made. */
#include "diagnose/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "diagnose/words.h"

enum { T2010 = 1262304000, T2020 = 1577836800, T2025 = 1735689600 };

/* A small world: leaf < ica < root, which is not sent; others. */
static struct certificate leaf, ica, root, other, cross, old_root;

static char *names[] = {(char *)"DNS:host.example", (char *)"DNS:b.example"};
static char *address[] = {(char *)"IP:192.0.2.1"};
static char *critical[] = {(char *)"policyConstraints (critical)"};
static char *plain[] = {(char *)"subjectKeyIdentifier"};

static void make(struct certificate *c, const char *name, const char *key,
                 const char *issuer, const char *signer)
{
    memset(c, 0, sizeof *c);
    c->name = c->common_name = (char *)name;
    c->subject = (char *)name;
    c->issuer = (char *)issuer;
    c->serial = (char *)"01";
    c->spki_sha256 = (char *)key;
    c->signer_spki_sha256 = (char *)signer;
    c->sha256 = (char *)name;
    c->key = (char *)"rsa-2048";
    c->signature_algorithm = (char *)"sha256WithRSAEncryption";
    c->not_before = T2010;
    c->not_after = T2025;
    c->ca = 1;
    c->path_length = CERTIFICATE_ABSENT;
    c->same_issuer = c->self_signed = !strcmp(name, issuer);
}

/* What differs between rows: set by its function. */
struct world {
    struct trial trial, before;
    struct record record;
    struct endpoint_side endpoint;
    struct shim_side shim;
    struct hello hello;
    struct device device;
    struct plan_device plan_device;
    struct plan_stack stack;
    struct state state, state_before;
    struct plan_state plan_state, plan_before;
    struct situation s;
    struct seen chain[4], others[2], anchors[3], earlier[3];
};

static void chain_set(struct world *w, size_t count, ...)
{
    va_list list;

    va_start(list, count);
    for (size_t i = 0; i < count; i++)
        w->chain[i].fact = va_arg(list, struct certificate *);
    va_end(list);
    w->s.chain.count = count;
}

static void world_init(struct world *w)
{
    memset(w, 0, sizeof *w);
    make(&leaf, "CN=host.example", "kl", "CN=Ica", "ki");
    leaf.ca = 0;
    leaf.has_san = 1;
    leaf.names = names;
    leaf.names_count = 2;
    make(&ica, "CN=Ica", "ki", "CN=Root", "kr");
    make(&root, "CN=Root", "kr", "CN=Root", "kr");
    make(&other, "CN=Other", "ko", "CN=Other", "ko");
    make(&cross, "CN=Root", "kr", "CN=Other", "ko");
    cross.sha256 = (char *)"cross";
    make(&old_root, "CN=Root", "k2", "CN=Root", "k2");
    old_root.sha256 = (char *)"old root";
    w->trial.device = &w->device;
    w->trial.verify = (struct device_verify){1, 1, 1, 0};
    w->trial.tls.sni = 1;
    w->trial.name = "host.example";
    w->trial.client_auth = "none";
    w->trial.now = w->trial.clock = T2020;
    w->trial.policy.min = w->trial.policy.max = (char *)"1.2";
    w->record.reason = REASON_UNKNOWN_CA;
    w->record.endpoint = &w->endpoint;
    w->record.shim = &w->shim;
    w->shim.security_level = -1;
    w->endpoint.hello = &w->hello;
    w->plan_device.device = &w->device;
    w->state.name = (char *)"after";
    w->state.policy = (char *)"free";
    w->state_before.name = (char *)"today";
    w->plan_state.state = &w->state;
    w->plan_before.state = &w->state_before;
    w->stack.name = w->stack.family = (char *)"x";
    w->s.trial = &w->trial;
    w->s.record = &w->record;
    w->s.device = &w->plan_device;
    w->s.stack = &w->stack;
    w->s.state = &w->plan_state;
    w->s.state_before = &w->plan_before;
    w->s.chain.items = w->chain;
    w->s.other.items = w->others;
    w->s.anchors.items = w->anchors;
    w->s.earlier.items = w->earlier;
    chain_set(w, 2, &leaf, &ica);
    w->anchors[0].fact = &other;
    w->s.anchors.count = 1;
}

static void nothing(struct world *w)
{
    (void)w;
}
static void root_held(struct world *w)
{
    w->anchors[0].fact = &root;
}
static void old_root_held(struct world *w)
{
    w->anchors[0].fact = &old_root;
}
static void ica_held(struct world *w)
{
    static char *features[] = {(char *)"partial-chain"};

    w->anchors[0].fact = &ica;
    w->stack.features = features;
    w->stack.features_count = 1;
}
static void ica_held_without(struct world *w)
{
    w->anchors[0].fact = &ica;
}
static void both_chains(struct world *w)
{
    static struct certificate leaf2, ica2;

    make(&leaf2, "CN=e.example", "kf", "CN=Ica E", "ke");
    make(&ica2, "CN=Ica E", "ke", "CN=Root E", "kz");
    w->others[0].fact = &leaf2;
    w->others[1].fact = &ica2;
    w->s.other.count = 2;
}
static void disorder(struct world *w)
{
    static struct certificate mid;

    make(&mid, "CN=Mid", "km", "CN=Root", "kr");
    ica.issuer = (char *)"CN=Mid";
    ica.signer_spki_sha256 = (char *)"km";
    chain_set(w, 3, &leaf, &mid, &ica);
}
static void ica_expired(struct world *w)
{
    w->record.reason = REASON_EXPIRED;
    ica.not_after = T2020 - 1;
}
static void clock_wrong(struct world *w)
{
    w->record.reason = REASON_NOT_YET_VALID;
    w->trial.clock = 0;
}
static void anchor_expired(struct world *w)
{
    w->record.reason = REASON_EXPIRED;
    root_held(w);
    root.not_after = T2020 - 1;
}
static void no_dates(struct world *w)
{
    anchor_expired(w);
    w->trial.verify.time = 0;
}
static void link_sent_before(struct world *w)
{
    w->s.before = &w->before;
    chain_set(w, 2, &leaf, &ica);
    w->earlier[0].fact = &leaf;
    w->earlier[1].fact = &ica;
    w->earlier[2].fact = &cross;
    w->s.earlier.count = 3;
}
static void link_still_sent(struct world *w)
{
    link_sent_before(w);
    chain_set(w, 3, &leaf, &ica, &cross);
}
static void wrong_name(struct world *w)
{
    w->record.reason = REASON_NAME_MISMATCH;
    w->trial.name = "other.example";
}
static void address_asked(struct world *w)
{
    w->record.reason = REASON_NAME_MISMATCH;
    w->trial.name = "192.0.2.1";
    leaf.names = address;
    leaf.names_count = 1;
}
static void extension(struct world *w)
{
    w->record.reason = REASON_UNSUPPORTED_CRITICAL_EXTENSION;
    ica.extensions = critical;
    ica.extensions_count = 1;
}
static void malformed_extension(struct world *w)
{
    static char *san[] = {(char *)"subjectAltName (malformed) (critical)"};

    leaf.extensions = san;
    leaf.extensions_count = 1;
    w->record.reason = REASON_CERTIFICATE_PARSE_ERROR;
}
static void plain_extension(struct world *w)
{
    ica.extensions = plain;
    ica.extensions_count = 1;
    w->record.reason = REASON_UNKNOWN_CA;
}
static void pss(struct world *w)
{
    w->record.reason = REASON_BAD_SIGNATURE_ALGORITHM;
    leaf.signature_algorithm = ica.signature_algorithm =
        (char *)"rsassaPss with SHA-256";
}
static void heap(struct world *w)
{
    w->record.reason = REASON_OUT_OF_MEMORY;
    w->trial.heap = 32768;
}
static void client_auth(struct world *w)
{
    w->record.reason = REASON_IDENTITY_REFUSED;
    w->trial.client_auth = "require";
}
static void client_auth_held(struct world *w)
{
    client_auth(w);
    w->trial.identity = (struct pki_cert *)w; /* only that it is there */
}
static void alpn(struct world *w)
{
    static char *offered[] = {(char *)"http/1.1"};
    static char *listed[] = {(char *)"mqtt"};

    w->record.reason = REASON_APPLICATION_REFUSED;
    w->trial.tls.alpn = w->hello.alpn = offered;
    w->trial.tls.alpn_count = w->hello.alpn_count = 1;
    w->trial.policy.alpn = listed;
    w->trial.policy.alpn_count = 1;
}
static void alpn_wanted(struct world *w)
{
    static char *listed[] = {(char *)"x-amzn-mqtt-ca", (char *)"mqtt"};

    w->record.reason = REASON_APPLICATION_REFUSED;
    w->trial.policy.alpn = listed;
    w->trial.policy.alpn_count = 2;
    w->trial.policy.alpn_required = 1;
}
static void alpn_not_wanted(struct world *w)
{
    alpn_wanted(w);
    w->trial.policy.alpn_required = 0;
}
static void settings(struct world *w)
{
    static struct trial_settings others;

    others =
        (struct trial_settings){(struct pki_cert *)&root, PKI_TRUST_OTHERS};
    w->record.reason = REASON_DISTRUSTED;
    w->anchors[0] = (struct seen){&root, others.cert};
    w->trial.settings = &others;
    w->trial.settings_count = 1;
}
static void settings_for_servers(struct world *w)
{
    settings(w);
    w->trial.settings->trust = PKI_TRUST_SERVERS;
}
static void settings_elsewhere(struct world *w)
{
    settings(w);
    w->anchors[0].fact = &other;
}
static void versions(struct world *w)
{
    static char *offered[] = {(char *)"1.0"};

    w->record.reason = REASON_VERSION_UNSUPPORTED;
    w->hello.versions = offered;
    w->hello.versions_count = 1;
}
static void level(struct world *w)
{
    w->record.reason = REASON_WEAK_KEY;
    w->shim.security_level = 2;
}
static void unchecked(struct world *w)
{
    w->record.reason = REASON_NONE;
    w->s.attack = 1;
    w->trial.verify.name = 0;
}
static void leaf_as_ca(struct world *w)
{
    w->record.reason = REASON_BAD_CA;
    ica.ca = 0;
}
static void odd_usage(struct world *w)
{
    static char *usage[] = {(char *)"keyAgreement"};

    w->record.reason = REASON_KEY_USAGE;
    leaf.has_key_usage = 1;
    leaf.key_usage = usage;
    leaf.key_usage_count = 1;
}

static void second_fails(struct world *w)
{
    w->record.reason = REASON_TICKET_REFUSED;
    w->trial.tls.resume = 1;
    w->trial.policy.tickets = 1;
    w->trial.policy.ticket_padding = 2000;
    w->shim.resumed = 0;
}

static void first_fails(struct world *w)
{
    second_fails(w);
    w->shim.resumed = -1;
}

static unsigned status_request[] = {5};

/* An endpoint staples to a device that asks. */
static void stapled(struct world *w)
{
    w->record.reason = REASON_OCSP_REVOKED;
    w->trial.policy.staple = STAPLE_REVOKED;
    w->hello.extensions = status_request;
    w->hello.extensions_count = 1;
}

static void staple_required(struct world *w)
{
    stapled(w);
    w->record.reason = REASON_OCSP_MISSING;
    w->trial.policy.staple = STAPLE_NONE;
    w->trial.tls.ocsp = OCSP_REQUIRE;
}

static void staple_wanted_by_leaf(struct world *w)
{
    staple_required(w);
    w->record.reason = REASON_OCSP_REQUIRED;
    w->trial.tls.ocsp = OCSP_LIBRARY;
}

static void staple_is_good(struct world *w)
{
    stapled(w);
    w->trial.policy.staple = STAPLE_GOOD;
    w->hello.extensions_count = 0;
}

/* change: as --try takes it. there: 1 if it is to be emitted. cause: a part of
 * what it says was the cause; NULL: not looked at. */
static const struct row {
    const char *name;
    void (*set)(struct world *w);
    const char *change;
    int there;
    const char *cause;
} rows[] = {
    {"no anchor", nothing, "add-anchor CN=Root", 0, NULL},
    {"no anchor", nothing, "add-anchor Root", 1,
     "leads up to CN=Ica, which is signed by Root, and the device's store "
     "holds "
     "only CN=Other"},
    {"the anchor is held", root_held, "add-anchor Root", 0, NULL},
    {"an anchor of that name", old_root_held,
     "add-anchor Root (the key that signed CN=Ica)", 0, NULL},
    {"both chains", both_chains, "add-anchors Root and Root E", 1, NULL},
    {"one chain", nothing, "add-anchors Root and Root E", 0, NULL},
    {"an intermediate is held", ica_held, "partial-chain", 1,
     "CN=Ica, which is no self-signed root"},
    {"a build that cannot", ica_held_without, "partial-chain", 0, NULL},
    {"an intermediate is sent", nothing, "anchor-intermediate CN=Ica", 1, NULL},
    {"... and held", ica_held, "anchor-intermediate CN=Ica", 0, NULL},
    {"out of order", disorder, "order", 1,
     "number 1 (CN=Mid) did not sign number 0 (the leaf CN=host.example); its "
     "issuer CN=Ica comes as number 2"},
    {"in order", nothing, "order", 0, NULL},
    {"expired", ica_expired, "renew CN=Ica", 1,
     "it is 2020-01-01T00:00:00Z, and CN=Ica is valid from 2010-01-01 to "
     "2019-12-31"},
    {"a wrong clock renews nothing", clock_wrong, "renew CN=Ica", 0, NULL},
    {"a wrong clock", clock_wrong, "set-clock", 1,
     "it is 1970-01-01T00:00:00Z, and the leaf CN=host.example is valid from "
     "2010-01-01 to 2025-01-01; in truth it is 2020-01-01T00:00:00Z"},
    {"a right clock", ica_expired, "set-clock", 0, NULL},
    {"an anchor expired", anchor_expired, "replace-anchor CN=Root", 1,
     "trust anchor CN=Root is valid from"},
    {"... and dates are not looked at", no_dates, "replace-anchor CN=Root", 0,
     NULL},
    {"a link was sent", link_sent_before, "send CN=Root", 1,
     "the device trusts CN=Other, which signed CN=Root, and that certificate "
     "is no longer sent"},
    {"a link is sent", link_still_sent, "send CN=Root", 0, NULL},
    {"the state before", link_sent_before, "chain-before today", 1, NULL},
    {"the same chain", link_still_sent, "chain-before today", 0, NULL},
    {"a cross-signature", nothing, "cross-sign Root", 1, NULL},
    {"none is needed", root_held, "cross-sign Root", 0, NULL},
    {"another name", wrong_name, "name DNS:other.example", 1,
     "asks for other.example, and the leaf has DNS:host.example and "
     "DNS:b.example in its subjectAltName"},
    {"another name", wrong_name, "ask-for host.example", 1, NULL},
    {"an address", address_asked, "name DNS:192.0.2.1", 1,
     "has IP:192.0.2.1 in its subjectAltName: an iPAddress, and this build "
     "compares dNSNames"},
    {"the address is there", address_asked, "name IP:192.0.2.1", 0, NULL},
    {"a critical extension", extension,
     "drop-extension policyConstraints of CN=Ica", 1,
     "the critical extension policyConstraints of certificate number 1 "
     "(CN=Ica)"},
    {"one that is not", plain_extension,
     "drop-extension subjectKeyIdentifier of CN=Ica", 0, NULL},
    {"a malformed one", malformed_extension,
     "drop-extension subjectAltName of the leaf CN=host.example", 1,
     "the malformed critical extension subjectAltName of certificate number 0"},
    {"RSA-PSS", pss, "sign-plain-all sha256WithRSAEncryption", 1,
     "certificates 0 and 1 are signed with rsassaPss with SHA-256"},
    {"PKCS#1", nothing, "sign-plain-all sha256WithRSAEncryption", 0, NULL},
    {"a second connection", second_fails, "no-resume", 1,
     "first connection succeeds"},
    {"there is none", nothing, "no-resume", 0, NULL},
    {"its ticket", second_fails, "smaller-tickets", 1,
     "first connection succeeds"},
    {"the first one's ticket", first_fails, "smaller-tickets", 1,
     "takes none so large"},
    {"a status that is revoked", stapled, "no-staple", 1,
     "staples an OCSP response that says that the leaf is revoked"},
    {"a status that is revoked", stapled, "staple-good", 1, NULL},
    {"a status that is revoked", stapled, "no-ocsp", 1, NULL},
    {"no status", staple_required, "no-staple", 0, NULL},
    {"no status", staple_required, "staple-good", 1,
     "staples no OCSP response, and the device requires one"},
    {"must-staple", staple_wanted_by_leaf, "staple-good", 1,
     "the leaf asks the device to require one"},
    {"a good status", staple_is_good, "staple-good", 0, NULL},
    {"a device that does not ask", staple_is_good, "no-ocsp", 0, NULL},
    {"a heap budget", heap, "heap", 1, "the device's budget is 32768"},
    {"none", nothing, "heap", 0, NULL},
    {"a client certificate is wanted", client_auth, "give-identity", 1,
     "wants a client certificate and the device has none"},
    {"... and there", client_auth_held, "give-identity", 0, NULL},
    {"... and wanted", client_auth_held, "no-client-auth", 1, NULL},
    {"none is wanted", nothing, "no-client-auth", 0, NULL},
    {"settings against servers", settings, "drop-settings CN=Root", 1,
     "the store holds CN=Root, and its trust settings keep it"},
    {"settings for servers", settings_for_servers, "drop-settings CN=Root", 0,
     NULL},
    {"settings of another root", settings_elsewhere, "drop-settings CN=Other", 0,
     NULL},
    {"another ALPN name", alpn, "offer-alpn mqtt", 1,
     "offers the ALPN name http/1.1, and the endpoint lists mqtt"},
    {"another ALPN name", alpn, "list-alpn http/1.1", 1, NULL},
    {"no ALPN", nothing, "offer-alpn mqtt", 0, NULL},
    {"ALPN is required", alpn_wanted, "offer-alpn mqtt", 1,
     "offers no name by ALPN, and the endpoint requires one of those that it "
     "lists: x-amzn-mqtt-ca and mqtt"},
    {"ALPN is required", alpn_wanted, "no-alpn-demand", 1, NULL},
    {"ALPN is not required", alpn_not_wanted, "no-alpn-demand", 0, NULL},
    {"another ALPN name", alpn, "no-alpn-demand", 0, NULL},
    {"an old version", versions, "offer-version 1.2", 1,
     "offers TLS 1.0, and the endpoint speaks TLS 1.2"},
    {"an old version", versions, "speak-version 1.0", 1, NULL},
    {"a version that none speaks", versions, "offer-version 1.3", 0, NULL},
    {"a level", level, "security-level 1", 1, NULL},
    {"a library without levels", nothing, "security-level 1", 0, NULL},
    {"an attack", unchecked, "check-name", 1,
     "must refuse: it does not compare the certificate's name"},
    {"an attack: nothing else", unchecked, "add-anchor Root", 0, NULL},
    {"no attack", nothing, "check-name", 0, NULL},
    {"no CA", leaf_as_ca, "proper-ca CN=Ica", 1, "says CA:FALSE"},
    {"a CA", nothing, "proper-ca CN=Ica", 0, NULL},
    {"an odd key usage", odd_usage, "server-leaf the leaf CN=host.example", 1,
     "key usage is keyAgreement"},
    {"no key usage", nothing, "server-leaf the leaf CN=host.example", 0, NULL},
};

static const struct edit *find(const struct edits *all, const char *change)
{
    const struct edit *found = NULL;

    for (size_t i = 0; i < all->count && !found; i++) {
        char *name = edit_name(&all->items[i]);

        if (!strcmp(name, change))
            found = &all->items[i];
        free(name);
    }
    return found;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct edits all = {0};
        const struct edit *e;
        struct world w;

        world_init(&w);
        row->set(&w);
        assert_int_equal(changes_emit(&w.s, &all), 0);
        e = find(&all, row->change);
        if ((e != NULL) != row->there)
            fail_msg("%s: %s is %s", row->name, row->change,
                     e ? "there" : "not there");
        if (e && row->cause) {
            char *cause = e->change->cause(&w.s, e);

            if (!cause || !strstr(cause, row->cause))
                fail_msg("%s: %s: the cause is \"%s\"", row->name, row->change,
                         cause ? cause : "none");
            free(cause);
        }
        edits_clear(&all);
    }
}

/* Every change has a sentence that can be filled in, and a cause. */
static void test_sentences(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < changes_count; i++) {
        const struct change *c = &changes[i];
        struct edit e = {.change = c,
                         .text = (char *)"policyConstraints of CN=Ica",
                         .it = {&ica, NULL},
                         .value = 5000,
                         .bad = 4096};
        char *mend = words_fill(c->mend, &w.s, &e);
        char *cause = c->cause(&w.s, &e);

        assert_non_null(mend);
        if (strpbrk(mend, "{}") || strlen(mend) < 10)
            fail_msg("%s: \"%s\"", c->name, mend);
        if (cause && strstr(cause, "(null)"))
            fail_msg("%s: \"%s\"", c->name, cause);
        free(mend);
        free(cause);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
