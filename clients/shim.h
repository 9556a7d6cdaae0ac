/* The shim contract (design section 7, docs/adding-a-stack.md): what a TLS stack offers to the shim program's main
 * loop. One program per stack build. The generic side (clients/shim_*.c) reads jobs, owns the socket, the heap account,
 * the deadline, pins and policies; a stack's folder fills in one `struct shim_ops`. */
#ifndef CLIENTS_SHIM_H
#define CLIENTS_SHIM_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/ocsp.h"
#include "model/reason.h"
#include "model/stage.h"

/* Features a stack build has or lacks; a job that needs one it lacks is answered `unsupported` before any attempt.
 * Names in JSON: the words in the comments. */
enum shim_feature {
    FEATURE_TLS10 = 1 << 0,          /* tls-1.0 */
    FEATURE_TLS11 = 1 << 1,          /* tls-1.1 */
    FEATURE_TLS12 = 1 << 2,          /* tls-1.2 */
    FEATURE_TLS13 = 1 << 3,          /* tls-1.3 */
    FEATURE_SNI = 1 << 4,            /* sni */
    FEATURE_ALPN = 1 << 5,           /* alpn */
    FEATURE_MAX_FRAGMENT = 1 << 6,   /* max-fragment-length */
    FEATURE_CLOCK = 1 << 7,          /* clock: a clock per connection */
    FEATURE_TIME_OFF = 1 << 8,       /* time-off: verification without dates */
    FEATURE_NAME_OFF = 1 << 9,       /* name-off */
    FEATURE_PARTIAL_CHAIN = 1 << 10, /* partial-chain: an intermediate as anchor */
    FEATURE_PEER_CHAIN = 1 << 11,    /* peer-chain: pins and distrust can be checked */
    FEATURE_HEAP = 1 << 12,          /* heap: account and budget */
    FEATURE_MAX_DEPTH = 1 << 13,     /* max-depth */
    FEATURE_MAX_CERTIFICATE = 1 << 14, /* max-certificate */
    FEATURE_IDENTITY = 1 << 15,      /* identity: client certificate */
    FEATURE_GROUPS = 1 << 16,        /* groups can be set */
    FEATURE_SIGALGS = 1 << 17,       /* signature-algorithms can be set */
    FEATURE_SUITES = 1 << 18,        /* suites can be set */
    FEATURE_SECURITY_LEVEL = 1 << 19, /* security-level: the library has levels (OpenSSL's 0 to 5); one without takes no notice of want->security_level */
    FEATURE_SHA1_PIN = 1 << 20,      /* sha1-pin: the library has SHA-1; the main loop finds out by `digest` */
    FEATURE_TRUST_SETTINGS = 1 << 21, /* trust-settings: what an anchor may be trusted for (OpenSSL's TRUSTED CERTIFICATE) */
    FEATURE_RESUME = 1 << 22,        /* resume: a second connection with the session of the first */
    FEATURE_REQUEST_RSA = 1 << 23,   /* request-rsa-2048: makes such a key and a signing request with it */
    FEATURE_REQUEST_P256 = 1 << 24,  /* request-p-256 */
    FEATURE_OCSP = 1 << 25,          /* ocsp: a stapled response can be asked for, checked, and required */
};

struct shim_bytes {
    const uint8_t *data;
    size_t size;
};

enum shim_digest { SHIM_SHA256, SHIM_SHA1 };
enum { SHIM_DIGEST_MAX = 32 }; /* bytes */

enum shim_pin_place { SHIM_PIN_ANY, SHIM_PIN_LEAF, SHIM_PIN_INTERMEDIATE, SHIM_PIN_ANCHOR };

struct shim_pin {
    enum shim_pin_place what;
    int spki;            /* 1: of the SubjectPublicKeyInfo, 0: of the whole certificate */
    enum shim_digest digest;
    uint8_t hash[SHIM_DIGEST_MAX]; /* 32 or 20 bytes */
};

/* What is said of an anchor's use for TLS servers. */
enum shim_use { SHIM_USE_TRUSTED, SHIM_USE_UNTRUSTED, SHIM_USE_REJECTED };

struct shim_settings {
    uint8_t sha256[32]; /* of the anchor */
    enum shim_use use;  /* untrusted: trusted for other uses only */
};

enum shim_key { SHIM_KEY_NONE, SHIM_KEY_RSA_2048, SHIM_KEY_P256 };
enum { SHIM_REQUEST_NAME = 63 }; /* longest common name that all families take whole: wolfSSL cuts it there without a word */

/* MQTT of a device that keeps its session between its connections (clean session 0, MQTT 3.1.1 section 3.1.2.4), in
 * the place of one message to itself. Everything is QoS 1. */
enum { SHIM_SESSION_FILTERS = 4 };
struct shim_session {
    const char *filters[SHIM_SESSION_FILTERS + 1]; /* subscribed to; NULL-terminated */
    const char *topic, *payload; /* of what it publishes; topic NULL: nothing */
    unsigned wait_ms;            /* how long it waits for one message, which it acknowledges; 0: it takes none */
};

/* What the job asks for. Owned by the main loop, const for the stack, valid until the connection is freed. */
struct shim_want {
    const char *id, *host, *name; /* name: reference identity and SNI (a DNS name) */
    const char *source;           /* the local address to connect from; NULL: any */
    uint16_t port;
    int timeout_ms;
    struct shim_bytes anchors; /* concatenated DER certificates; size 0: an empty store */
    int resume;                /* two connections, the second one with the session of the first; its end is the job's */
    int sni, verify_chain, verify_name, verify_time, partial_chain;
    int64_t clock;             /* UTC seconds, what the device believes; only with verify_time */
    uint16_t min_version, max_version; /* 0x0301..0x0304; 0: the stack's default */
    const uint16_t *suites, *groups, *signature_algorithms; /* IANA code points, in order of preference; count 0: the shim's default */
    size_t suites_count, groups_count, signature_algorithms_count;
    const char *const *alpn;   /* NULL-terminated or NULL */
    unsigned max_fragment_length; /* 0, 512, 1024, 2048, 4096 */
    enum ocsp ocsp;            /* of the leaf's status; only asked for without verify_chain */
    const struct shim_pin *pins; /* any one match is enough */
    size_t pins_count;
    const uint8_t (*distrust_spki)[32]; /* anchors (SPKI SHA-256) distrusted ... */
    size_t distrust_count;
    int64_t distrust_after;    /* ... for leaves with a later notBefore */
    const struct shim_settings *settings; /* of anchors that have some */
    size_t settings_count;
    size_t heap;               /* budget in bytes, 0: none */
    unsigned max_depth;        /* intermediates; 0: default */
    size_t max_certificate;    /* bytes; 0: default */
    const char *identity_certificate, *identity_key; /* PEM files or NULL */
    int security_level;        /* -1: what the library does when nobody says */
    enum shim_key request;     /* not NONE: the job is to make a key and a signing request, and connects nowhere */
    const char *request_name;  /* common name: letters, digits, spaces and "-_.:" */
    const char *request_key;   /* a PEM file with the key that is kept; NULL: a new one */
    int mqtt_version;          /* of the application; 0: one byte each way */
    unsigned mqtt_keep_alive;  /* seconds */
    const char *mqtt_client_id, *mqtt_topic; /* topic NULL: CONNACK is enough */
    size_t mqtt_payload;       /* bytes published to the topic, and received */
    const struct shim_session *mqtt_session; /* NULL: none */
};

/* Why it ended. Filled by the stack (native part, reason by its table) and the main loop (policy, time-outs). */
struct shim_why {
    enum stage stage;
    enum reason reason;   /* REASON_NONE: nothing was refused */
    int by_server;        /* 1: the endpoint refused (an alert came), 0: this side did */
    int alert_sent, alert_received; /* as far as the stack tells; -1: unknown or none */
    long native_code;     /* the library's own error; 0: none */
    unsigned long native_flags; /* verify flags or verify result */
    char native_text[160];      /* the library's text, for people only: never mapped */
    const char *feature; /* only from context_new and conn_new: what this build turned out to lack (static text); the answer is `unsupported` */
};

/* What was negotiated and received. Zero or empty where the stack cannot tell. */
struct shim_got {
    uint16_t version, suite, group, signature_algorithm; /* IANA code points */
    char alpn[64];
    unsigned anchors_loaded, anchors_refused;
    int security_level;   /* in effect; -1: the library has none */
    int peer_certificate; /* 1: the server authenticated itself with a certificate */
    int resumed;          /* by `result`: 1: the session of an earlier connection went on */
};

/* What a request job made, as PEM. */
enum { SHIM_REQUEST_PEM = 4096 }; /* bytes with the final NUL */
struct shim_request {
    char key[SHIM_REQUEST_PEM];   /* not encrypted, in a form that the same build takes as an identity's key */
    char request[SHIM_REQUEST_PEM]; /* PKCS #10 (RFC 2986) */
};

enum shim_step { SHIM_WANT_READ, SHIM_WANT_WRITE, SHIM_DONE, SHIM_FAILED };

/* Transport for a connection. Both return bytes moved (> 0), 0 for end of file, -1 for "try again later", -2 for a
 * broken connection. Never block. */
struct shim_io;
ssize_t shim_io_read(struct shim_io *io, void *data, size_t size);
ssize_t shim_io_write(struct shim_io *io, const void *data, size_t size);

/* The heap account of clients/shim_heap.c; stacks hook these into their library before its first allocation. They
 * count bytes and refuse over budget. */
void *shim_heap_malloc(size_t size);
void *shim_heap_calloc(size_t count, size_t size);
void *shim_heap_realloc(void *p, size_t size);
void shim_heap_free(void *p);
/* Bytes in use now. */
size_t shim_heap_used(void);
/* Only within context_new: counts `bytes` more as held by this context: what it shares with an earlier context (a parsed
 * trust store), so that a cell's figures do not depend on which cell came before. */
void shim_heap_share(size_t bytes);

/* Seconds that the library must see as now (time() for archives whose symbol was renamed). */
int64_t shim_clock(void);

/* What context_new does not look at; contexts are then shared over different values of it. 0 is always right. */
enum shim_share { SHIM_SHARE_CLOCK = 1, SHIM_SHARE_NAME = 2 };

/* What is not the library's own behaviour; in every record. */
enum shim_emulated { SHIM_EMULATED_DISTRUST = 1, SHIM_EMULATED_PATH = 2 };

struct shim_map_table;

struct shim_ops {
    const char *family; /* "openssl" */
    const struct shim_map_table *tables; /* every code of the library, with its reason (clients/shim_map.h) */
    unsigned emulates;  /* bit set of enum shim_emulated: in all connections of this build */
    unsigned shares;    /* bit set of enum shim_share */

    /* Once, first of all: hooks the allocator, initialises the library. 0, or -1 with *why filled. */
    int (*init)(struct shim_why *why);

    /* Adds "version" (string), "configuration" (object), "limits" (object) to out. After init. */
    void (*describe)(json_t *out);

    /* Bit set of enum shim_feature. After init. */
    unsigned (*features)(void);

    /* Hash of data, by the library: 32 bytes of SHA-256, which every build has, or 20 of SHA-1. 0, or -1: this build has no
     * such hash. */
    int (*digest)(enum shim_digest which, const void *data, size_t size, uint8_t *out);

    /* Parses the trust anchors and everything that can be shared by connections with the same `want` but for id, host,
     * port, pins, distrust and heap (and what `shares` names). The main loop keeps contexts and shares them. shim_clock() is already set. NULL on failure with
     * why (stage SETUP or TRUST_STORE). got->anchors_* are set,
     * and got->security_level (-1 on entry) where the library has levels. */
    void *(*context_new)(const struct shim_want *want, struct shim_got *got, struct shim_why *why);
    void (*context_free)(void *context);

    /* A connection over io, which is not open yet: nothing may pass before the first step. NULL on failure with why. */
    void *(*conn_new)(void *context, const struct shim_want *want, struct shim_io *io, struct shim_why *why);

    /* Drives the handshake, then moves application bytes: `out` bytes are written (if out_size), then up to *in_size
     * bytes are read into in (if in is not NULL). Called again after WANT_*. With out_size 0 and in NULL: handshake only.
     * The main loop asks for one thing at a time: the handshake until DONE, then only out, then only in. *why comes with both
     * alerts at -1 and by_server 0. A stack that can only tell that a fatal alert came sets by_server; the main loop knows the
     * plain alerts from the wire and chooses the reason for every alert received (model/alert.h).
     * SHIM_DONE: complete. SHIM_FAILED: why is filled. */
    enum shim_step (*step)(void *conn, const void *out, size_t out_size, void *in, size_t *in_size, struct shim_why *why);

    /* After the handshake is done: fills got, and sets chain[0..*count) to the DER certificates that the server sent, leaf first (owned
     * by conn). *count is the room on entry. */
    void (*result)(void *conn, struct shim_got *got, struct shim_bytes *chain, size_t *count);

    /* Both only with FEATURE_RESUME, NULL otherwise. The session of a connection whose application is done (TLS 1.3 has its
     * tickets behind the handshake), or NULL: there is none that could go on. */
    void *(*session_take)(void *conn);
    /* Before the first step of a connection of the same context: offers the session, which is freed, also on failure.
     * 0, or -1 with why. `conn` NULL: the session is only freed. */
    int (*session_offer)(void *conn, void *session, struct shim_why *why);

    /* Only with one of FEATURE_REQUEST_*, NULL otherwise. Makes a key of the kind want->request, or takes the one that is kept,
     * and a request for want->request_name that it signs with SHA-256. A kept key of another kind is a failure. 0, or -1 with
     * why (stage SETUP). */
    int (*request)(const struct shim_want *want, struct shim_request *out, struct shim_why *why);

    /* Frees at any moment of its life. notify: try to send close_notify first. What a library keeps per thread (caches) is
     * freed here too, or filled in init: the next connection must need the same heap. */
    void (*conn_free)(void *conn, int notify);
};

/* The one stack of this program, in clients/<stack>/. */
extern const struct shim_ops shim_stack;

#endif
