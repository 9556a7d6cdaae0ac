/* Events of the endpoint as text for people. Must not decide anything. */
#include "cli/serve_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/quantity.h"
#include "base/text.h"
#include "cli/serve_mqtt.h"

static const char *text_at(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));

    return text == NULL ? "-" : text;
}

static long long number_at(const json_t *object, const char *field)
{
    return json_integer_value(json_object_get(object, field));
}

static void chain_print(const char *key_type, const struct trial_list *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        size_t size;

        pki_der(chain->items[i], &size);
        printf("  %-6s %zu  ", i == 0 ? key_type : "", i);
        text_print_padded(stdout, pki_name(chain->items[i]), 44);
        printf(" %5zu bytes  ", size);
        text_print(stdout, pki_subject(chain->items[i]));
        putchar('\n');
    }
}

static void name_print(const char *before, const char *name)
{
    fputs(before, stdout);
    text_print(stdout, name);
}

void serve_text_start(const struct state *state, const struct trial *trial,
                      const char *anchors_path, const char *const identity[2],
                      const json_t *listening)
{
    const char *address = text_at(listening, "address");
    const char *open = strchr(address, ':') == NULL ? "" : "[";
    const char *close = strchr(address, ':') == NULL ? "" : "]";
    long long port = number_at(listening, "port");
    char at[32];

    name_print("serving    ", text_at(listening, "state"));
    printf(", at %s, policy %s\n", time_format(state->now, at), state->policy);
    printf("listening  %s%s%s:%lld\n", open, address, close, port);
    name_print("name       ", state->endpoint);
    name_print("\nanchors    ", anchors_path);
    printf("\nchains, leaf first\n");
    chain_print("rsa", &trial->chains[CHAIN_RSA]);
    chain_print("ecdsa", &trial->chains[CHAIN_ECDSA]);
    printf("try        openssl s_client -connect %s%s%s:%lld", open, address,
           close, port);
    name_print(" -servername ", state->endpoint);
    name_print(" \\\n             -CAfile '", anchors_path);
    printf("' -partial_chain -attime %lld -verify_return_error",
           (long long)state->now);
    if (identity != NULL) {
        name_print(" \\\n             -cert '", identity[0]);
        name_print("' -key '", identity[1]);
        putchar('\'');
    }
    putchar('\n');
}

void serve_text_end(void)
{
    printf("Ctrl-C ends it.\n");
    fflush(stdout);
}

static void hello_print(const json_t *hello)
{
    const json_t *versions = json_object_get(hello, "versions");
    json_t *version;
    size_t i;

    if (!json_is_object(hello)) {
        printf("no ClientHello");
        return;
    }
    printf("offers TLS");
    json_array_foreach((json_t *)versions, i, version)
    {
        printf("%s%s", i == 0 ? " " : "/", json_string_value(version));
    }
    printf(", %zu suites, name ",
           json_array_size(json_object_get(hello, "suites")));
    text_print(stdout, text_at(hello, "sni"));
    printf(", %s", text_at(hello, "ja4"));
}

static void chose_print(const json_t *event)
{
    const json_t *chose = json_object_get(event, "chose");

    if (json_is_null(json_object_get(chose, "version"))) {
        printf("; nothing chosen");
        return;
    }
    printf("; TLS %s %s %s", text_at(chose, "version"), text_at(chose, "suite"),
           text_at(chose, "group"));
    if (number_at(event, "certificates") > 0)
        printf(", %s chain, %lld certificates in %lld bytes",
               text_at(chose, "chain"), number_at(event, "certificates"),
               number_at(event, "certificate_bytes"));
}

static void alerts_print(const char *what, const json_t *alerts)
{
    json_t *alert;
    size_t i;

    json_array_foreach((json_t *)alerts, i, alert)
    {
        printf("; %s %s %s (%lld)", what, text_at(alert, "level"),
               text_at(alert, "name"), number_at(alert, "code"));
    }
}

/* What the endpoint itself could not do, or did not wait for. */
static void ending_print(const json_t *event)
{
    const char *limit = json_string_value(json_object_get(event, "limit"));
    const char *unserved =
        json_string_value(json_object_get(event, "unserved"));

    if (limit != NULL)
        printf("; the limit %s ran out", limit);
    if (unserved != NULL)
        printf("; cannot be served: %s", unserved);
}

void serve_text_connection(const json_t *event)
{
    const json_t *ending = json_object_get(event, "close");
    const json_t *error = json_object_get(event, "error");
    const json_t *application = json_object_get(event, "application");
    char now[32];

    printf("%s #%lld %s:%lld ", time_format(time(NULL), now),
           number_at(event, "number"), text_at(event, "peer_address"),
           number_at(event, "peer_port"));
    hello_print(json_object_get(event, "hello"));
    chose_print(event);
    alerts_print("sent", json_object_get(event, "alerts_sent"));
    alerts_print("received", json_object_get(event, "alerts_received"));
    printf("; handshake %s", text_at(event, "handshake"));
    if (json_string_value(json_object_get(error, "text")) != NULL)
        printf(" (%s)", text_at(error, "text"));
    ending_print(event);
    serve_mqtt_connection(event);
    printf("; %lld bytes in, %lld out; closed by %s (%s) after %.1f ms\n",
           number_at(application, "read"), number_at(application, "written"),
           text_at(ending, "by"), text_at(ending, "how"),
           json_real_value(json_object_get(event, "ms")));
    fflush(stdout);
}
