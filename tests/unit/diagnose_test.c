/* Each rule of the diagnosis where it fires, and a near miss. The documents are
 * small ones of the form that a run writes. */
#include "diagnose/diagnose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const char plan_text[] =
    "{'scenarios':[{'id':'sc','kind':'change','states':["
    "{'name':'s0','now':'2024-07-01T00:00:00Z','policy':'p',"
    "'endpoint':'host.example','tls':{'min':'1.2','max':'1.2'},"
    "'chains':{'rsa':["
    "{'name':'leaf','subject':'CN=host.example','issuer':'CN=Ica','sha256':'a',"
    "'not_before':'2024-01-01T00:00:00Z','not_after':'2025-01-01T00:00:00Z'},"
    "{'name':'ica','subject':'CN=Ica','issuer':'CN=Root 1','sha256':'b',"
    "'not_before':'2020-01-01T00:00:00Z','not_after':'2030-01-01T00:00:00Z'},"
    "{'name':'root-1-by-2','subject':'CN=Root 1','issuer':'CN=Root 2',"
    "'sha256':'c','not_before':'2015-01-01T00:00:00Z',"
    "'not_after':'2035-01-01T00:00:00Z'}],'ecdsa':[]}},"
    "{'name':'s1','now':'2024-08-01T00:00:00Z','policy':'p',"
    "'endpoint':'host.example','tls':{'min':'1.3','max':'1.3'},"
    "'chains':{'rsa':["
    "{'name':'leaf','subject':'CN=other.example','issuer':'CN=Ica',"
    "'sha256':'d','not_before':'2024-07-15T00:00:00Z',"
    "'not_after':'2025-01-01T00:00:00Z'},"
    "{'name':'ica','subject':'CN=Ica','issuer':'CN=Root 1','sha256':'b',"
    "'not_before':'2020-01-01T00:00:00Z','not_after':'2030-01-01T00:00:00Z'}],"
    "'ecdsa':["
    "{'name':'leaf','subject':'CN=host.example','issuer':'CN=Ica E',"
    "'sha256':'e'},"
    "{'name':'ica-e','subject':'CN=Ica E','issuer':'CN=Root 3',"
    "'sha256':'f'}]}}]}],"
    "'devices':[{'id':'dev-x','stack':'x','clock':'%s','units':1,"
    "'trust_store':[{'name':'root-2','subject':'CN=Root 2',"
    "'not_before':'2020-01-01T00:00:00Z',"
    "'not_after':'2030-01-01T00:00:00Z'}],'verify':{'chain':true,"
    "'name':false,'time':false},"
    "'pins':[{'what':'intermediate','match':'spki-sha256','of':'ica-old'}],"
    "'limits':{'heap':32768,'max_certificate':%d},"
    "'distrust':{'after':'2024-07-10T00:00:00Z'}}],"
    "'stacks':[{'stack':'x','describe':{'limits':{'max_certificate':9000}}}]}";

struct row {
    const char *name;
    const char *verdict, *reason;
    const char *before_anchor; /* NULL: none */
    const char *chain;         /* what s1 chose: "rsa", "ecdsa" */
    const char *clock;
    int max_certificate, bytes;
    const char *cause, *mend; /* parts that must be there; NULL: null */
};

static const struct row rows[] = {
    {"link lost", "breaks", "unknown-ca", "root-2", "rsa", "true", 0, 0,
     "root-2, which signed root-1-by-2, and that certificate is no longer "
     "sent: the chain now ends at Root 1",
     "Add Root 1 to the trust store, or keep sending root-1-by-2."},
    {"other key type", "breaks", "unknown-ca", "root-2", "ecdsa", "true", 0, 0,
     "now answers with its ECDSA chain under Root 3",
     "let the device offer RSA suites only"},
    {"never anchored", "breaks", "unknown-ca", NULL, "rsa", "true", 0, 0,
     "ends at Root 1, and the device's store holds only root-2",
     "Add Root 1 to the trust store, or serve"},
    {"wrong clock", "breaks", "not-yet-valid", "root-2", "rsa",
     "1970-01-01T00:00:00Z", 0, 0,
     "it is 1970-01-01T00:00:00Z, and the certificate leaf is valid from "
     "2024-07-15",
     "Set the device's clock"},
    {"clock ahead", "breaks", "expired", "root-2", "rsa", "+31536000s", 0, 0,
     "it is 2025-08-01T00:00:00Z, and the certificate leaf", "Renew"},
    {"versions", "breaks", "version-unsupported", "root-2", "rsa", "true", 0, 0,
     "offers TLS 1.2 and 1.1, and the endpoint speaks TLS 1.3.",
     "keep an endpoint with TLS 1.2"},
    {"suites", "breaks", "suite-mismatch", "root-2", "rsa", "true", 0, 0,
     "offers A, B, C and 2 more, and nothing", NULL},
    {"pin", "breaks", "pin-mismatch", "root-2", "rsa", "true", 0, 0,
     "pins the key of ica-old as the intermediate, and the endpoint sends leaf "
     "and ica",
     "Pin the public key of a root"},
    {"device's own limit", "breaks", "certificate-too-large", "root-2", "rsa",
     "true", 4096, 5008, "has 5008 bytes, and the device takes 4096",
     "Take 912 bytes out"},
    {"stack's limit", "breaks", "certificate-too-large", "root-2", "rsa",
     "true", 0, 9001, "has 9001 bytes, and the device takes 9000",
     "Take 1 bytes out"},
    {"no bytes known", "breaks", "certificate-too-large", "root-2", "rsa",
     "true", 0, 0, "larger than the device's buffer", "shorter chain"},
    {"heap", "breaks", "out-of-memory", "root-2", "rsa", "true", 0, 0,
     "budget of 32768 bytes (31000 were in use", "more heap"},
    {"name", "breaks", "name-mismatch", "root-2", "rsa", "true", 0, 0,
     "asks for host.example, and the leaf is issued to CN=other.example",
     "subjectAltName"},
    {"distrust", "breaks", "distrusted", "root-2", "rsa", "true", 0, 0,
     "issued on 2024-07-15, and the device refuses leaves under root-2 issued "
     "after 2024-07-10",
     "another root"},
    {"a reason without a rule", "breaks", "weak-key", "root-2", "rsa", "true",
     0, 0, "A key is too small", "RSA 2048"},
    {"refuses needs no mend", "refuses", "expired", "root-2", "rsa", "true", 0,
     0, "by the device's clock", NULL},
    {"insecure", "insecure", "none", "root-2", "rsa", "true", 0, 0,
     "in the state s1, where it must refuse: it does not compare the "
     "certificate's name with the host",
     "subjectAltName"},
    {"anchor out of its time", "breaks", "trust-store-error", "root-2", "rsa",
     "2031-01-01T00:00:00Z", 0, 0,
     "it is 2031-01-01T00:00:00Z, and its trust anchor root-2 is valid from "
     "2020-01-01T00:00:00Z to 2030-01-01T00:00:00Z",
     "replace root-2"},
    {"store fault of another kind", "breaks", "trust-store-error", "root-2",
     "rsa", "true", 0, 0, "could not load its trust store", "native code"},
    {"error", "error", "crash", "root-2", "rsa", "true", 0, 0,
     "told by the runner", NULL},
    {"survives", "survives", "none", "root-2", "rsa", "true", 0, 0, NULL, NULL},
};

static json_t *parse(char *text)
{
    json_error_t error;
    json_t *json;

    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%d: %s", error.column, error.text);
    return json;
}

static json_t *plan_make(const struct row *row)
{
    char text[4096];

    snprintf(text, sizeof text, plan_text, row->clock, row->max_certificate);
    return parse(text);
}

static json_t *records_make(const struct row *row)
{
    char text[1024];

    snprintf(
        text, sizeof text,
        "{'sc/s0/dev-x':{'state':'s0','anchored_by':%s%s%s,"
        "'server':{'chose':{'chain':'rsa'}}},"
        "'sc/s1/dev-x':{'state':'s1','reason':'%s','note':'told by the "
        "runner','anchored_by':%s,'certificate_bytes':%d,"
        "'peak_heap':31000,'server':{'chose':{'chain':'%s'},"
        "'hello':{'versions':['1.2','1.1'],'suites':['A','B','C','D','E']}}}}",
        row->before_anchor ? "'" : "",
        row->before_anchor ? row->before_anchor : "null",
        row->before_anchor ? "'" : "", row->reason,
        strcmp(row->reason, "unknown-ca") ? "'root-2'" : "null", row->bytes,
        row->chain);
    return parse(text);
}

/* Case of the first letter aside: a part may open the sentence. */
static void expect_part(const char *row, const json_t *verdict, const char *key,
                        const char *part)
{
    const json_t *value = json_object_get(verdict, key);
    const char *got = json_string_value(value);

    if (!value)
        fail_msg("%s: %s is left out", row, key);
    if (part && (!got || !strcasestr(got, part)))
        fail_msg("%s: %s is \"%s\", must have \"%s\"", row, key,
                 got ? got : "null", part);
}

static void sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        json_t *plan = plan_make(row), *records = records_make(row);
        json_t *v = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "scenario",
                              "sc", "device", "dev-x", "stack", "x", "verdict",
                              row->verdict, "reason", row->reason, "before",
                              "s0", "after", "s1", "cell", "sc/s1/dev-x");

        diagnose_verdict(plan, records, v);
        expect_part(row->name, v, "cause", row->cause);
        expect_part(row->name, v, "mend", row->mend);
        if (!row->cause && !json_is_null(json_object_get(v, "cause")))
            fail_msg("%s: nothing is wrong, and a cause is told", row->name);
        if (!strcmp(row->verdict, "refuses") &&
            !json_is_null(json_object_get(v, "mend")))
            fail_msg("%s: nothing is to be mended", row->name);
        json_decref(v);
        json_decref(records);
        json_decref(plan);
    }
}

/* s0 serves leaf, ica (by Root 1) and root-1-by-2: which of them the anchor
 * signed, and whether it was loaded, decides the sentence. */
static void anchors_that_do_not_help(void **state)
{
    static const struct {
        const char *name, *anchor, *subject;
        int refused;
        const char *cause, *mend;
    } cases[] = {
        {"more behind it", "root-1", "CN=Root 1", 0,
         "trusts root-1, which signed ica, but more was sent behind it, up to "
         "Root 2",
         "send nothing behind ica, add Root 2 to the trust store"},
        {"at the end, not loaded", "root-2b", "CN=Root 2", 1,
         "root-2b signed root-1-by-2 and is in the device's trust store, of "
         "which the library refused to load 1",
         "why the library refuses root-2b"},
        {"at the end, loaded", "root-2b", "CN=Root 2", 0, "the chain ends at",
         "add"},
        {"signs nothing", "root-9", "CN=Root 9", 1, "the chain ends at", "add"},
    };
    struct row row = rows[0];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *plan = plan_make(&row), *records = records_make(&row);
        json_t *v = json_pack("{s:s,s:s,s:s,s:s,s:s,s:n,s:s,s:s}", "scenario",
                              "sc", "device", "dev-x", "stack", "x", "verdict",
                              "already-broken", "reason", "unknown-ca",
                              "before", "after", "s0", "cell", "sc/s0/dev-x");
        json_t *record = json_object_get(records, "sc/s0/dev-x");
        json_t *device = json_array_get(json_object_get(plan, "devices"), 0);

        json_array_append_new(json_object_get(device, "trust_store"),
                              json_pack("{s:s,s:s}", "name", cases[i].anchor,
                                        "subject", cases[i].subject));
        json_object_set_new(record, "anchored_by",
                            json_string(cases[i].anchor));
        json_object_set_new(record, "reason", json_string("unknown-ca"));
        json_object_set_new(
            record, "client",
            json_pack("{s:{s:i}}", "got", "anchors_refused", cases[i].refused));
        diagnose_verdict(plan, records, v);
        expect_part(cases[i].name, v, "cause", cases[i].cause);
        expect_part(cases[i].name, v, "mend", cases[i].mend);
        json_decref(v);
        json_decref(records);
        json_decref(plan);
    }
}

/* s1 serves a leaf on P-256 and an intermediate on P-384. */
static void curves_of_a_build(void **state)
{
    static const struct {
        const char *name, *reason, *curves, *cause;
    } cases[] = {
        {"skipped", "unknown-ca", "['secp256r1']",
         "ica-e has a key on the curve P-384, and the device's library is "
         "built without it"},
        {"cannot be read", "certificate-parse-error", "['secp256r1']",
         "ica-e has a key on the curve P-384"},
        {"has it", "unknown-ca", "['secp256r1','secp384r1']",
         "now answers with its ECDSA chain"},
        {"has it, cannot be read", "certificate-parse-error",
         "['secp256r1','secp384r1']",
         "could not decode a certificate: told by the library"},
        {"names none", "certificate-parse-error", "null",
         "could not decode a certificate: told by the library"},
    };
    struct row row = {.clock = "true", .chain = "ecdsa", .before_anchor = "x"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *plan, *records, *v, *chain, *describe;
        char curves[100];

        row.reason = cases[i].reason;
        plan = plan_make(&row);
        records = records_make(&row);
        snprintf(curves, sizeof curves, "{'configuration':{'curves':%s}}",
                 cases[i].curves);
        describe = json_object_get(
            json_array_get(json_object_get(plan, "stacks"), 0), "describe");
        json_object_update_new(describe, parse(curves));
        assert_int_equal(json_unpack(plan, "{s:[{s:[o,{s:{s:o}}]}]}",
                                     "scenarios", "states", &v, "chains",
                                     "ecdsa", &chain),
                         0);
        json_object_set_new(json_array_get(chain, 0), "key",
                            json_string("ec-p256"));
        json_object_set_new(json_array_get(chain, 1), "key",
                            json_string("ec-p384"));
        json_object_set_new(json_object_get(records, "sc/s1/dev-x"), "native",
                            json_pack("{s:s}", "text", "told by the library"));
        v = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "scenario", "sc",
                      "device", "dev-x", "stack", "x", "verdict", "breaks",
                      "reason", row.reason, "before", "s0", "after", "s1",
                      "cell", "sc/s1/dev-x");
        diagnose_verdict(plan, records, v);
        expect_part(cases[i].name, v, "cause", cases[i].cause);
        json_decref(v);
        json_decref(records);
        json_decref(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences), cmocka_unit_test(curves_of_a_build),
        cmocka_unit_test(anchors_that_do_not_help)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
