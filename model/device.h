/* A device type in the field, as a YAML file says it (docs/adding-a-device.md).
 * Read with libcyaml's schema; values are checked here, so everything in a
 * struct device is usable without another look. Const once loaded. */
#ifndef MODEL_DEVICE_H
#define MODEL_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "model/ocsp.h"

enum pin_place { PIN_ANY, PIN_LEAF, PIN_INTERMEDIATE, PIN_ANCHOR };
enum pin_match {
    PIN_CERTIFICATE_SHA256,
    PIN_SPKI_SHA256,
    PIN_CERTIFICATE_SHA1
};

struct pin {
    enum pin_place what;
    enum pin_match match;
    char *of;     /* catalog name or file whose hash is pinned; or NULL */
    char *sha256; /* the hash of a real certificate or key, lower-case hex: 64
                     digits, or 40 with PIN_CERTIFICATE_SHA1; or NULL. Exactly
                     one of both is set. */
};
/* "certificate-sha256", "spki-sha256", "certificate-sha1". */
const char *pin_match_name(enum pin_match m);

struct distrust {   /* leaves issued after `after` under one of `anchors` are
                       refused */
    char **anchors; /* catalog names */
    size_t anchors_count;
    int64_t after; /* UTC seconds; a leaf whose notBefore is later is refused */
};

enum clock_kind { CLOCK_TRUE, CLOCK_FIXED, CLOCK_OFFSET, CLOCK_NONE };

struct device_tls {
    char *min, *max; /* "1.0".."1.3", NULL: the stack's default */
    char **suites;   /* IANA names; count 0: the shim's default list */
    size_t suites_count;
    char **groups;
    size_t groups_count;
    char **signature_algorithms;
    size_t signature_algorithms_count;
    int sni;    /* default 1 */
    int resume; /* connects twice, the second time with the session of the
                   first; default 0 */
    char **alpn;
    size_t alpn_count;
    int64_t max_fragment_length; /* 0: not offered; else 512, 1024, 2048, 4096
                                    (RFC 6066 section 4) */
    enum ocsp ocsp; /* what it wants to know of the leaf's status */
};

struct device_verify {
    int chain, name, time; /* default 1 */
    int partial_chain;     /* an intermediate may be an anchor; default 0 */
};

struct device_mqtt {
    char *client_id;    /* the connection's address and port go behind it */
    int64_t version;    /* 4: 3.1.1, 5: 5.0 */
    int64_t keep_alive; /* seconds */
    char *topic;        /* subscribed and published to once; NULL: neither */
    int64_t payload;    /* bytes of what is published */
};

struct device {
    char *id; /* file's `device:`; in a plan "<device>-<stack>" */
    char *title;
    char *file;
    int64_t units;
    char **stacks; /* stack builds named by `stack:` (a scalar or a list) */
    size_t stacks_count;
    char **clients; /* per stack: the file of a client that is attached by its
                       command line (model/client.h); NULL: a stack build */
    char **trust_store; /* catalog names, or files (a name with '/' or a known
                           ending), globs allowed for files */
    size_t trust_store_count;
    struct pin *pins;
    size_t pins_count;
    struct distrust *distrust; /* NULL: none */
    struct device_tls tls;
    struct device_verify verify;
    enum clock_kind clock;
    int64_t clock_value;     /* CLOCK_FIXED: UTC seconds; CLOCK_OFFSET: seconds
                                added to the state's clock */
    int64_t heap;            /* bytes, 0: no budget */
    int64_t max_depth;       /* intermediates, 0: the stack's default */
    int64_t max_certificate; /* bytes of the Certificate message, 0: the stack's
                                default */
    int64_t security_level;  /* OpenSSL's, 0..5; -1: the library's own */
    char *identity; /* "rsa-2048", "ec-p256": a client certificate of that key
                       type; NULL: none */
    char *application;       /* "byte", "mqtt" */
    struct device_mqtt mqtt; /* of "mqtt" */
};

/* Reads one file. NULL on failure, reported as "file:line: key: what". Free
 * with device_free. */
struct device *device_load(const char *path);
/* Reads from memory (fuzzing, tests); `name` stands for the file in messages.
 */
struct device *device_parse(const char *name, const uint8_t *data, size_t size);
/* A device with every default set and no stack; for the quick form of `run`.
 * NULL only when memory is out. */
struct device *device_new(const char *id);
void device_free(struct device *d);
/* The client file of its first stack, or NULL. */
const char *device_client(const struct device *d);

#endif
