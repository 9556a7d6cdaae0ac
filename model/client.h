/* A client that is attached by its command line, as a YAML file says it
 * (docs/adding-a-client.md): what to start, with which words, and what its exit
 * status and its output mean. Must not know how it is run. Const once loaded.
 */
#ifndef MODEL_CLIENT_H
#define MODEL_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "model/reason.h"

/* When the words of an option are appended to the command, in this order. */
enum client_when {
    CLIENT_SNI,       /* sni: the job wants the name indicated */
    CLIENT_SNI_OFF,   /* no-sni */
    CLIENT_CHAIN_OFF, /* chain-off: the chain is not verified */
    CLIENT_NAME,      /* name: the name is verified (and the chain is) */
    CLIENT_NAME_OFF,  /* name-off: the chain is, the name is not */
    CLIENT_CLOCK,     /* clock: dates are verified (only with clock: option) */
    CLIENT_TIME_OFF,  /* time-off: the chain is verified, dates are not */
    CLIENT_PARTIAL_CHAIN, /* partial-chain */
    CLIENT_IDENTITY,      /* identity: a client certificate is given */
    CLIENT_ALPN,          /* alpn */
    CLIENT_MAX_DEPTH,     /* max-depth */
    CLIENT_MIN_10,        /* min-1.0 .. min-1.3: the job's least version */
    CLIENT_MAX_10 = CLIENT_MIN_10 + 4, /* max-1.0 .. max-1.3 */
    CLIENT_WHENS = CLIENT_MAX_10 + 4
};

enum client_clock {
    CLIENT_CLOCK_FAKETIME, /* libfaketime: any dynamic program */
    CLIENT_CLOCK_OPTION,   /* the program's own option `clock` */
    CLIENT_CLOCK_NONE      /* dates cannot be verified at the job's time */
};

struct client_words {
    char **items; /* count words, and a NULL */
    size_t count;
};

/* What the program's end means: the first row that matches counts. */
struct client_row {
    int exit;           /* exit status; -1: any */
    char *text;         /* stands in the output; NULL: anything */
    int by_server;      /* the endpoint refused, not the client */
    int by_alert;       /* matches if that side's fatal alert passed in plain
                           and tells the reason */
    enum reason reason; /* unless by_alert */
};

struct client {
    char *name;    /* the stack's name */
    char *file;    /* as given */
    char *folder;  /* of the file, absolute */
    char *title;   /* or NULL */
    char *package; /* Debian package that has the program, or NULL */
    struct client_words command;
    struct client_words version; /* a command whose first line tells it;
                                    count 0: PROGRAM --version */
    char *input;                 /* bytes for its stdin; NULL: none */
    enum client_clock clock;
    int nss_wrapper; /* the name is resolved by libnss_wrapper */
    struct client_words environment; /* variables that reach it: "NAME" as it is
                                        here, "NAME=value" */
    struct client_words features;    /* names, as in docs/record.md */
    struct client_words options[CLIENT_WHENS];
    int *connected; /* exit statuses */
    size_t connected_count;
    struct client_row *refused;
    size_t refused_count;
};

/* Reads a client file, or the mapping at `stack:` of a device file. NULL on
 * failure, reported as "file:line: key: what". Free with client_free. */
struct client *client_load(const char *path);
/* The same from memory (tests); `name` stands for the file. */
struct client *client_parse(const char *name, const uint8_t *data, size_t size);
void client_free(struct client *c);

/* The document's key of an option ("max-1.2"). */
const char *client_when_name(enum client_when when);
/* Is `name` (size bytes) a placeholder's name? */
int client_is_placeholder(const char *name, size_t size);

/* A device file whose `stack:` is a mapping: *inside gets that mapping and
 * *outside the file with the name of a stack in its place; both have the lines
 * of the file. 1; 0: it is no mapping, and nothing is made; -1: memory is out.
 * malloc'd, size + CLIENT_CUT_EXTRA bytes each, and a NUL. */
int client_cut(const uint8_t *data, size_t size, uint8_t **inside,
               uint8_t **outside);
/* What stands in *outside: a name that no file can have. */
#define CLIENT_CUT_NAME "@"
enum { CLIENT_CUT_EXTRA = 6 };

/* Where the program is: PATH, or relative to the client's folder where it has a
 * '/'. malloc'd; NULL: not there. */
char *client_program(const struct client *c);
/* The libraries for LD_PRELOAD, divided by ':'; malloc'd, "" if it needs none.
 * NULL: one is not there, and *lacking is its Debian package (static text). */
char *client_preload(const struct client *c, const char **lacking);
/* What must be installed before it can run ("the Debian package curl");
 * malloc'd. NULL: it can be run, or memory is out. */
char *client_lacking(const struct client *c);

#endif
