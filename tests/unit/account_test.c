/* What the endpoint asks of an account (account.h), while the control plane
 * changes it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "account/account.h"
#include "account/control.h"
#include "base/diag.h"
#include "base/file.h"
#include "tests/unit/account_world.h"

#define ARN   "arn:aws:iot:us-east-1:123456789012:"
#define LATER 4000000000

struct world {
    char folder[40];
    struct account *account;
    int changes;
    int64_t now;
};

static int64_t now(void *context)
{
    return ((struct world *)context)->now;
}

static void changed(void *context)
{
    ((struct world *)context)->changes++;
}

static void begin(struct world *w)
{
    const struct account_options o = {.era = -1, .now = now, .now_context = w};

    w->account = account_open(w->folder, &o);
    assert_non_null(w->account);
    account_watch(w->account, changed, w);
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    strcpy(w->folder, "/tmp/chainbreak-account-XXXXXX");
    if (mkdtemp(w->folder) == NULL)
        return -1;
    w->now = 2000000000;
    begin(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    int status;

    account_close(w->account);
    status = file_remove_tree(w->folder);
    free(w);
    return status;
}

/* The answer's body; it must have the status. */
static json_t *call(struct world *w, int status, const char *method,
                    const char *target, const char *body)
{
    const struct control_request r = {
        .method = method, .target = target, .body = body, .size = strlen(body)};
    struct control_answer answer;
    json_t *object;

    control_answer(w->account, &r, &answer);
    if (answer.status != status)
        fail_msg("%s %s: %d %s", method, target, answer.status, answer.body);
    object = json_loads(answer.body, 0, NULL);
    assert_non_null(object);
    control_answer_clear(&answer);
    return object;
}

static void done(struct world *w, const char *method, const char *target,
                 const char *body)
{
    json_decref(call(w, 200, method, target, body));
}

/* One member of the answer, malloc'd. */
static char *member(struct world *w, const char *method, const char *target,
                    const char *body, const char *name)
{
    json_t *object = call(w, 200, method, target, body);
    char *text = strdup(json_string_value(json_object_get(object, name)));

    json_decref(object);
    return text;
}

/* {"key": "pem", more} */
static char *with_pem(const char *key, const char *pem, const char *more)
{
    json_t *text = json_string(pem);
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    char *body = format("{\"%s\":%s%s}", key, quoted, more);

    json_decref(text);
    free(quoted);
    return body;
}

static void register_device(struct world *w, const struct made *m,
                            const char *status)
{
    char *more = format(",\"status\":\"%s\"", status);
    char *body = with_pem("certificatePem", m->pem, more);

    done(w, "POST", "/certificate/register-no-ca", body);
    free(body);
    free(more);
}

static enum account_certificate state_of(struct world *w, const struct made *m)
{
    struct account_principal *p =
        account_principal(w->account, m->der, m->size);
    enum account_certificate s;

    assert_non_null(p);
    s = account_state(p);
    account_principal_free(p);
    return s;
}

static char *id_of(struct world *w, const struct made *m)
{
    struct account_principal *p =
        account_principal(w->account, m->der, m->size);
    char *id = strdup(account_certificate_id(p));

    account_principal_free(p);
    return id;
}

static void set_status(struct world *w, const struct made *m,
                       const char *status)
{
    char *id = id_of(w, m);
    char *target = format("/certificates/%s?newStatus=%s", id, status);

    done(w, "PUT", target, "");
    free(target);
    free(id);
}

static void states_of_a_certificate(void **state)
{
    struct world *w = *state;
    struct made m = make("device", NULL, LATER);

    assert_int_equal(state_of(w, &m), ACCOUNT_UNKNOWN);
    register_device(w, &m, "INACTIVE");
    assert_int_equal(w->changes, 1);
    assert_int_equal(state_of(w, &m), ACCOUNT_INACTIVE);
    set_status(w, &m, "ACTIVE");
    assert_int_equal(state_of(w, &m), ACCOUNT_ACTIVE);
    account_close(w->account);
    begin(w);
    assert_int_equal(state_of(w, &m), ACCOUNT_ACTIVE);
    set_status(w, &m, "REVOKED");
    assert_int_equal(state_of(w, &m), ACCOUNT_REVOKED);
    assert_int_equal(w->changes, 3);
    m.der[m.size - 1] ^= 1; /* its signature is not looked at, its bytes are */
    assert_int_equal(state_of(w, &m), ACCOUNT_UNKNOWN);
    m.size = 5;
    assert_int_equal(state_of(w, &m), ACCOUNT_UNKNOWN);
    made_clear(&m);
}

static void register_ca(struct world *w, const struct made *ca,
                        const char *query)
{
    char *code = member(w, "GET", "/registrationcode", "", "registrationCode");
    struct made v = make(code, ca, LATER);
    char *verification = with_pem("", v.pem, "");
    /* Without the braces and the empty key. */
    char *more = format(",\"verificationCertificate\":%.*s",
                        (int)strlen(verification) - 5, verification + 4);
    char *body = with_pem("caCertificate", ca->pem, more);
    char *target = format("/cacertificate?%s", query);

    done(w, "POST", target, body);
    free(code);
    free(verification);
    free(more);
    free(body);
    free(target);
    made_clear(&v);
}

static void a_ca_lets_its_certificates_register(void **state)
{
    struct world *w = *state;
    struct made ca = make("ca", NULL, LATER), other = make("ca", NULL, LATER);
    struct made device = make("device", &ca, LATER);
    struct made stranger = make("device", &other, LATER);
    char *id, *target;

    register_ca(w, &ca, "setAsActive=true");
    assert_int_equal(state_of(w, &device), ACCOUNT_UNKNOWN);
    assert_int_equal(account_register(w->account, device.der, device.size), 0);
    assert_int_equal(state_of(w, &device), ACCOUNT_UNKNOWN);
    id = id_of(w, &ca);
    target = format("/cacertificate/%s?newAutoRegistrationStatus=ENABLE", id);
    done(w, "PUT", target, "");
    assert_int_equal(state_of(w, &device), ACCOUNT_UNKNOWN_OF_CA);
    /* A name is not enough: the key must have signed it. */
    assert_int_equal(state_of(w, &stranger), ACCOUNT_UNKNOWN);
    w->changes = 0;
    assert_int_equal(account_register(w->account, device.der, device.size), 0);
    assert_int_equal(state_of(w, &device), ACCOUNT_PENDING_ACTIVATION);
    assert_int_equal(account_register(w->account, device.der, device.size), 0);
    assert_int_equal(account_register(w->account, stranger.der, stranger.size),
                     0);
    assert_int_equal(w->changes, 1);
    assert_int_equal(state_of(w, &stranger), ACCOUNT_UNKNOWN);
    set_status(w, &device, "ACTIVE");
    /* What is registered stays when its CA does not take more. */
    free(target);
    target = format("/cacertificate/%s?newStatus=INACTIVE", id);
    done(w, "PUT", target, "");
    assert_int_equal(state_of(w, &device), ACCOUNT_ACTIVE);
    free(target);
    free(id);
    made_clear(&ca);
    made_clear(&other);
    made_clear(&device);
    made_clear(&stranger);
}

static void set_policy(struct world *w, const char *name, const char *document)
{
    char *body = with_pem("policyDocument", document, "");
    char *target = format("/policies/%s", name);

    done(w, "POST", target, body);
    free(body);
    free(target);
}

static void attach(struct world *w, const char *policy, const char *id)
{
    char *target = format("/target-policies/%s", policy);
    char *body = format("{\"target\":\"" ARN "cert/%s\"}", id);

    done(w, "PUT", target, body);
    free(target);
    free(body);
}

static void own_thing(struct world *w, const char *thing, const char *id,
                      const char *query)
{
    char *arn = format(ARN "cert/%s", id);
    const struct control_header header = {"x-amzn-principal", arn};
    char *target = format("/things/%s/principals%s", thing, query);
    const struct control_request r = {.method = "PUT",
                                      .target = target,
                                      .headers = &header,
                                      .headers_count = 1,
                                      .body = ""};
    struct control_answer answer;

    control_answer(w->account, &r, &answer);
    assert_int_equal(answer.status, 200);
    control_answer_clear(&answer);
    free(target);
    free(arn);
}

static const char document[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":["
    "{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":\"" ARN
    "client/${iot:Connection.Thing.ThingName}\",\"Condition\":{\"Bool\":"
    "{\"iot:Connection.Thing.IsAttached\":\"true\"}}},"
    "{\"Effect\":\"Allow\",\"Action\":[\"iot:Publish\",\"iot:Receive\"],"
    "\"Resource\":[\"" ARN "topic/t/${iot:ClientId}/*\",\"" ARN
    "topic/room/${iot:Connection.Thing.Attributes[room]}\",\"" ARN
    "topic/cn/${iot:Certificate.Subject.CommonName}\"]},"
    "{\"Effect\":\"Allow\",\"Action\":\"iot:Subscribe\",\"Resource\":\"" ARN
    "topicfilter/t/${iot:ClientId}/#\"},"
    "{\"Effect\":\"Deny\",\"Action\":\"iot:Publish\",\"Resource\":\"" ARN
    "topic/t/*/secret\"}]}";

static void what_is_permitted(void **state)
{
    static const struct {
        const char *client;
        enum account_action action;
        const char *name;
        int yes;
    } rows[] = {
        {"lamp", ACCOUNT_CONNECT, "lamp", 1},
        {"other", ACCOUNT_CONNECT, "other", 0},
        {"lamp", ACCOUNT_PUBLISH, "t/lamp/x", 1},
        {"lamp", ACCOUNT_RETAIN, "t/lamp/x", 0},
        {"lamp", ACCOUNT_RECEIVE, "t/lamp/secret", 1},
        {"lamp", ACCOUNT_PUBLISH, "t/lamp/secret", 0},
        {"lamp", ACCOUNT_PUBLISH, "t/other/x", 0},
        {"lamp", ACCOUNT_PUBLISH, "room/kitchen", 1},
        {"lamp", ACCOUNT_PUBLISH, "room/hall", 0},
        {"other", ACCOUNT_PUBLISH, "room/kitchen", 0},
        {"lamp", ACCOUNT_PUBLISH, "cn/device", 1},
        {"lamp", ACCOUNT_SUBSCRIBE, "t/lamp/#", 1},
        {"lamp", ACCOUNT_SUBSCRIBE, "t/lamp/x", 0},
        {"lamp", ACCOUNT_SUBSCRIBE, "t/#", 0},
        {"*", ACCOUNT_PUBLISH, "t/lamp/x", 0},
        {"*", ACCOUNT_PUBLISH, "t/*/x", 1},
        {NULL, ACCOUNT_PUBLISH, "t/lamp/x", 0},
    };
    struct world *w = *state;
    struct made m = make("device", NULL, LATER);
    struct account_principal *p;
    char *id = id_of(w, &m);

    register_device(w, &m, "ACTIVE");
    set_policy(w, "p", document);
    done(w, "POST", "/things/lamp",
         "{\"attributePayload\":{\"attributes\":{\"room\":\"kitchen\"}}}");
    attach(w, "p", id);
    own_thing(w, "lamp", id, "");
    p = account_principal(w->account, m.der, m.size);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct account_connection c = {.client_id = rows[i].client};

        if (account_permits(p, &c, rows[i].action, rows[i].name) != rows[i].yes)
            fail_msg("row %zu: %s: not %d", i, rows[i].name, rows[i].yes);
    }
    account_principal_free(p);
    /* Only an active certificate may do anything. */
    set_status(w, &m, "INACTIVE");
    p = account_principal(w->account, m.der, m.size);
    assert_int_equal(
        account_permits(p, &(struct account_connection){.client_id = "lamp"},
                        ACCOUNT_CONNECT, "lamp"),
        0);
    account_principal_free(p);
    free(id);
    made_clear(&m);
}

static void the_thing_of_a_connection(void **state)
{
    struct world *w = *state;
    struct made m = make("device", NULL, LATER);
    struct account_principal *p;
    char *id = id_of(w, &m);

    register_device(w, &m, "ACTIVE");
    done(w, "POST", "/things/a", "");
    done(w, "POST", "/things/b", "");
    own_thing(w, "a", id, "");
    own_thing(w, "b", id, "");
    p = account_principal(w->account, m.der, m.size);
    assert_string_equal(account_thing(p, "a"), "a");
    assert_string_equal(account_thing(p, "b"), "b");
    assert_null(account_thing(p, "c"));
    account_principal_free(p);
    free(id);
    made_clear(&m);
    m = make("other", NULL, LATER);
    id = id_of(w, &m);
    register_device(w, &m, "ACTIVE");
    own_thing(w, "a", id, "?thingPrincipalType=EXCLUSIVE_THING");
    p = account_principal(w->account, m.der, m.size);
    assert_string_equal(account_thing(p, "c"), "a");
    account_principal_free(p);
    free(id);
    made_clear(&m);
}

static void a_version_takes_effect_when_it_is_the_default(void **state)
{
    static const char deny[] =
        "{\"policyDocument\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
        "\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\",\\\"Action\\\":\\\"*"
        "\\\",\\\"Resource\\\":\\\"*\\\"}}\"}";
    static const struct {
        const char *method, *target, *body;
        int changes, permitted;
    } rows[] = {
        {"GET", "/policies/p", "", 0, 1},
        {"POST", "/policies/p/version", deny, 0, 1},
        {"PATCH", "/policies/p/version/2", "", 1, 0},
        {"PATCH", "/policies/p/version/1", "", 1, 1},
        {"POST", "/policies/p/version?setAsDefault=true", deny, 1, 0},
    };
    struct world *w = *state;
    struct made m = make("device", NULL, LATER);
    const struct account_connection c = {.client_id = "x"};
    char *id = id_of(w, &m);

    register_device(w, &m, "ACTIVE");
    set_policy(w, "p",
               "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
               "\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}}");
    attach(w, "p", id);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct account_principal *p;

        w->changes = 0;
        done(w, rows[i].method, rows[i].target, rows[i].body);
        p = account_principal(w->account, m.der, m.size);
        if (account_permits(p, &c, ACCOUNT_CONNECT, "x") != rows[i].permitted ||
            w->changes != rows[i].changes)
            fail_msg("row %zu: not permitted %d after %d changes, but %d", i,
                     rows[i].permitted, rows[i].changes, w->changes);
        account_principal_free(p);
    }
    free(id);
    made_clear(&m);
}

static void domains_by_name(void **state)
{
    struct world *w = *state;
    struct account_domain d;
    char *address = member(w, "GET", "/endpoint?endpointType=iot:Data-ATS", "",
                           "endpointAddress");

    assert_int_equal(account_domain_find(w->account, address, &d), 0);
    assert_string_equal(d.configuration, "iot:Data-ATS");
    assert_int_equal(d.custom, 0);
    assert_null(d.certificate_arn);
    account_domain_clear(&d);
    assert_int_equal(account_domain_find(w->account, "iot.example.com", &d), 1);
    done(w, "POST", "/domainConfigurations/mine",
         "{\"domainName\":\"IoT.Example.com\",\"serverCertificateArns\":["
         "\"arn:aws:acm:us-east-1:123456789012:certificate/private\"],"
         "\"tlsConfig\":{\"securityPolicy\":"
         "\"IoTSecurityPolicy_TLS13_1_3_2022_10\"},"
         "\"serverCertificateConfig\":{\"enableOCSPCheck\":true},"
         "\"applicationProtocol\":\"SECURE_MQTT\"}");
    assert_int_equal(account_domain_find(w->account, "iot.EXAMPLE.com", &d), 0);
    assert_string_equal(d.policy, "IoTSecurityPolicy_TLS13_1_3_2022_10");
    assert_string_equal(
        d.certificate_arn,
        "arn:aws:acm:us-east-1:123456789012:certificate/private");
    assert_string_equal(d.protocol, "SECURE_MQTT");
    assert_int_equal(d.custom + d.enabled + d.ocsp_stapling, 3);
    account_domain_clear(&d);
    done(w, "PUT", "/domainConfigurations/mine",
         "{\"domainConfigurationStatus\":\"DISABLED\"}");
    assert_int_equal(account_domain_find(w->account, "iot.example.com", &d), 0);
    assert_int_equal(d.enabled, 0);
    account_domain_clear(&d);
    free(address);
}

static void an_account_stays_what_it_is(void **state)
{
    static const struct {
        struct account_options options;
        const char *why;
    } rows[] = {
        {{.id = "210987654321", .era = -1}, "id is 123456789012"},
        {{.region = "eu-west-1", .era = -1}, "region is us-east-1"},
        {{.era = ACCOUNT_2018}, "era is 2026"},
        {{.id = "12", .era = -1}, "it must be 12 digits"},
        {{.region = "moon", .era = -1}, "it is no name of a region"},
    };
    struct world *w = *state;
    char text[300];

    account_close(w->account);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        text[0] = '\0';
        diag_capture(text, sizeof text);
        assert_null(account_open(w->folder, &rows[i].options));
        diag_capture(NULL, 0);
        if (strstr(text, rows[i].why) == NULL)
            fail_msg("row %zu: %s", i, text);
    }
    begin(w);
}

struct asker {
    struct world *w;
    const struct made *m;
    int bad;
};

/* Whatever moment it is, one of both answers is right. */
static void *ask(void *context)
{
    struct asker *a = context;
    const struct account_connection c = {.client_id = "x"};

    for (int i = 0; i < 300; i++) {
        struct account_principal *p =
            account_principal(a->w->account, a->m->der, a->m->size);

        a->bad += p == NULL || account_state(p) != ACCOUNT_ACTIVE;
        if (p != NULL)
            account_permits(p, &c, ACCOUNT_PUBLISH, "a");
        account_principal_free(p);
    }
    return NULL;
}

static void threads_ask_while_it_changes(void **state)
{
    struct world *w = *state;
    struct made m = make("device", NULL, LATER);
    struct asker askers[3];
    pthread_t threads[3];
    char *id = id_of(w, &m), *detach;

    register_device(w, &m, "ACTIVE");
    set_policy(w, "p", document);
    account_watch(w->account, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        askers[i] = (struct asker){w, &m, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
    }
    detach = format("{\"target\":\"" ARN "cert/%s\"}", id);
    for (int i = 0; i < 30; i++) {
        attach(w, "p", id);
        done(w, "POST", "/target-policies/p", detach);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].bad, 0);
    }
    free(detach);
    free(id);
    made_clear(&m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(states_of_a_certificate),
        TEST(a_ca_lets_its_certificates_register),
        TEST(what_is_permitted),
        TEST(the_thing_of_a_connection),
        TEST(a_version_takes_effect_when_it_is_the_default),
        TEST(domains_by_name),
        TEST(an_account_stays_what_it_is),
        TEST(threads_ask_while_it_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
