/* What libraries lump together is split by what the certificates say. */
#include "judge/refine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/record_codec.h"

/* One fault in a chain of leaf, intermediate, and a root in the store. */
enum fault {
    SOUND,
    NOT_A_CA,
    NO_CONSTRAINTS,
    NO_CERT_SIGN,
    PATH_TOO_LONG, /* of the root's other child, which is sent too */
    WRONG_PURPOSE, /* of the leaf */
    WRONG_PURPOSE_ABOVE,
    NO_USAGE, /* an empty key usage of the leaf */
    CONSTRAINED,
    EXPIRED,
    TWO_FAULTS,
    RARE_CRITICAL,
    MALFORMED, /* a critical one that all know */
    PURPOSE_CRITICAL,
    CRITICAL_ABOVE,
    CRITICAL_ROOT,
    MALFORMED_ABOVE,
    MALFORMED_CONSTRAINTS,
    TWICE,
    NO_DATE,
    BAD_SIGNATURE,
    BAD_SIGNATURE_WITHOUT_IDS,
    BAD_SIGNATURE_AND_MORE,
    MALFORMED_BESIDE,
    DIGEST,
    SMALL_KEY,
    SMALL_CURVE,
    NO_KEY_USAGE,
    ROOT_IS_NO_CA,
    ROOT_CONSTRAINED,
    DISORDERED,
    STRANGER,
    ROOT_SENT,
    ANCHORED_BELOW,
    CONSTRAINED_AND_NOT_A_CA,
};

static char dig[] = "digitalSignature", sign[] = "keyCertSign";
static char client_auth[] = "clientAuth", server_auth[] = "serverAuth";
static char constraints[] = "nameConstraints (critical)";
static char policy[] = "1.2.3.4 (critical)";
static char broken[] = "keyUsage (malformed) (critical)";
static char purpose[] = "extendedKeyUsage (critical)";
static char twice[] = "extendedKeyUsage",
            broken_names[] = "nameConstraints (malformed) (critical)";
static char *purposes[] = {purpose}, *twices[] = {twice, twice};
static char *besides[] = {constraints, broken};
static char *broken_constraints[] = {broken_names};
static char id_upper[] = "11", id_middle[] = "22", id_root[] = "33";
static char key_leaf[] = "kl", key_middle[] = "km", key_upper[] = "ku";
static char key_root[] = "kr", hash[] = "h", hash_root[] = "hr";
static char p256[] = "ec-p256", p192[] = "ec-p192", rsa_512[] = "rsa-512";
static char sha256[] = "sha256WithRSAEncryption";
static char md5[] = "md5WithRSAEncryption";
static char *digs[] = {dig}, *signs[] = {sign}, *clients[] = {client_auth};
static char *servers[] = {server_auth}, *constrained[] = {constraints};
static char *rares[] = {policy}, *malformed[] = {broken};
static char leaf_name[] = "CN=leaf", middle_name[] = "CN=middle";
static char upper_name[] = "CN=upper", root_name[] = "CN=root";

static struct certificate make(char *subject, char *issuer, int ca)
{
    struct certificate c = {
        .subject = subject,
        .common_name = subject,
        .issuer = issuer,
        .version = 3,
        .not_before = 100,
        .not_after = 1000,
        .ca = ca,
        .path_length = CERTIFICATE_ABSENT,
        .has_key_usage = 1,
        .key_usage = ca == 1 ? signs : digs,
        .key_usage_count = 1,
        .key = p256,
        .signature_algorithm = sha256,
        .sha256 = hash,
    };

    return c;
}

struct world {
    struct certificate leaf, middle, upper, root;
    const struct certificate *chain[4], *store[1];
    size_t sent;
    struct plan_state state;
    struct state named;
    struct plan_device device;
};

static void spoil(struct world *w, enum fault fault)
{
    struct certificate *m = &w->middle, *l = &w->leaf;

    if (fault == NOT_A_CA || fault == TWO_FAULTS)
        m->ca = 0;
    if (fault == NO_CONSTRAINTS)
        m->ca = CERTIFICATE_ABSENT;
    if (fault == NO_CERT_SIGN)
        m->key_usage = digs;
    if (fault == PATH_TOO_LONG)
        w->upper.path_length = 0;
    if (fault == WRONG_PURPOSE || fault == TWO_FAULTS) {
        l->extended_key_usage = clients;
        l->extended_key_usage_count = 1;
    }
    if (fault == WRONG_PURPOSE_ABOVE) {
        m->extended_key_usage = clients;
        m->extended_key_usage_count = 1;
    }
    if (fault == NO_USAGE)
        l->key_usage_count = 0;
    if (fault == CONSTRAINED) {
        m->extensions = constrained;
        m->extensions_count = 1;
    }
    if (fault == EXPIRED)
        m->not_after = 400;
    if (fault == RARE_CRITICAL || fault == MALFORMED) {
        l->extensions = fault == MALFORMED ? malformed : rares;
        l->extensions_count = 1;
    }
    if (fault == PURPOSE_CRITICAL) {
        l->extensions = purposes;
        l->extensions_count = 1;
    }
    if (fault == NO_KEY_USAGE)
        m->has_key_usage = 0;
    if (fault == CONSTRAINED_AND_NOT_A_CA)
        m->ca = 0;
}

static void extend(struct certificate *c, char **extensions, size_t count)
{
    c->extensions = extensions;
    c->extensions_count = count;
}

/* What is new in other places than a flag of leaf or intermediate. */
static void spoil_more(struct world *w, enum fault fault)
{
    if (fault == CRITICAL_ABOVE)
        extend(&w->middle, rares, 1);
    if (fault == CRITICAL_ROOT)
        extend(&w->root, rares, 1);
    if (fault == MALFORMED_ABOVE)
        extend(&w->middle, malformed, 1);
    if (fault == MALFORMED_CONSTRAINTS)
        extend(&w->middle, broken_constraints, 1);
    if (fault == CONSTRAINED_AND_NOT_A_CA)
        extend(&w->middle, constrained, 1);
    if (fault == ROOT_CONSTRAINED)
        extend(&w->root, constrained, 1);
    if (fault == NO_DATE)
        w->middle.not_after = CERTIFICATE_NO_TIME;
    if (fault == TWICE)
        extend(&w->leaf, twices, 2);
    if (fault == MALFORMED_BESIDE)
        extend(&w->middle, besides, 2);
    if (fault == BAD_SIGNATURE_AND_MORE)
        w->middle.ca = 0;
    if (fault == BAD_SIGNATURE || fault == BAD_SIGNATURE_WITHOUT_IDS ||
        fault == BAD_SIGNATURE_AND_MORE)
        w->middle.signer_spki_sha256 = NULL;
    if (fault == BAD_SIGNATURE_WITHOUT_IDS)
        w->middle.authority_key_id = NULL;
    if (fault == DIGEST)
        w->middle.signature_algorithm = md5;
    if (fault == SMALL_KEY)
        w->upper.key = rsa_512;
    if (fault == SMALL_CURVE)
        w->upper.key = p192;
    if (fault == ROOT_IS_NO_CA)
        w->root.ca = 0;
}

/* The chain is another one than leaf, middle, upper. */
static void send_more(struct world *w, enum fault fault)
{
    if (fault == DISORDERED || fault == STRANGER || fault == ROOT_SENT)
        w->middle.ca = 0;
    if (fault == DISORDERED) {
        w->chain[1] = &w->upper;
        w->chain[2] = &w->middle;
    }
    if (fault == STRANGER || fault == ROOT_SENT)
        w->chain[w->sent++] = fault == ROOT_SENT ? &w->root : &w->leaf;
    if (fault == ANCHORED_BELOW) {
        w->middle.has_key_usage = 0;
        w->store[0] = &w->upper;
    }
}

/* Names, keys, key identifiers: leaf by middle by upper by root. */
static void link_up(struct world *w)
{
    w->leaf.spki_sha256 = key_leaf;
    w->leaf.signer_spki_sha256 = w->middle.spki_sha256 = key_middle;
    w->leaf.authority_key_id = w->middle.subject_key_id = id_middle;
    w->middle.signer_spki_sha256 = w->upper.spki_sha256 = key_upper;
    w->middle.authority_key_id = w->upper.subject_key_id = id_upper;
    w->upper.signer_spki_sha256 = w->root.spki_sha256 = key_root;
    w->upper.authority_key_id = w->root.subject_key_id = id_root;
    w->root.signer_spki_sha256 = key_root;
    w->root.sha256 = hash_root;
}

static void world_init(struct world *w, enum fault fault)
{
    memset(w, 0, sizeof *w);
    w->leaf = make(leaf_name, middle_name, CERTIFICATE_ABSENT);
    w->leaf.extended_key_usage = servers;
    w->leaf.extended_key_usage_count = 1;
    w->middle = make(middle_name, upper_name, 1);
    w->upper = make(upper_name, root_name, 1);
    w->root = make(root_name, root_name, 1);
    w->root.same_issuer = 1;
    link_up(w);
    spoil(w, fault);
    spoil_more(w, fault);
    w->chain[0] = &w->leaf;
    w->chain[1] = &w->middle;
    w->chain[2] = &w->upper;
    w->store[0] = &w->root;
    w->sent = 3;
    send_more(w, fault);
    w->named.now = 500;
    w->state.state = &w->named;
    w->state.chains[CHAIN_RSA].items = w->chain;
    w->state.chains[CHAIN_RSA].count = w->sent;
    w->device.device = device_new("d");
    w->device.store.items = w->store;
    w->device.store.count = 1;
}

static const struct {
    const char *name;
    enum reason said;
    enum fault fault;
    int anchored; /* 0: the anchor of that name is another one's */
    enum reason reason;
    int noted;
} rows[] = {
    {"sound", REASON_UNKNOWN_CA, SOUND, 1, REASON_UNKNOWN_CA, 1},
    {"sound, another root", REASON_UNKNOWN_CA, SOUND, 0, REASON_UNKNOWN_CA, 0},
    {"CA:FALSE", REASON_UNKNOWN_CA, NOT_A_CA, 1, REASON_BAD_CA, 0},
    {"CA:FALSE, another root", REASON_UNKNOWN_CA, NOT_A_CA, 0,
     REASON_UNKNOWN_CA, 0},
    {"no basicConstraints", REASON_UNKNOWN_CA, NO_CONSTRAINTS, 1, REASON_BAD_CA,
     0},
    {"no keyCertSign", REASON_UNKNOWN_CA, NO_CERT_SIGN, 1, REASON_BAD_CA, 0},
    {"path length", REASON_UNKNOWN_CA, PATH_TOO_LONG, 1, REASON_BAD_CA, 0},
    {"wrong purpose", REASON_UNKNOWN_CA, WRONG_PURPOSE, 1, REASON_KEY_USAGE, 0},
    {"wrong purpose above", REASON_UNKNOWN_CA, WRONG_PURPOSE_ABOVE, 1,
     REASON_KEY_USAGE, 0},
    {"two faults stay", REASON_UNKNOWN_CA, TWO_FAULTS, 1, REASON_UNKNOWN_CA, 1},
    {"expired above", REASON_UNKNOWN_CA, EXPIRED, 1, REASON_UNKNOWN_CA, 1},
    {"constraints as bad CA", REASON_BAD_CA, CONSTRAINED, 1,
     REASON_NAME_CONSTRAINTS, 0},
    {"a bad CA is one", REASON_BAD_CA, NOT_A_CA, 1, REASON_BAD_CA, 0},
    {"an empty key usage as bad CA", REASON_BAD_CA, NO_USAGE, 1,
     REASON_KEY_USAGE, 0},
    {"bad CA without a fault", REASON_BAD_CA, SOUND, 1, REASON_BAD_CA, 1},
    {"a malformed known one", REASON_UNSUPPORTED_CRITICAL_EXTENSION, MALFORMED,
     1, REASON_CERTIFICATE_PARSE_ERROR, 0},
    {"an unknown one", REASON_UNSUPPORTED_CRITICAL_EXTENSION, RARE_CRITICAL, 1,
     REASON_UNSUPPORTED_CRITICAL_EXTENSION, 0},
    {"a whole purpose, which BearSSL does not know",
     REASON_UNSUPPORTED_CRITICAL_EXTENSION, PURPOSE_CRITICAL, 1,
     REASON_UNSUPPORTED_CRITICAL_EXTENSION, 0},
    {"critical above", REASON_UNKNOWN_CA, CRITICAL_ABOVE, 1,
     REASON_UNSUPPORTED_CRITICAL_EXTENSION, 0},
    {"critical of the anchor", REASON_UNSUPPORTED_CRITICAL_EXTENSION,
     CRITICAL_ROOT, 1, REASON_UNSUPPORTED_CRITICAL_EXTENSION, 0},
    {"malformed above", REASON_UNKNOWN_CA, MALFORMED_ABOVE, 1,
     REASON_CERTIFICATE_PARSE_ERROR, 0},
    {"a malformed one of a bad CA", REASON_BAD_CA, MALFORMED_ABOVE, 1,
     REASON_BAD_CA, 0},
    {"malformed constraints of a bad CA", REASON_BAD_CA, MALFORMED_CONSTRAINTS,
     1, REASON_NAME_CONSTRAINTS, 0},
    {"an extension twice", REASON_UNKNOWN_CA, TWICE, 1,
     REASON_CERTIFICATE_PARSE_ERROR, 0},
    {"a date that cannot be read", REASON_UNKNOWN_CA, NO_DATE, 1,
     REASON_CERTIFICATE_PARSE_ERROR, 0},
    {"a bad signature", REASON_UNKNOWN_CA, BAD_SIGNATURE, 1,
     REASON_BAD_CHAIN_SIGNATURE, 0},
    {"a bad signature, and more", REASON_UNKNOWN_CA, BAD_SIGNATURE_AND_MORE, 1,
     REASON_UNKNOWN_CA, 1},
    {"a malformed one beside constraints", REASON_BAD_CA, MALFORMED_BESIDE, 1,
     REASON_BAD_CA, 0},
    {"a bad signature, perhaps of another key", REASON_UNKNOWN_CA,
     BAD_SIGNATURE_WITHOUT_IDS, 1, REASON_UNKNOWN_CA, 0},
    {"MD5", REASON_UNKNOWN_CA, DIGEST, 1, REASON_BAD_SIGNATURE_ALGORITHM, 0},
    {"RSA 512", REASON_UNKNOWN_CA, SMALL_KEY, 1, REASON_WEAK_KEY, 0},
    {"P-192", REASON_UNKNOWN_CA, SMALL_CURVE, 1, REASON_WEAK_KEY, 0},
    {"no key usage of a CA", REASON_UNKNOWN_CA, NO_KEY_USAGE, 1, REASON_BAD_CA,
     0},
    {"an anchor that is no CA", REASON_UNKNOWN_CA, ROOT_IS_NO_CA, 1,
     REASON_BAD_CA, 0},
    {"constraints of the anchor", REASON_UNKNOWN_CA, ROOT_CONSTRAINED, 1,
     REASON_NAME_CONSTRAINTS, 0},
    {"constraints beside a real fault", REASON_UNKNOWN_CA,
     CONSTRAINED_AND_NOT_A_CA, 1, REASON_BAD_CA, 0},
    {"CA:FALSE, out of order", REASON_UNKNOWN_CA, DISORDERED, 1,
     REASON_UNKNOWN_CA, 1},
    {"CA:FALSE, with a stranger", REASON_UNKNOWN_CA, STRANGER, 1,
     REASON_UNKNOWN_CA, 1},
    {"CA:FALSE, with the root", REASON_UNKNOWN_CA, ROOT_SENT, 1, REASON_BAD_CA,
     0},
    {"an anchor that is not self-issued", REASON_UNKNOWN_CA, ANCHORED_BELOW, 1,
     REASON_UNKNOWN_CA, 1},
    {"another reason", REASON_EXPIRED, NOT_A_CA, 1, REASON_EXPIRED, 0},
};

static void splits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record *r = record_new("a/b/c", "d");
        struct world w;
        struct refine_facts f;

        world_init(&w, rows[i].fault);
        f = (struct refine_facts){&w.device, NULL, &w.state};
        r->reason = rows[i].said;
        r->endpoint = calloc(1, sizeof *r->endpoint);
        r->endpoint->chain = strdup("rsa");
        if (!rows[i].anchored) {
            w.root.spki_sha256 = key_leaf;
            w.root.subject_key_id = id_middle;
        }
        refine(r, &f);
        if (r->reason != rows[i].reason)
            fail_msg("%s: %s", rows[i].name, reason_name(r->reason));
        if ((r->note != NULL) != rows[i].noted)
            fail_msg("%s: note: %s", rows[i].name, r->note ? r->note : "none");
        record_free(r);
        device_free(w.device.device);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(splits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
