/* The endpoints of an account: which ports there are, and which domain is
 * served at which of them, with what. One thread at a time. */
#ifndef CLI_ACCOUNT_ENDPOINTS_H
#define CLI_ACCOUNT_ENDPOINTS_H

#include "cli/account_text.h"
#include "lab/trial.h"

struct account;
struct account_endpoints;
struct account_served;

struct account_endpoints_options { /* borrowed, all of it */
    struct account *account;
    struct account_served *served;
    const char *dir;      /* the account's */
    const char *work_dir; /* for files that the endpoint reads */
    const char *region;
    const char *broker, *control, *publish; /* addresses of what is behind */
    const char *listen; /* an IP address, checked; NULL: the loopback one */
    int has_aws_ports, caps_keep_alive;
    int alerts; /* about client certificates that it does not take */
};

/* NULL reported. */
struct account_endpoints *
account_endpoints_new(const struct account_endpoints_options *o);
void account_endpoints_free(struct account_endpoints *e);

/* The name at a port (account_text.h), or NULL: the account has none. */
const char *account_endpoints_name(const struct account_endpoints *e, int port);
/* As a state of the configuration is called. */
const char *account_endpoints_state(int port);
/* Writes the roots of the account's own endpoints. 0, or -1 reported. */
int account_endpoints_anchors(struct account_endpoints *e, const char *path);

/* The endpoint's configuration. malloc'd; NULL reported. */
char *account_endpoints_configuration(struct account_endpoints *e, int threads,
                                      int patience_ms);
/* What the account says now, to the endpoint that runs: where something is
 * another, one control line and one line of text. */
void account_endpoints_change(struct account_endpoints *e);

#endif
