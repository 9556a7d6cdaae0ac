/* The facts of one cell from both sides, and the outcome that follows. Written
 * as a line of results.jsonl (docs/record.md). Strings are owned. */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "model/mqtt.h"
#include "model/outcome.h"
#include "model/reason.h"
#include "model/stage.h"

enum { ALERT_NONE = -1, RECORD_ALERTS_MAX = 16 };

enum party {
    PARTY_NOBODY,
    PARTY_CLIENT,
    PARTY_SERVER
}; /* "client", "server" */

struct device; /* model/device.h */

struct negotiated { /* names as in docs/record.md; NULL: not known */
    char *version, *suite, *group, *signature_algorithm, *alpn;
};

struct shim_side {        /* the shim's answer */
    unsigned shared;      /* holders beside the first */
    enum outcome outcome; /* connected, refused, unsupported, error: its word */
    enum party refused_by;
    enum stage stage;
    enum reason reason;
    int alert_sent, alert_received; /* ALERT_NONE: none, or it cannot tell */
    long long native_code;
    unsigned long long native_flags;
    char *native_text; /* for people, untrusted bytes */
    char *feature;     /* of `unsupported`: what is lacking */
    struct negotiated got;
    int security_level; /* that the library applied; -1: it has none */
    int resumed; /* the second connection went on with the first one's session;
                    -1: there was no second one */
    unsigned certificates, anchors_loaded, anchors_refused;
    long long peak_heap; /* bytes; -1: no account */
    unsigned long long allocations_refused;
    int harness_short; /* 1: the shim itself ran out of memory or files */
    long long wall_us, cpu_us, bytes_in, bytes_out;
    int local_port; /* 0: it never connected */
    char **emulated;
    size_t emulated_count;
    char *output; /* of an attached client, untrusted bytes; or NULL */
};

struct hello { /* a ClientHello; one object for all records that have it */
    char *id;  /* 16 hex digits of its content: the line of hellos.jsonl */
    unsigned references;
    char **versions, **suites, **groups, **signature_algorithms, **alpn;
    size_t versions_count, suites_count, groups_count;
    size_t signature_algorithms_count, alpn_count;
    char *sni;               /* or NULL */
    int max_fragment_length; /* 0: not offered */
    unsigned *extensions;
    size_t extensions_count;
    size_t bytes;
    char *ja4;
};

enum handshake { HANDSHAKE_NONE, HANDSHAKE_FAILED, HANDSHAKE_DONE };
enum closed_how { CLOSED_ALERT, CLOSED_FIN, CLOSED_RST, CLOSED_SILENCE };

/* Their words in docs/record.md, by number; NULL: none. */
extern const char *const record_closers[3], *const record_hows[4];
extern const char *const record_handshakes[3];

enum { ALERT_WARNING = 1, ALERT_FATAL = 2 }; /* RFC 8446 section 6 */

struct alert {
    uint8_t level, code;
};

enum { ALERT_LEVEL_TEXT = 8 };
/* "warning", "fatal", or "0x03": what a peer may send all the same. */
const char *alert_level_text(uint8_t level, char room[static ALERT_LEVEL_TEXT]);

struct endpoint_side {
    unsigned shared;     /* holders beside the first */
    char *engine;        /* the TLS library that served it, or NULL: not told */
    struct hello *hello; /* NULL: none came whole */
    struct negotiated chose;
    char *chain; /* "rsa", "ecdsa"; NULL: none was served */
    int resumed; /* an earlier session went on, so no chain was served */
    unsigned certificates;
    size_t certificate_bytes; /* of the Certificate message */
    size_t staple_bytes; /* of the OCSP response with the leaf; 0: none */
    struct alert sent[RECORD_ALERTS_MAX], received[RECORD_ALERTS_MAX];
    size_t sent_count, received_count;
    enum handshake handshake;
    struct {
        int there;
        char *subject, *issuer, *sha256;
        int verify_code;
        char *verify_text;
    } client_certificate;
    long long application_read, application_written; /* bytes */
    struct mqtt_side *mqtt; /* NULL: MQTT was not spoken */
    enum party closed_by;
    enum closed_how closed_how;
    int error_code; /* the engine's own; 0: none */
    char *error_text;
    char *closed_on;   /* what a box before it minded and closed on: "version",
                          "no-name", "hello-size"; or NULL */
    char *limit;       /* the endpoint's own limit that ran out, or NULL */
    char *unserved;    /* what this engine cannot serve, or NULL: the refusal is
                          then no word about the device */
    int harness_short; /* 1: the endpoint ran out of memory or files */
    double ms;
};

struct record {
    char *cell; /* scenario/state/device */
    char *scenario, *state, *device, *stack;
    enum outcome outcome;
    enum reason reason;
    enum party refused_by;
    char *note;        /* why it is an error, untested, unsupported; or NULL */
    char *anchored_by; /* the device's anchor that the chain meets; or NULL */
    int wire_differs;  /* 1: the bytes that one side sent are not those that the
                          other one got */
    struct shim_side *shim;         /* NULL: no answer */
    struct endpoint_side *endpoint; /* NULL: it saw no such connection */
};

void record_free(struct record *r);
/* Not thread-safe, as the hellos are. NULL is fine to release. */
struct shim_side *shim_side_hold(struct shim_side *s);
void shim_side_release(struct shim_side *s);
struct endpoint_side *endpoint_side_hold(struct endpoint_side *e);
void endpoint_side_release(struct endpoint_side *e); /* its hello too */
struct hello *hello_hold(struct hello *h);
void hello_release(struct hello *h);

/* Did the client send a server name? Where the endpoint saw no hello: what the
 * device does. */
int record_sends_name(const struct record *r, const struct device *d);
/* What both sides agree to call the facts: the endpoint's where it saw them. */
int record_alert_sent(const struct record *r);     /* by the client */
int record_alert_received(const struct record *r); /* by the client */
const char *record_version(const struct record *r);
const char *record_suite(const struct record *r);

#endif
