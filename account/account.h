/* An account as AWS IoT Core has them, around one endpoint: what devices are
 * called, which certificates they may use, what those permit, which domain
 * names are served how. Kept in a folder; changed through the control plane
 * (control.h); asked by the endpoint through this header. Everything here may
 * be called by any thread. docs/account.md tells the rules. */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

struct account;

/* Two eras: in 2018 iot:Data and iot:Jobs were endpoint types like others; in
 * 2026 they are retired and refused. */
enum account_era { ACCOUNT_2018, ACCOUNT_2026 };

/* Who signs device certificates for CreateCertificateFromCsr and
 * CreateKeysAndCertificate. All texts are PEM, malloc'd, taken by the account.
 * Each returns 0, or -1 with one sentence in why. Called under the account's
 * lock: must not call the account. */
enum { ACCOUNT_WHY = 200 };
struct account_signer {
    void *context;
    int (*sign)(void *context, const char *csr, int64_t now, char **certificate,
                char why[static ACCOUNT_WHY]);
    int (*make)(void *context, int64_t now, char **certificate,
                char **public_key, char **private_key,
                char why[static ACCOUNT_WHY]);
};

/* Who knows what the domain configurations of customers are served with: a
 * chain by its name. Called under the account's lock: must not call it. */
struct account_chains {
    void *context;
    /* 0; 1: no chain has that name, and a certificate that is called so is one
     * that the service itself issues; -1 with a sentence in why: it cannot be
     * served for that host. chain NULL: one that the service issues. */
    int (*check)(void *context, const char *chain, const char *host,
                 char why[static ACCOUNT_WHY]);
};

struct account_options {
    /* id, region and era count when the folder is new; an account that is there
     * keeps its own, and another one asked for is refused. NULL and -1: as it
     * is; a new one is 123456789012, us-east-1, ACCOUNT_2026. */
    const char *id, *region;
    int era;
    /* Whether UpdateDomainConfiguration takes iot:Data-ATS and its like: the
     * service's own model and guide contradict each other. */
    int fixed_defaults;
    /* Whether a client certificate that has expired is refused at CONNECT: the
     * public pages do not say. */
    int refuses_expired;
    int is_scratch; /* nobody opens the folder again: nothing waits for disks */
    int64_t (*now)(void *context); /* UTC seconds; NULL: the real clock */
    void *now_context;
    struct account_signer signer; /* its functions NULL: nobody signs */
    struct account_chains chains; /* NULL: every name is good */
};

/* Opens the account in a folder, which is made (0700) if it is not there. One
 * process at a time has it. NULL on failure, reported. */
struct account *account_open(const char *dir, const struct account_options *o);
void account_close(struct account *a);

const char *account_id(const struct account *a);
const char *account_region(const struct account *a);
enum account_era account_era_of(const struct account *a);

/* A change callback: after each change that an answer to a question below may
 * depend on, once it is kept. By the thread that made it, without the account's
 * lock. NULL: none. */
void account_watch(struct account *a, void (*changed)(void *context),
                   void *context);

/* --- Client certificates --- */

enum account_certificate { /* what the account thinks of one */
                           ACCOUNT_ACTIVE,
                           ACCOUNT_INACTIVE,
                           ACCOUNT_REVOKED,
                           ACCOUNT_PENDING_TRANSFER,
                           ACCOUNT_REGISTER_INACTIVE,
                           ACCOUNT_PENDING_ACTIVATION,
                           ACCOUNT_UNKNOWN_OF_CA, /* not registered, but signed
                                                     by a registered CA that is
                                                     active and lets its
                                                     certificates register */
                           ACCOUNT_UNKNOWN,
                           ACCOUNT_EXPIRED /* active, with refuses_expired */
};

/* The owner of a client certificate with its policies and its thing, as they
 * were when it was asked for. Never changes; freed by its holder. */
struct account_principal;

/* By the certificate's DER. NULL only on failure, reported. */
struct account_principal *account_principal(struct account *a,
                                            const uint8_t *der, size_t size);
/* The same, of a certificate that is registered, by its id. One that is not is
 * ACCOUNT_UNKNOWN. */
struct account_principal *account_principal_of_id(struct account *a,
                                                  const char *id);
void account_principal_free(struct account_principal *p);
enum account_certificate account_state(const struct account_principal *p);
/* Its id, 64 hex digits, which is the SHA-256 of the DER. */
const char *account_certificate_id(const struct account_principal *p);
/* The thing of a connection: the one that is named like the client id, of those
 * that the certificate is attached to; else the one it belongs to exclusively.
 * NULL: none. */
const char *account_thing(const struct account_principal *p,
                          const char *client_id);

/* What the service does at the CONNECT (not in the handshake) of a certificate
 * that is ACCOUNT_UNKNOWN_OF_CA: it registers it as PENDING_ACTIVATION. 0, also
 * where there is nothing to do; -1 reported. */
int account_register(struct account *a, const uint8_t *der, size_t size);

enum account_action {
    ACCOUNT_CONNECT,   /* of a client id */
    ACCOUNT_PUBLISH,   /* to a topic */
    ACCOUNT_RETAIN,    /* iot:RetainPublish: asked besides PUBLISH */
    ACCOUNT_SUBSCRIBE, /* to a topic filter */
    ACCOUNT_RECEIVE    /* from a topic */
};

/* What is known of the connection, for policy variables; NULL: not known. */
struct account_connection {
    const char *client_id;
    const char *domain_name; /* iot:DomainName */
    const char *source;      /* aws:SourceIp, as text */
};

/* Do the policies attached to an ACTIVE certificate permit it? 1 or 0; of any
 * other state nothing is permitted. */
int account_permits(const struct account_principal *p,
                    const struct account_connection *connection,
                    enum account_action action, const char *name);

/* --- Domain names --- */

/* The address of an endpoint type ("iot:Data-ATS"), as DescribeEndpoint gives
 * it; malloc'd. NULL: the account has none of that type, or it was reported. */
char *account_address(struct account *a, const char *type);

struct account_domain {  /* account_domain_clear frees it */
    char *configuration; /* "iot:Data-ATS" or a custom one's name */
    char *domain_name;
    char *policy;          /* "IoTSecurityPolicy_TLS13_1_2_2022_10" */
    char *certificate_arn; /* of the server; NULL: the service's own */
    char *chain;           /* by its name: one that was set for it, or what that
                              ARN ends with; NULL: the service's own */
    int custom;            /* 0: the configuration is an endpoint type */
    int enabled;
    int ocsp_stapling;
    const char *authentication, *protocol; /* words of the API: "DEFAULT" */
};

/* By the name in SNI, whatever the case. 0; 1: the account has none of that
 * name; -1 reported. */
int account_domain_find(struct account *a, const char *name,
                        struct account_domain *out);
void account_domain_clear(struct account_domain *d);

/* All that serve data, its own endpoints among them, as they were made. 0, or
 * -1 reported; account_domains_clear in both cases. */
struct account_domains {
    struct account_domain *items;
    size_t count;
};
int account_domains_list(struct account *a, struct account_domains *out);
void account_domains_clear(struct account_domains *d);

#endif
