/* The chains that an account's domains are served with, by their names: those
 * of account/endpoints.yaml ("data-ats"), of a state of any scenario
 * ("SCENARIO/STATE"), of a file in the account's folder ("NAME":
 * DIR/certificates/NAME.pem, twinned). One thread at a time. */
#ifndef CLI_ACCOUNT_SERVED_H
#define CLI_ACCOUNT_SERVED_H

#include "account/account.h"
#include "lab/trial.h"

struct account_served;
struct pki;

/* `dir` must outlive it. NULL reported. */
struct account_served *account_served_new(const char *dir);
void account_served_free(struct account_served *c);
struct pki *account_served_pki(struct account_served *c);

/* What the account asks (account.h). It is valid while c is. */
struct account_chains account_served_chains(struct account_served *c);

struct account_side { /* of an endpoint; all borrowed */
    const char *port; /* a state of account/endpoints.yaml: its clock and TLS */
    const char *name; /* the host */
    const char *policy;
    const char *chain; /* by its name; NULL: the port's own */
    int is_mutual;     /* a client certificate is needed, whosever */
    int is_asked;      /* one that the account does not take is refused in the
                          handshake */
    int is_apart; /* one application whatever ALPN says: none is looked at */
};
/* Made when it is first asked for; owned by c, never changed. NULL reported,
 * the first time. */
const struct trial *account_served_trial(struct account_served *c,
                                         const struct account_side *side);

#endif
