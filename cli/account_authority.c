/* One way to say it on both sides: an action of MQTT is an action of a policy.
 */
#include "cli/account_authority.h"

#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/diag.h"

struct holder {
    const struct account_authority *authority;
    struct account_principal *principal;
    uint8_t *der; /* of a certificate that may register itself; or NULL */
    size_t size;
};

static void holder_free(void *arg)
{
    struct holder *h = arg;

    if (h == NULL)
        return;
    account_principal_free(h->principal);
    free(h->der);
    free(h);
}

/* What a CONNECT needs to register the certificate. */
static int der_keep(struct holder *h, const uint8_t *der, size_t size)
{
    if (account_state(h->principal) != ACCOUNT_UNKNOWN_OF_CA)
        return 0;
    h->der = malloc(size);
    if (h->der == NULL)
        return -1;
    memcpy(h->der, der, size);
    h->size = size;
    return 0;
}

static void *holder_new(void *context, const uint8_t *der, size_t size)
{
    const struct account_authority *a = context;
    struct holder *h = calloc(1, sizeof *h);

    if (h == NULL)
        return NULL;
    h->authority = a;
    h->principal = account_principal(a->account, der, size);
    if (h->principal != NULL && der_keep(h, der, size) == 0)
        return h;
    holder_free(h);
    return NULL;
}

/* One that may register itself does so at its CONNECT. */
static int is_welcome(const void *holder)
{
    const struct holder *h = holder;
    enum account_certificate state = account_state(h->principal);

    return state == ACCOUNT_ACTIVE || state == ACCOUNT_UNKNOWN_OF_CA;
}

static int permits(const void *holder, const struct authority_peer *peer,
                   enum mqtt_action action, const char *what)
{
    static const enum account_action actions[] = {
        [MQTT_CONNECT_AS] = ACCOUNT_CONNECT,
        [MQTT_PUBLISH_TO] = ACCOUNT_PUBLISH,
        [MQTT_RETAIN_TO] = ACCOUNT_RETAIN,
        [MQTT_SUBSCRIBE_TO] = ACCOUNT_SUBSCRIBE,
        [MQTT_RECEIVE_FROM] = ACCOUNT_RECEIVE,
    };
    const struct holder *h = holder;
    const struct account_connection connection = {
        .client_id = peer->client_id,
        .domain_name = peer->server_name,
        .source = peer->address,
    };

    int is_let_in = 0;

    if (action != MQTT_CONNECT_AS)
        return account_permits(h->principal, &connection, actions[action],
                               what);
    if (h->der != NULL) /* pending activation: this time it is closed */
        account_register(h->authority->account, h->der, h->size);
    else
        is_let_in =
            account_permits(h->principal, &connection, actions[action], what);
    if (h->authority->asked != NULL)
        h->authority->asked(h->authority->arg, peer, what, is_let_in);
    return is_let_in;
}

static unsigned version(void *context)
{
    struct account_authority *a = context;

    return atomic_load(&a->version);
}

static void on_change(void *context)
{
    struct account_authority *a = context;

    atomic_fetch_add(&a->version, 1);
    a->changed(a->arg);
}

void account_authority_init(struct account_authority *a,
                            struct account *account, void (*changed)(void *arg),
                            void *arg)
{
    a->authority = (struct authority){a,          holder_new, holder_free,
                                      is_welcome, permits,    version};
    a->account = account;
    a->changed = changed;
    a->asked = NULL;
    a->arg = arg;
    atomic_init(&a->version, 1);
    account_watch(account, on_change, a);
}
