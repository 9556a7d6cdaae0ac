/* An endpoint state as server/gnutls/ sees it. GnuTLS takes a policy as
 * products of key exchange, cipher and MAC, and picks by orders of its own; an
 * endpoint's list is neither a product nor ordered so. So the engine picks
 * suite, chain, group and signature algorithm itself from the ClientHello
 * (gtls_choice.c), and the library gets these alone. Private to this folder. */
#ifndef SERVER_GNUTLS_GTLS_STATE_H
#define SERVER_GNUTLS_GTLS_STATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "server/engine.h"

struct tls_hello;

enum { GTLS_CHAIN_RSA, GTLS_CHAIN_ECDSA, GTLS_CHAINS };
enum { GTLS_TLS12 = 0x0303, GTLS_TLS13 = 0x0304 };

struct gtls_chain {
    const char *name;      /* "rsa", "ecdsa" as server/openssl/ has them */
    uint8_t *data;         /* the file; the certificates point into it */
    gnutls_pcert_st *list; /* raw: GnuTLS never parses them */
    unsigned count;        /* 0: no chain of this key type */
    gnutls_privkey_t key;
    gnutls_pubkey_t public_key; /* of `key`, not of the leaf */
    gnutls_pk_algorithm_t type;
    uint8_t *staple_data;      /* NULL: no OCSP response */
    gnutls_ocsp_data_st staple; /* points into it */
    uint16_t curve; /* of an ECDSA key: the group's code point; else 0 */
};

struct gtls_suite {
    uint16_t code;
    gnutls_kx_algorithm_t kx; /* says nothing for a suite of TLS 1.3 */
    gnutls_cipher_algorithm_t cipher;
    gnutls_mac_algorithm_t mac;
    uint16_t first; /* the oldest version that has it */
};

struct gtls_codes { /* two-byte code points, the endpoint's order */
    uint16_t *list;
    size_t count;
};

enum { GTLS_KEPT = 32 };

/* What the library made of a choice: 8 kB, which all its sessions share. */
struct gtls_kept {
    const struct gtls_suite *suite;
    uint16_t sign, group;
    gnutls_priority_t priority;
};

struct gtls_state {
    struct tls_state base;
    char *id;
    uint16_t min, max;
    struct gtls_suite *suites;
    size_t suites_count;
    struct gtls_codes groups, signs;
    struct gtls_chain chains[GTLS_CHAINS];
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t *alpn; /* NULL: ALPN is ignored */
    unsigned alpn_count;
    int alpn_required;
    int ignores_fragment_length;
    size_t max_record; /* 0: the library's */
    gnutls_certificate_request_t client_auth;
    gnutls_x509_trust_list_t anchors; /* NULL: none */
    time_t clock;
    size_t message_bytes;
    pthread_mutex_t lock; /* for: */
    struct gtls_kept kept[GTLS_KEPT]; /* the first choices; a client may make
                                         more than should be kept */
    size_t kept_count;
};

/* Reports `what` with the state's id and, if `error` is below 0, what the
 * library calls it. Returns -1. */
int gtls_state_fault(const struct gtls_state *s, const char *what, int error);
struct tls_state *gtls_state_build(const json_t *state, size_t message_bytes);
void gtls_state_destroy(struct tls_state *s);

/* Is each key of the object, but for those that say nothing (null, false, 0,
 * empty), one of `known`, which ends with NULL? What another engine has learned
 * and this one has not must not be left out in silence. 0, or -1 reported. */
int gtls_policy_keys(const struct gtls_state *s, const char *field,
                     const json_t *object, const char *const *known);
/* Versions, suites, groups, signature algorithms, ALPN, record size. 0, or -1
 * reported. */
int gtls_policy_apply(struct gtls_state *s, const json_t *tls);
void gtls_policy_clear(struct gtls_state *s);
/* Reads key and certificates. 0, or -1 reported. */
int gtls_chain_load(const struct gtls_state *s, struct gtls_chain *c,
                    const json_t *spec);
void gtls_chain_clear(struct gtls_chain *c);
/* Reads concatenated certificates, each an outer SEQUENCE of any content.
 * Sets *data (malloc'd) and *list (malloc'd, points into it). The count, or -1
 * reported. */
int gtls_chain_split(const struct gtls_state *s, const char *path,
                     uint8_t **data, gnutls_datum_t **list);

struct gtls_choice {
    const struct gtls_suite *suite; /* NULL: none */
    const struct gtls_chain *chain;
    uint16_t sign, group; /* 0: none, or the library finds it */
};
/* What the state serves to this hello: version first, then ALPN, then the
 * first suite of the endpoint's order for which the client and the state have
 * all that it needs, and what that needs by the endpoint's order, too. 0, or
 * GnuTLS's code for the refusal. */
int gtls_choose(const struct gtls_state *s, const struct tls_hello *h,
                struct gtls_choice *out);

int gtls_words_has_group(uint16_t code);
int gtls_words_has_sign(uint16_t code);
/* Lets the session use this choice only; where sign or group is 0, all that the
 * state has. Returns the library's code. */
int gtls_words_set(gnutls_session_t session, struct gtls_state *s,
                   const struct gtls_choice *choice);
void gtls_words_clear(struct gtls_state *s);

/* Certificates asked of clients, checked at the state's clock. 0, or -1
 * reported. */
int gtls_client_auth_apply(struct gtls_state *s, const json_t *auth,
                           json_int_t clock);
struct gtls_verdict { /* about a client's certificate, in OpenSSL's terms */
    int code;         /* X509_V_*; 0: good */
    const char *text; /* static */
    gnutls_alert_description_t alert;
};
/* The verdict about the list that a client sent. */
struct gtls_verdict gtls_client_auth_verify(const struct gtls_state *s,
                                            const gnutls_datum_t *list,
                                            unsigned count);
/* What `der`, a client's leaf, says of itself. */
void gtls_client_auth_describe(const uint8_t *der, size_t size,
                               struct tls_client *out);

#endif
