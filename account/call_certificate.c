/* Device certificates: registered with or without a CA, made from a request,
 * and their states. The rules and their sources are in docs/account.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/inside.h"
#include "pki/inspect.h"

#define HEX "a-fA-F0-9x"
enum { PEM_MAX = 65536, CSR_MAX = 4096 };

struct certificate_call { /* what the calls are given */
    char *id, *pem, *ca_pem, *csr, *public_key, *private_key;
    int64_t active, status, force;
};
#define GIVEN(field, what, called) MEMBER(certificate_call, field, what, called)
#define CERTIFICATE(field, what, called)                                       \
    MEMBER(device_certificate, field, what, called)

static const struct shape key[] = {
    {GIVEN(id, SHAPE_TEXT, "certificateId"), .place = SHAPE_PATH, .required = 1,
     .min = 64, .max = 64, .set = HEX},
};
static const struct shape identity[] = {
    {CERTIFICATE(arn, SHAPE_TEXT, "certificateArn")},
    {CERTIFICATE(id, SHAPE_TEXT, "certificateId")},
};
static const struct shape texts[] = {
    /* what call_clear frees */
    {GIVEN(id, SHAPE_TEXT, "")},         {GIVEN(pem, SHAPE_TEXT, "")},
    {GIVEN(ca_pem, SHAPE_TEXT, "")},     {GIVEN(csr, SHAPE_TEXT, "")},
    {GIVEN(public_key, SHAPE_TEXT, "")}, {GIVEN(private_key, SHAPE_TEXT, "")},
};

static void given_clear(struct certificate_call *g)
{
    call_clear(texts, CALL_COUNT(texts), g);
}

/* What the service does not take as a device's key. */
static int check_key(struct call *c, const struct inspected *i)
{
    static const char *const curves[] = {"ec-p256", "ec-p384", "ec-p521"};
    int bits = 0, good = 0;

    if (strncmp(i->key, "rsa-", 4) == 0)
        bits = (int)strtol(i->key + 4, NULL, 10);
    for (size_t k = 0; k < CALL_COUNT(curves); k++)
        good |= strcmp(i->key, curves[k]) == 0;
    if (good || bits >= 2048)
        return 0;
    return call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                     "A key %s is not supported: RSA of 2048 bits at least, or "
                     "EC P-256, P-384, P-521",
                     i->key);
}

int certificate_add(struct call *c, const struct inspected *i, const char *pem,
                    const char *ca, enum status status, int mode,
                    struct device_certificate *out)
{
    char generation[STORE_UUID];
    int added;

    store_uuid(generation);
    *out = (struct device_certificate){
        .id = strdup(i->sha256),
        .arn = call_arn(c, "cert/%s", i->sha256),
        .pem = strdup(pem),
        .ca = ca ? strdup(ca) : NULL,
        .status = status,
        .mode = mode,
        .created = c->now,
        .modified = c->now,
        .version = 1,
        .not_before = i->not_before,
        .not_after = i->not_after,
        .generation = strdup(generation),
    };
    if (!out->id || !out->arn || !out->pem || !out->generation ||
        (ca != NULL && out->ca == NULL))
        return call_internal(c);
    added = rows_insert(c->rows, &certificate_table, out);
    if (added < 0)
        return call_internal(c);
    c->changed = 1;
    if (added == 0)
        return 0;
    snprintf(c->resource_id, sizeof c->resource_id, "%s", out->id);
    snprintf(c->resource_arn, sizeof c->resource_arn, "%s", out->arn);
    return call_fail(c, FAULT_EXISTS,
                     "The certificate is already provisioned or registered");
}

static int inspect(struct call *c, const char *pem, struct inspected *out)
{
    char why[INSPECT_WHY];

    if (inspect_pem(pem, out, why) != 0)
        return call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                         "The certificate is invalid: %s", why);
    return 0;
}

/* By the text that came with it: the CA must be a registered one. */
static int ca_given(struct call *c, const struct inspected *i, const char *pem,
                    struct ca_certificate *out)
{
    struct inspected ca = {0};
    int status = inspect(c, pem, &ca);

    if (status == 0 && !inspect_is_issued_by(i, &ca))
        status = call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                           "The certificate is not signed by the given CA "
                           "certificate");
    if (status == 0) {
        status = rows_get(c->rows, &ca_table, out, ca.sha256, NULL);
        if (status < 0)
            call_internal(c);
    }
    inspect_clear(&ca);
    return status;
}

static int find_ca(struct call *c, const struct inspected *i, const char *pem,
                   struct ca_certificate *out)
{
    int several = 0;
    int status = pem ? ca_given(c, i, pem, out) : ca_find(c, i, out, &several);

    if (status == 1)
        return call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                         "The CA certificate that signed it is not registered");
    if (status == 0 && several > 1)
        return call_fail(c, FAULT_CERTIFICATE_CONFLICT,
                         "%d registered CA certificates have the name and the "
                         "key that signed it: give caCertificatePem",
                         several);
    if (status == 0 && out->status != STATUS_ACTIVE)
        return call_fail(c, FAULT_CERTIFICATE_VALIDATION,
                         "The CA certificate that signed it is not active");
    return status;
}

static int check_status(struct call *c, int64_t status)
{
    if (status == STATUS_PENDING_TRANSFER ||
        status == STATUS_PENDING_ACTIVATION)
        return call_fail(c, FAULT_CERTIFICATE_STATE,
                         "A certificate cannot be registered with status %s",
                         status_words[status]);
    return 0;
}

static int register_one(struct call *c, int with_ca)
{
    static const struct shape in[] = {
        {GIVEN(pem, SHAPE_TEXT, "certificatePem"), .required = 1, .min = 1,
         .max = PEM_MAX},
        {GIVEN(status, SHAPE_WORD, "status"), .words = status_words},
        {GIVEN(ca_pem, SHAPE_TEXT, "caCertificatePem"), .min = 1,
         .max = PEM_MAX},
        {GIVEN(active, SHAPE_FLAG, "setAsActive"), .place = SHAPE_QUERY},
    };
    struct certificate_call g = {.status = STATUS_INACTIVE};
    struct device_certificate made = {0};
    struct ca_certificate ca = {.mode = MODE_SNI_ONLY};
    struct inspected i = {0};
    int status = call_read(c, in, with_ca ? 4 : 2, &g);

    if (status == 0 && g.active)
        g.status = STATUS_ACTIVE;
    if (status == 0 &&
        (check_status(c, g.status) != 0 || inspect(c, g.pem, &i) != 0 ||
         check_key(c, &i) != 0 ||
         (with_ca && find_ca(c, &i, g.ca_pem, &ca) != 0) ||
         certificate_add(c, &i, g.pem, ca.id, (enum status)g.status,
                         (int)ca.mode, &made) != 0))
        status = -1;
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &made);
    rows_clear(&certificate_table, &made);
    rows_clear(&ca_table, &ca);
    inspect_clear(&i);
    given_clear(&g);
    return status;
}

int call_register_certificate(struct call *c)
{
    return register_one(c, 1);
}

int call_register_certificate_without_ca(struct call *c)
{
    return register_one(c, 0);
}

/* Keeps what the signer made, in g->pem, and answers. */
static int keep_made(struct call *c, struct certificate_call *g)
{
    static const struct shape out[] = {
        {CERTIFICATE(pem, SHAPE_TEXT, "certificatePem")},
    };
    struct device_certificate made = {0};
    struct inspected i = {0};
    int status = inspect(c, g->pem, &i);

    if (status == 0)
        status = certificate_add(c, &i, g->pem, NULL,
                                 g->active ? STATUS_ACTIVE : STATUS_INACTIVE,
                                 MODE_DEFAULT, &made);
    if (status == 0)
        status = call_write(c, "", identity, CALL_COUNT(identity), &made);
    if (status == 0)
        status = call_write(c, "", out, 1, &made);
    rows_clear(&certificate_table, &made);
    inspect_clear(&i);
    return status;
}

static int no_signer(struct call *c)
{
    return call_fail(c, FAULT_UNAVAILABLE,
                     "This account has nobody who signs certificates");
}

int call_create_certificate_from_csr(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(csr, SHAPE_TEXT, "certificateSigningRequest"), .required = 1,
         .min = 1, .max = CSR_MAX},
        {GIVEN(active, SHAPE_FLAG, "setAsActive"), .place = SHAPE_QUERY},
    };
    const struct account_signer *s = &c->account->options.signer;
    struct certificate_call g = {0};
    char why[ACCOUNT_WHY] = "";
    int status = call_read(c, in, CALL_COUNT(in), &g);

    if (status == 0 && s->sign == NULL)
        status = no_signer(c);
    else if (status == 0 &&
             s->sign(s->context, g.csr, c->now, &g.pem, why) != 0)
        status =
            call_fail(c, FAULT_INVALID_REQUEST,
                      "The certificate signing request is invalid: %s", why);
    if (status == 0)
        status = keep_made(c, &g);
    given_clear(&g);
    return status;
}

int call_create_keys_and_certificate(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(active, SHAPE_FLAG, "setAsActive"), .place = SHAPE_QUERY},
    };
    static const struct shape out[] = {
        {GIVEN(public_key, SHAPE_TEXT, "keyPair.PublicKey")},
        {GIVEN(private_key, SHAPE_TEXT, "keyPair.PrivateKey")},
    };
    const struct account_signer *s = &c->account->options.signer;
    struct certificate_call g = {0};
    char why[ACCOUNT_WHY] = "";
    int status = call_read(c, in, CALL_COUNT(in), &g);

    if (status == 0 && s->make == NULL)
        status = no_signer(c);
    else if (status == 0 && s->make(s->context, c->now, &g.pem, &g.public_key,
                                    &g.private_key, why) != 0)
        status = call_fail(c, FAULT_UNAVAILABLE, "%s", why);
    if (status == 0)
        status = keep_made(c, &g);
    if (status == 0)
        status = call_write(c, "", out, CALL_COUNT(out), &g);
    given_clear(&g);
    return status;
}

/* Reads the id of the path (and more) and finds the certificate. */
static int find(struct call *c, struct certificate_call *g,
                struct device_certificate *out)
{
    memset(out, 0, sizeof *out);
    return call_read(c, key, 1, g) == 0 &&
                   call_need(c, &certificate_table, out, g->id, NULL,
                             "Certificate") == 0
               ? 0
               : -1;
}

int call_describe_certificate(struct call *c)
{
    static const struct shape out[] = {
        {CERTIFICATE(arn, SHAPE_TEXT, "certificateArn")},
        {CERTIFICATE(id, SHAPE_TEXT, "certificateId")},
        {CERTIFICATE(ca, SHAPE_TEXT, "caCertificateId")},
        {CERTIFICATE(status, SHAPE_WORD, "status"), .words = status_words},
        {CERTIFICATE(pem, SHAPE_TEXT, "certificatePem")},
        {CERTIFICATE(created, SHAPE_TIME, "creationDate")},
        {CERTIFICATE(modified, SHAPE_TIME, "lastModifiedDate")},
        {CERTIFICATE(version, SHAPE_NUMBER, "customerVersion")},
        {CERTIFICATE(generation, SHAPE_TEXT, "generationId")},
        {CERTIFICATE(not_before, SHAPE_TIME, "validity.notBefore")},
        {CERTIFICATE(not_after, SHAPE_TIME, "validity.notAfter")},
        {CERTIFICATE(mode, SHAPE_WORD, "certificateMode"), .words = mode_words},
    };
    static const struct shape owner = {.name = "ownedBy", .kind = SHAPE_TEXT};
    const char *id = c->account->id;
    struct certificate_call g = {0};
    struct device_certificate d;
    int status = find(c, &g, &d);

    if (status == 0)
        status =
            call_write(c, "certificateDescription", out, CALL_COUNT(out), &d);
    if (status == 0)
        status = call_write(c, "certificateDescription", &owner, 1, &id);
    rows_clear(&certificate_table, &d);
    given_clear(&g);
    return status;
}

int call_update_certificate(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(status, SHAPE_WORD, "newStatus"), .place = SHAPE_QUERY,
         .required = 1, .words = status_words},
    };
    struct certificate_call g = {0};
    struct device_certificate d = {0};
    int status = call_read(c, in, 1, &g);

    if (status == 0)
        status = find(c, &g, &d);
    if (status == 0 && (g.status == STATUS_PENDING_TRANSFER ||
                        g.status == STATUS_PENDING_ACTIVATION))
        status = call_fail(c, FAULT_CERTIFICATE_STATE,
                           "A certificate cannot be set to %s",
                           status_words[g.status]);
    else if (status == 0 && d.status == STATUS_REVOKED &&
             g.status != STATUS_REVOKED)
        status = call_fail(c, FAULT_CERTIFICATE_STATE,
                           "Certificate %s is revoked, which is final", d.id);
    d.status = g.status;
    d.modified = c->now;
    d.version++;
    if (status == 0 && rows_update(c->rows, &certificate_table, &d) != 0)
        status = call_internal(c);
    rows_clear(&certificate_table, &d);
    given_clear(&g);
    c->changed = 1;
    return status;
}

/* Nothing may hang on it; policies go where it is forced. */
static int release(struct call *c, const struct device_certificate *d,
                   int force)
{
    const struct rows_query things = {
        .table = &principal_table, .column = {"principal"}, .value = {d->arn}};
    const struct rows_query policies = {
        .table = &attachment_table, .column = {"target"}, .value = {d->arn}};
    struct rows_page page;
    int status = 0;

    if (rows_count(c->rows, &things) > 0)
        return call_fail(c, FAULT_DELETE_CONFLICT,
                         "Things must be detached before deletion (arn: %s)",
                         d->arn);
    if (!force && rows_count(c->rows, &policies) > 0)
        return call_fail(c, FAULT_DELETE_CONFLICT,
                         "Certificate policies must be detached before "
                         "deletion (arn: %s)",
                         d->arn);
    if (rows_list(c->rows, &policies, &page) != 0)
        status = -1;
    for (size_t i = 0; i < page.count && status == 0; i++) {
        const struct attachment *at = (struct attachment *)page.items + i;

        status = rows_delete(c->rows, &attachment_table, at->policy, d->arn);
    }
    rows_page_clear(&attachment_table, &page);
    return status == 0 ? 0 : call_internal(c);
}

int call_delete_certificate(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(force, SHAPE_FLAG, "forceDelete"), .place = SHAPE_QUERY},
    };
    struct certificate_call g = {0};
    struct device_certificate d = {0};
    int status = call_read(c, in, 1, &g);

    if (status == 0)
        status = find(c, &g, &d);
    if (status == 0 && d.status == STATUS_ACTIVE)
        status =
            call_fail(c, FAULT_CERTIFICATE_STATE,
                      "Certificate must be deactivated (not ACTIVE) before "
                      "deletion. (id=%s)",
                      d.id);
    if (status == 0)
        status = release(c, &d, (int)g.force);
    if (status == 0 &&
        rows_delete(c->rows, &certificate_table, d.id, NULL) != 0)
        status = call_internal(c);
    rows_clear(&certificate_table, &d);
    given_clear(&g);
    c->changed = 1;
    return status;
}

static const struct shape listed[] = {
    {CERTIFICATE(arn, SHAPE_TEXT, "certificateArn")},
    {CERTIFICATE(id, SHAPE_TEXT, "certificateId")},
    {CERTIFICATE(status, SHAPE_WORD, "status"), .words = status_words},
    {CERTIFICATE(mode, SHAPE_WORD, "certificateMode"), .words = mode_words},
    {CERTIFICATE(created, SHAPE_TIME, "creationDate")},
};

int call_list_certificates(struct call *c)
{
    struct rows_query q = {.table = &certificate_table, .descending = 1};

    return call_list(c, CALL_MARKER, "certificates", &q, listed,
                     CALL_COUNT(listed));
}

int call_list_certificates_by_ca(struct call *c)
{
    static const struct shape in[] = {
        {GIVEN(id, SHAPE_TEXT, "caCertificateId"), .place = SHAPE_PATH,
         .required = 1, .min = 64, .max = 64, .set = HEX},
    };
    struct certificate_call g = {0};
    struct rows_query q = {
        .table = &certificate_table, .column = {"ca"}, .descending = 1};
    int status = call_read(c, in, 1, &g);

    q.value[0] = g.id;
    if (status == 0)
        status = call_list(c, CALL_MARKER, "certificates", &q, listed,
                           CALL_COUNT(listed));
    given_clear(&g);
    return status;
}
