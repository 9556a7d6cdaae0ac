/* Events of the endpoint as text for people. Must not decide anything. */
#include "cli/serve_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/quantity.h"
#include "base/text.h"
#include "cli/serve_mqtt.h"
#include "model/reason.h"

static const char *known(const char *text)
{
    return text == NULL ? "-" : text;
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
                      const struct endpoint_event *listening)
{
    const char *address = known(listening->address);
    const char *open = strchr(address, ':') == NULL ? "" : "[";
    const char *close = strchr(address, ':') == NULL ? "" : "]";
    int port = listening->port;
    char at[32];

    name_print("serving    ", known(listening->state));
    printf(", at %s, policy %s\n", time_format(state->now, at), state->policy);
    printf("listening  %s%s%s:%d\n", open, address, close, port);
    name_print("name       ", state->endpoint);
    name_print("\nanchors    ", anchors_path);
    printf("\nchains, leaf first\n");
    chain_print("rsa", &trial->chains[CHAIN_RSA]);
    chain_print("ecdsa", &trial->chains[CHAIN_ECDSA]);
    printf("try        openssl s_client -connect %s%s%s:%d", open, address,
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

static void hello_print(const struct hello *hello)
{
    if (hello == NULL) {
        printf("no ClientHello");
        return;
    }
    printf("offers TLS");
    for (size_t i = 0; i < hello->versions_count; i++)
        printf("%s%s", i == 0 ? " " : "/", hello->versions[i]);
    printf(", %zu suites, name ", hello->suites_count);
    text_print(stdout, known(hello->sni));
    printf(", %s", known(hello->ja4));
}

static void chose_print(const struct endpoint_side *side)
{
    const struct negotiated *chose = &side->chose;

    if (chose->version == NULL) {
        printf("; nothing chosen");
        return;
    }
    printf("; TLS %s %s %s", chose->version, known(chose->suite),
           known(chose->group));
    if (side->certificates > 0)
        printf(", %s chain, %u certificates in %zu bytes", known(side->chain),
               side->certificates, side->certificate_bytes);
}

static void alerts_print(const char *what, const struct alert *alerts,
                         size_t count)
{
    char room[ALERT_LEVEL_TEXT];

    for (size_t i = 0; i < count; i++)
        printf("; %s %s %s (%d)", what, alert_level_text(alerts[i].level, room),
               known(alert_name(alerts[i].code)), alerts[i].code);
}

/* What the endpoint itself could not do, or did not wait for. */
static void ending_print(const struct endpoint_side *side)
{
    if (side->limit != NULL)
        printf("; the limit %s ran out", side->limit);
    if (side->unserved != NULL)
        printf("; cannot be served: %s", side->unserved);
}

static void side_print(const struct endpoint_side *side)
{
    hello_print(side->hello);
    chose_print(side);
    alerts_print("sent", side->sent, side->sent_count);
    alerts_print("received", side->received, side->received_count);
    printf("; handshake %s", record_handshakes[side->handshake]);
    if (side->error_text != NULL)
        printf(" (%s)", side->error_text);
    ending_print(side);
    serve_mqtt_connection(side->mqtt);
    printf("; %lld bytes in, %lld out; closed by %s (%s) after %.1f ms\n",
           side->application_read, side->application_written,
           known(record_closers[side->closed_by]),
           known(record_hows[side->closed_how]), side->ms);
}

void serve_text_connection(const struct endpoint_event *event)
{
    char now[32];

    flockfile(stdout);
    printf("%s #%lld %s:%d ", time_format(time(NULL), now), event->number,
           known(event->peer_address), event->peer_port);
    if (event->side != NULL)
        side_print(event->side);
    else
        puts("what it did cannot be told");
    fflush(stdout);
    funlockfile(stdout);
}
