/* The customer's CA certificates. In mode DEFAULT a certificate whose common
 * name is the account's registration code shows that the caller has the key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"
#include "base/sha256.h"
#include "pki/inspect.h"

enum { PEM_MAX = 65536 };
static const char code_setting[] = "registration-code";
static const char *const enable_words[] = {"DISABLE", "ENABLE", NULL};
static const char *const ca_status_words[] = {"ACTIVE", "INACTIVE", NULL};

#define CA(field, what, called) MEMBER(ca_certificate, field, what, called)

struct ca_call {
    char *id, *pem, *verification;
    int64_t active, automatic, remove;
};
#define GIVEN(field, what, called) MEMBER(ca_call, field, what, called)

static const struct shape key_ca[] = {
    {CA(id, SHAPE_TEXT, "caCertificateId"), .place = SHAPE_PATH, .required = 1,
     .min = 64, .max = 64, .set = "a-fA-F0-9x"},
};
static const struct shape identity[] = {
    {CA(arn, SHAPE_TEXT, "certificateArn")},
    {CA(id, SHAPE_TEXT, "certificateId")},
};
static const struct shape registration[] = {
    {CA(template_body, SHAPE_TEXT, "registrationConfig.templateBody"),
     .max = 10240},
    {CA(role_arn, SHAPE_TEXT, "registrationConfig.roleArn"), .min = 20,
     .max = 2048},
    {CA(template_name, SHAPE_TEXT, "registrationConfig.templateName"), .min = 1,
     .max = 36, .set = "a-zA-Z0-9_-"},
};

static int code_read(struct call *c, char out[static SHA256_HEX])
{
    char random[65];

    store_random(random, 64);
    sha256_hex(random, 64, random);
    return store_setting(c->rows, code_setting, random, out, SHA256_HEX) == 0
               ? 0
               : call_internal(c);
}

int call_get_registration_code(struct call *c)
{
    static const struct shape out = {.name = "registrationCode",
                                     .kind = SHAPE_TEXT};
    char code[SHA256_HEX];
    const char *at = code;

    return code_read(c, code) == 0 ? call_write(c, "", &out, 1, &at) : -1;
}

int call_delete_registration_code(struct call *c)
{
    int status = rows_delete(c->rows, &setting_table, code_setting, NULL);

    if (status == 1)
        return call_fail(c, FAULT_NOT_FOUND, "There is no registration code");
    return status == 0 ? 0 : call_internal(c);
}

int ca_find(struct call *c, const struct inspected *i,
            struct ca_certificate *out, int *several)
{
    const struct rows_query q = {.table = &ca_table,
                                 .column = {"subject_sha256"},
                                 .value = {i->issuer_sha256}};
    struct rows_page page;
    char why[INSPECT_WHY];

    memset(out, 0, sizeof *out);
    *several = 0;
    if (rows_list(c->rows, &q, &page) != 0) {
        rows_page_clear(&ca_table, &page);
        return call_internal(c);
    }
    for (size_t k = 0; k < page.count; k++) {
        struct ca_certificate *ca = (struct ca_certificate *)page.items + k;
        struct inspected issuer = {0};

        if (inspect_pem(ca->pem, &issuer, why) == 0 &&
            inspect_is_issued_by(i, &issuer) && (*several)++ == 0) {
            *out = *ca;
            memset(ca, 0, sizeof *ca);
        }
        inspect_clear(&issuer);
    }
    rows_page_clear(&ca_table, &page);
    return *several == 0;
}

/* Does the caller have the CA's key? */
static int check_verification(struct call *c, const struct inspected *ca,
                              const char *pem)
{
    struct inspected v = {0};
    char code[SHA256_HEX], why[INSPECT_WHY];
    int status = code_read(c, code);

    if (status == 0 && pem == NULL)
        status = call_fail(c, FAULT_INVALID_REQUEST,
                           "verificationCertificate is needed in certificate "
                           "mode DEFAULT");
    if (status == 0 && inspect_pem(pem, &v, why) != 0)
        status = call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                           "The verification certificate is invalid: %s", why);
    if (status == 0 && !inspect_is_issued_by(&v, ca))
        status = call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                           "The verification certificate is not signed by the "
                           "CA certificate");
    if (status == 0 &&
        (v.common_name == NULL || strcmp(v.common_name, code) != 0))
        status = call_fail(c, FAULT_REGISTRATION_CODE,
                           "The common name of the verification certificate is "
                           "not the registration code %s",
                           code);
    inspect_clear(&v);
    return status;
}

static int check(struct call *c, const struct ca_call *g, int64_t mode,
                 struct inspected *ca)
{
    char why[INSPECT_WHY];

    if (inspect_pem(g->pem, ca, why) != 0)
        return call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                         "The CA certificate is invalid: %s", why);
    if (!ca->is_ca)
        return call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                         "The CA certificate is invalid: its basic constraints "
                         "do not say that it is a CA");
    if (mode == MODE_DEFAULT)
        return check_verification(c, ca, g->verification);
    if (g->verification != NULL)
        return call_fail(c, FAULT_INVALID_REQUEST,
                         "verificationCertificate is not for certificate mode "
                         "SNI_ONLY");
    return 0;
}

static int add(struct call *c, const struct inspected *i,
               struct ca_certificate *ca)
{
    char generation[STORE_UUID];
    int status;

    store_uuid(generation);
    ca->id = strdup(i->sha256);
    ca->arn = call_arn(c, "cacert/%s", i->sha256);
    ca->subject_sha256 = strdup(i->subject_sha256);
    ca->generation = strdup(generation);
    ca->created = ca->modified = c->now;
    ca->version = 1;
    ca->not_before = i->not_before;
    ca->not_after = i->not_after;
    if (!ca->id || !ca->arn || !ca->subject_sha256 || !ca->generation)
        return call_internal(c);
    status = rows_insert(c->rows, &ca_table, ca);
    if (status == 0)
        return 0;
    if (status < 0)
        return call_internal(c);
    snprintf(c->resource_id, sizeof c->resource_id, "%s", ca->id);
    snprintf(c->resource_arn, sizeof c->resource_arn, "%s", ca->arn);
    return call_fail(c, FAULT_EXISTS,
                     "The CA certificate is already registered");
}

static void given_clear(struct ca_call *g)
{
    free(g->id);
    free(g->pem);
    free(g->verification);
}

int call_register_ca(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(pem, SHAPE_TEXT, "caCertificate"), .required = 1, .min = 1,
         .max = PEM_MAX},
        {GIVEN(verification, SHAPE_TEXT, "verificationCertificate"), .min = 1,
         .max = PEM_MAX},
        {GIVEN(active, SHAPE_FLAG, "setAsActive"), .place = SHAPE_QUERY},
        {GIVEN(automatic, SHAPE_FLAG, "allowAutoRegistration"),
         .place = SHAPE_QUERY},
    };
    static const struct shape mode[] = {
        {CA(mode, SHAPE_WORD, "certificateMode"), .words = mode_words},
    };
    struct ca_certificate ca = {.mode = MODE_DEFAULT};
    struct ca_call g = {0};
    struct inspected i = {0};
    int status = call_read(c, in, CALL_COUNT(in), &g);

    if (status == 0 &&
        (call_read(c, mode, 1, &ca) != 0 ||
         call_read(c, registration, CALL_COUNT(registration), &ca) != 0 ||
         check(c, &g, ca.mode, &i) != 0))
        status = -1;
    if (status == 0) {
        ca.status = g.active ? STATUS_ACTIVE : STATUS_INACTIVE;
        ca.automatic = g.automatic;
        ca.pem = g.pem;
        g.pem = NULL;
        status = add(c, &i, &ca);
    }
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &ca);
    rows_clear(&ca_table, &ca);
    inspect_clear(&i);
    given_clear(&g);
    c->changed = 1;
    return status;
}

static int find(struct call *c, struct ca_certificate *out)
{
    struct ca_certificate given = {0};
    int status = call_read(c, key_ca, 1, &given);

    memset(out, 0, sizeof *out);
    if (status == 0)
        status = call_need(c, &ca_table, out, given.id, NULL, "CA certificate");
    rows_clear(&ca_table, &given);
    return status;
}

int call_describe_ca(struct call *c)
{
    static const struct shape out[] = {
        {CA(arn, SHAPE_TEXT, "certificateArn")},
        {CA(id, SHAPE_TEXT, "certificateId")},
        {CA(status, SHAPE_WORD, "status"), .words = ca_status_words},
        {CA(pem, SHAPE_TEXT, "certificatePem")},
        {CA(created, SHAPE_TIME, "creationDate")},
        {CA(automatic, SHAPE_WORD, "autoRegistrationStatus"),
         .words = enable_words},
        {CA(modified, SHAPE_TIME, "lastModifiedDate")},
        {CA(version, SHAPE_NUMBER, "customerVersion")},
        {CA(generation, SHAPE_TEXT, "generationId")},
        {CA(not_before, SHAPE_TIME, "validity.notBefore")},
        {CA(not_after, SHAPE_TIME, "validity.notAfter")},
        {CA(mode, SHAPE_WORD, "certificateMode"), .words = mode_words},
    };
    static const struct shape owner = {.name = "ownedBy", .kind = SHAPE_TEXT};
    const char *id = c->account->id;
    struct ca_certificate ca;
    int status = find(c, &ca);

    if (status == 0)
        status =
            call_write(c, "certificateDescription", out, CALL_COUNT(out), &ca);
    if (status == 0)
        status = call_write(c, "certificateDescription", &owner, 1, &id);
    if (status == 0)
        status = call_write(c, "", registration, CALL_COUNT(registration), &ca);
    rows_clear(&ca_table, &ca);
    return status;
}

int call_update_ca(struct call *c)
{
    static const struct shape in[] = {
        {CA(status, SHAPE_WORD, "newStatus"), .place = SHAPE_QUERY,
         .words = ca_status_words},
        {CA(automatic, SHAPE_WORD, "newAutoRegistrationStatus"),
         .place = SHAPE_QUERY, .words = enable_words},
    };
    static const struct shape remove[] = {
        {GIVEN(remove, SHAPE_FLAG, "removeAutoRegistration")},
    };
    struct ca_certificate ca;
    struct ca_call g = {0};
    int status = find(c, &ca);

    if (status == 0 &&
        (call_read(c, in, CALL_COUNT(in), &ca) != 0 ||
         call_read(c, registration, CALL_COUNT(registration), &ca) != 0 ||
         call_read(c, remove, 1, &g) != 0))
        status = -1;
    if (status == 0 && g.remove)
        call_clear(registration, CALL_COUNT(registration), &ca);
    ca.modified = c->now;
    ca.version++;
    if (status == 0 && rows_update(c->rows, &ca_table, &ca) != 0)
        status = call_internal(c);
    rows_clear(&ca_table, &ca);
    c->changed = 1;
    return status;
}

int call_delete_ca(struct call *c)
{
    struct ca_certificate ca;
    int status = find(c, &ca);

    if (status == 0 && ca.status == STATUS_ACTIVE)
        status = call_fail(c, FAULT_CERTIFICATE_STATE,
                           "CA certificate must be deactivated (not ACTIVE) "
                           "before deletion. (id=%s)",
                           ca.id);
    if (status == 0 && rows_delete(c->rows, &ca_table, ca.id, NULL) != 0)
        status = call_internal(c);
    rows_clear(&ca_table, &ca);
    c->changed = 1;
    return status;
}

int call_list_cas(struct call *c)
{
    static const struct shape members[] = {
        {CA(arn, SHAPE_TEXT, "certificateArn")},
        {CA(id, SHAPE_TEXT, "certificateId")},
        {CA(status, SHAPE_WORD, "status"), .words = ca_status_words},
        {CA(created, SHAPE_TIME, "creationDate")},
    };
    struct rows_query q = {.table = &ca_table, .descending = 1};

    return call_list(c, CALL_MARKER, "certificates", &q, members,
                     CALL_COUNT(members));
}
