/* As a client of the public API would, without the network. */
#include "rotation/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "account/account.h"
#include "account/control.h"
#include "base/diag.h"
#include "base/file.h"

/* *out: the answer, a new reference. The status of HTTP; body is taken. 0:
 * memory is out, reported. */
static int ask(struct account *a, const char *method, const char *target,
               const struct control_header *header, json_t *body, json_t **out)
{
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    const struct control_request request = {
        .method = method,
        .target = target,
        .headers = header,
        .headers_count = header != NULL,
        .body = text,
        .size = text == NULL ? 0 : strlen(text),
    };
    struct control_answer answer;

    *out = NULL;
    if (target == NULL || (body != NULL && text == NULL)) {
        diag("out of memory");
        answer = (struct control_answer){0};
    } else {
        control_answer(a, &request, &answer);
        *out = answer.body == NULL ? NULL : json_loads(answer.body, 0, NULL);
    }
    json_decref(body);
    free(text);
    control_answer_clear(&answer);
    return answer.status;
}

/* The same, of a call that must be answered well; `target` is freed. NULL
 * reported. */
static json_t *must(struct account *a, const char *method, char *target,
                    const struct control_header *header, json_t *body)
{
    json_t *out;
    int status = ask(a, method, target, header, body, &out);
    const char *message = json_string_value(json_object_get(out, "message"));

    if (status != 200) {
        diag("the account answers %d to %s %s%s%s", status, method,
             target == NULL ? "" : target, message == NULL ? "" : ": ",
             message == NULL ? "" : message);
        json_decref(out);
        out = NULL;
    }
    free(target);
    return out;
}

/* For calls whose answer is of no use. */
static int done(json_t *answer)
{
    json_decref(answer);
    return answer == NULL ? -1 : 0;
}

static char *arn_of(const struct account *a, const char *id)
{
    return format("arn:aws:iot:%s:%s:cert/%s", account_region(a), account_id(a),
                  id);
}

/* A copy of a member's text. 0, or -1 reported. */
static int text_take(const json_t *answer, const char *key, char **out)
{
    const char *text = json_string_value(json_object_get(answer, key));

    *out = text == NULL ? NULL : strdup(text);
    if (*out == NULL)
        diag("the account's answer has no %s", key);
    return *out == NULL ? -1 : 0;
}

/* --- What is made --- */

int calls_policy_make(struct account *a, const char *policy)
{
    static const char of[] = "${iot:Connection.Thing.ThingName}";
    char *document = format(
        "{\"Version\":\"2012-10-17\",\"Statement\":["
        "{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\",\"Resource\":"
        "\"arn:aws:iot:%s:%s:client/%s\"},"
        "{\"Effect\":\"Allow\",\"Action\":[\"iot:Publish\",\"iot:Receive\"],"
        "\"Resource\":\"arn:aws:iot:%s:%s:topic/management/topic/%s/*\"},"
        "{\"Effect\":\"Allow\",\"Action\":\"iot:Subscribe\",\"Resource\":"
        "\"arn:aws:iot:%s:%s:topicfilter/management/topic/%s/*\"}]}",
        account_region(a), account_id(a), of, account_region(a), account_id(a),
        of, account_region(a), account_id(a), of);
    int status = done(must(a, "POST", format("/policies/%s", policy), NULL,
                           json_pack("{s:s*}", "policyDocument", document)));

    free(document);
    return status;
}

int calls_thing_make(struct account *a, const char *thing)
{
    return done(
        must(a, "POST", format("/things/%s", thing), NULL, json_object()));
}

int calls_certificate_register(struct account *a, const char *pem,
                               int is_active, char **id)
{
    json_t *answer =
        must(a, "POST", strdup("/certificate/register-no-ca"), NULL,
             json_pack("{s:s,s:s}", "certificatePem", pem, "status",
                       is_active ? "ACTIVE" : "INACTIVE"));
    int status = answer == NULL ? -1 : text_take(answer, "certificateId", id);

    json_decref(answer);
    return status;
}

int calls_certificate_issue(struct account *a, const char *csr, int is_active,
                            char **id, char **pem)
{
    json_t *answer;
    const char *target = is_active ? "/certificates?setAsActive=true"
                                   : "/certificates?setAsActive=false";
    int code =
            ask(a, "POST", target, NULL,
                json_pack("{s:s}", "certificateSigningRequest", csr), &answer),
        status = code == 400 ? 1 : -1;

    *id = *pem = NULL;
    if (code == 200 && text_take(answer, "certificateId", id) == 0)
        status = text_take(answer, "certificatePem", pem);
    else if (code != 400)
        diag("the account answers %d to a certificate signing request", code);
    json_decref(answer);
    return status;
}

int calls_certificate_other(struct account *a, char **pem)
{
    json_t *answer =
        must(a, "POST", strdup("/keys-and-certificate"), NULL, NULL);
    int status = answer == NULL ? -1 : text_take(answer, "certificatePem", pem);

    json_decref(answer);
    return status;
}

int calls_policy_attach(struct account *a, const char *policy, const char *id)
{
    char *arn = arn_of(a, id);
    int status = done(must(a, "PUT", format("/target-policies/%s", policy),
                           NULL, json_pack("{s:s*}", "target", arn)));

    free(arn);
    return status;
}

int calls_thing_attach(struct account *a, const char *thing, const char *id)
{
    char *arn = arn_of(a, id);
    const struct control_header header = {"x-amzn-principal", arn};
    int status = done(
        must(a, "PUT", format("/things/%s/principals", thing), &header, NULL));

    free(arn);
    return status;
}

/* --- What is asked --- */

/* Appends to a list that ends with NULL. 0, or -1 reported. */
static int list_add(char ***list, size_t *count, const char *text)
{
    char **grown = realloc(*list, (*count + 2) * sizeof(char *));

    if (grown != NULL) {
        *list = grown;
        grown[*count] = text == NULL ? NULL : strdup(text);
        grown[*count + 1] = NULL;
        if (text == NULL || grown[(*count)++] != NULL)
            return 0;
    }
    diag("out of memory");
    return -1;
}

static const char *certificate_of_finding(const json_t *finding)
{
    const json_t *resource = json_object_get(finding, "nonCompliantResource");

    return json_string_value(
        json_object_get(json_object_get(resource, "resourceIdentifier"),
                        "deviceCertificateId"));
}

static int findings_add(const json_t *page, char ***ids, size_t *count)
{
    const json_t *list = json_object_get(page, "findings"), *item;
    size_t i;
    int status = 0;

    json_array_foreach(list, i, item)
    {
        const char *id = certificate_of_finding(item);

        if (id != NULL && status == 0)
            status = list_add(ids, count, id);
    }
    return status;
}

static char *audit_start(struct account *a)
{
    json_t *answer = must(a, "POST", strdup("/audit/tasks"), NULL,
                          json_pack("{s:[s]}", "targetCheckNames",
                                    "DEVICE_CERTIFICATE_EXPIRING_CHECK"));
    char *task = NULL;

    if (answer != NULL)
        text_take(answer, "taskId", &task);
    json_decref(answer);
    return task;
}

int calls_audit(struct account *a, char ***ids)
{
    char *task = audit_start(a), *token = NULL;
    size_t count = 0;
    int status = task == NULL ? -1 : 0, more = 1;

    *ids = NULL;
    if (status == 0)
        status = list_add(ids, &count, NULL);
    while (status == 0 && more) {
        json_t *page = must(a, "POST", strdup("/audit/findings"), NULL,
                            json_pack("{s:s,s:i,s:s*}", "taskId", task,
                                      "maxResults", 250, "nextToken", token));

        status = page == NULL ? -1 : findings_add(page, ids, &count);
        free(token);
        token = NULL;
        more = json_object_get(page, "nextToken") != NULL;
        if (status == 0 && more)
            status = text_take(page, "nextToken", &token);
        json_decref(page);
    }
    free(token);
    free(task);
    return status;
}

int calls_thing_of(struct account *a, const char *id, char **thing)
{
    char *arn = arn_of(a, id);
    const struct control_header header = {"x-amzn-principal", arn};
    json_t *answer =
        must(a, "GET", strdup("/principals/things"), &header, NULL);
    const char *name =
        json_string_value(json_array_get(json_object_get(answer, "things"), 0));

    *thing = name == NULL ? NULL : strdup(name);
    free(arn);
    json_decref(answer);
    return answer == NULL || (name != NULL && *thing == NULL) ? -1 : 0;
}

/* Colons and slashes stay what they are in a segment. */
static char *segment_of(const char *arn)
{
    char *out = malloc(3 * strlen(arn) + 1), *at = out;

    for (const char *c = arn; out != NULL && *c != '\0'; c++) {
        if (*c == ':' || *c == '/')
            at += sprintf(at, "%%%02X", (unsigned)*c);
        else
            *at++ = *c;
    }
    if (out != NULL)
        *at = '\0';
    return out;
}

int calls_policies_of(struct account *a, const char *id, char ***policies)
{
    char *arn = arn_of(a, id), *segment = arn == NULL ? NULL : segment_of(arn);
    json_t *answer =
        must(a, "POST",
             segment == NULL ? NULL : format("/attached-policies/%s", segment),
             NULL, NULL);
    const json_t *item;
    size_t i, count = 0;
    int status = answer == NULL ? -1 : 0;

    *policies = NULL;
    if (status == 0)
        status = list_add(policies, &count, NULL);
    json_array_foreach(json_object_get(answer, "policies"), i, item)
    {
        const char *name =
            json_string_value(json_object_get(item, "policyName"));

        if (name != NULL && status == 0)
            status = list_add(policies, &count, name);
    }
    free(arn);
    free(segment);
    json_decref(answer);
    return status;
}

int calls_certificates_of(struct account *a, const char *thing, char ***ids)
{
    json_t *answer =
        must(a, "GET", format("/things/%s/principals", thing), NULL, NULL);
    const json_t *item;
    size_t i, count = 0;
    int status = answer == NULL ? -1 : 0;

    *ids = NULL;
    if (status == 0)
        status = list_add(ids, &count, NULL);
    json_array_foreach(json_object_get(answer, "principals"), i, item)
    {
        const char *arn = json_string_value(item);
        const char *slash = arn == NULL ? NULL : strrchr(arn, '/');

        if (slash != NULL && status == 0)
            status = list_add(ids, &count, slash + 1);
    }
    json_decref(answer);
    return status;
}

int calls_status(struct account *a, const char *id, char status[24])
{
    json_t *answer;
    char *target = format("/certificates/%s", id);
    int code = ask(a, "GET", target, NULL, NULL, &answer);
    const char *word = json_string_value(json_object_get(
        json_object_get(answer, "certificateDescription"), "status"));

    snprintf(status, 24, "%s", code == 200 && word != NULL ? word : "");
    free(target);
    json_decref(answer);
    return code == 200 || code == 404 ? 0 : -1;
}

/* --- What is taken away --- */

int calls_deactivate(struct account *a, const char *id)
{
    return done(must(a, "PUT",
                     format("/certificates/%s?newStatus=INACTIVE", id), NULL,
                     NULL));
}

static int policies_detach(struct account *a, const char *id)
{
    char **policies, *arn = arn_of(a, id);
    int status = calls_policies_of(a, id, &policies);

    for (size_t i = 0; status == 0 && policies[i] != NULL; i++)
        status =
            done(must(a, "POST", format("/target-policies/%s", policies[i]),
                      NULL, json_pack("{s:s*}", "target", arn)));
    strings_free(policies);
    free(arn);
    return status;
}

int calls_delete(struct account *a, const char *id, const char *thing)
{
    char *arn = arn_of(a, id);
    const struct control_header header = {"x-amzn-principal", arn};
    int status = policies_detach(a, id);

    if (status == 0)
        status = done(must(a, "DELETE", format("/things/%s/principals", thing),
                           &header, NULL));
    if (status == 0)
        status =
            done(must(a, "DELETE", format("/certificates/%s", id), NULL, NULL));
    free(arn);
    return status;
}
