/* Builds one endpoint state from the endpoint configuration (docs/record.md),
 * for GnuTLS. */
#include "server/gnutls/gtls_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

int gtls_state_fault(const struct gtls_state *s, const char *what, int error)
{
    diag("state %s: %s%s%s", s->id == NULL ? "?" : s->id, what,
         error < 0 ? ": " : "", error < 0 ? gnutls_strerror(error) : "");
    return -1;
}

static int chains_load(struct gtls_state *s, const json_t *chains)
{
    static const char *const names[GTLS_CHAINS] = {"rsa", "ecdsa"};
    int found = 0;

    for (int i = 0; i < GTLS_CHAINS; i++) {
        const json_t *spec = json_object_get(chains, names[i]);

        s->chains[i].name = names[i];
        if (spec == NULL || json_is_null(spec))
            continue;
        if (gtls_chain_load(s, &s->chains[i], spec) != 0)
            return -1;
        found++;
    }
    if (found == 0)
        return gtls_state_fault(s, "chains: neither rsa nor ecdsa is given", 0);
    return 0;
}

static int credentials_make(struct gtls_state *s)
{
    int ret = gnutls_certificate_allocate_credentials(&s->credentials);

    if (ret < 0)
        return gtls_state_fault(s, "credentials", ret);
    ret = gnutls_certificate_set_known_dh_params(s->credentials,
                                                 GNUTLS_SEC_PARAM_MEDIUM);
    return ret < 0 ? gtls_state_fault(s, "finite field groups", ret) : 0;
}

static int state_build(struct gtls_state *s, json_t *state)
{
    json_error_t error;
    const char *id;
    json_t *tls, *chains, *auth = NULL;
    json_int_t clock = 0;

    if (json_unpack_ex(state, &error, 0, "{s:s, s:I, s:o, s:o, s?o}", "id", &id,
                       "clock", &clock, "tls", &tls, "chains", &chains,
                       "client_auth", &auth) != 0) {
        diag("endpoint configuration: a state: %s", error.text);
        return -1;
    }
    s->id = strdup(id);
    if (s->id == NULL)
        return gtls_state_fault(s, "out of memory", 0);
    if (credentials_make(s) != 0 || gtls_policy_apply(s, tls) != 0 ||
        chains_load(s, chains) != 0)
        return -1;
    return gtls_client_auth_apply(s, auth, clock);
}

struct tls_state *gtls_state_build(const json_t *state, size_t message_bytes)
{
    struct gtls_state *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        diag("out of memory");
        return NULL;
    }
    s->message_bytes = message_bytes;
    pthread_mutex_init(&s->lock, NULL);
    /* jansson's unpacking takes a non-const pointer and changes nothing */
    if (state_build(s, (json_t *)state) != 0) {
        gtls_state_destroy(&s->base);
        return NULL;
    }
    return &s->base;
}

void gtls_state_destroy(struct tls_state *base)
{
    struct gtls_state *s = (struct gtls_state *)base;

    for (int i = 0; i < GTLS_CHAINS; i++)
        gtls_chain_clear(&s->chains[i]);
    gtls_words_clear(s);
    pthread_mutex_destroy(&s->lock);
    gtls_policy_clear(s);
    if (s->credentials != NULL)
        gnutls_certificate_free_credentials(s->credentials);
    if (s->anchors != NULL)
        gnutls_x509_trust_list_deinit(s->anchors, 1);
    free(s->id);
    free(s);
}
