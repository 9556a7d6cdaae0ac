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
};

static char dig[] = "digitalSignature", sign[] = "keyCertSign";
static char client_auth[] = "clientAuth", server_auth[] = "serverAuth";
static char constraints[] = "nameConstraints (critical)";
static char policy[] = "1.2.3.4 (critical)";
static char broken[] = "keyUsage (malformed) (critical)";
static char purpose[] = "extendedKeyUsage (critical)";
static char *purposes[] = {purpose};
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
    };

    return c;
}

struct world {
    struct certificate leaf, middle, upper, root;
    const struct certificate *chain[3], *store[1];
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
    spoil(w, fault);
    w->chain[0] = &w->leaf;
    w->chain[1] = &w->middle;
    w->chain[2] = &w->upper;
    w->store[0] = &w->root;
    w->named.now = 500;
    w->state.state = &w->named;
    w->state.chains[CHAIN_RSA].items = w->chain;
    w->state.chains[CHAIN_RSA].count = 3;
    w->device.device = device_new("d");
    w->device.store.items = w->store;
    w->device.store.count = 1;
}

static const struct {
    const char *name;
    enum reason said;
    enum fault fault;
    int anchored;
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
    {"bad CA without a fault", REASON_BAD_CA, SOUND, 1, REASON_BAD_CA, 0},
    {"a malformed known one", REASON_UNSUPPORTED_CRITICAL_EXTENSION, MALFORMED,
     1, REASON_CERTIFICATE_PARSE_ERROR, 0},
    {"an unknown one", REASON_UNSUPPORTED_CRITICAL_EXTENSION, RARE_CRITICAL, 1,
     REASON_UNSUPPORTED_CRITICAL_EXTENSION, 0},
    {"a whole purpose, which BearSSL does not know",
     REASON_UNSUPPORTED_CRITICAL_EXTENSION, PURPOSE_CRITICAL, 1,
     REASON_UNSUPPORTED_CRITICAL_EXTENSION, 0},
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
        r->anchored_by = rows[i].anchored ? strdup("root") : NULL;
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
