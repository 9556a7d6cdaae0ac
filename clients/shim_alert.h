/* What an alert from the endpoint means (RFC 8446 section 6.2): one table for
 * all stacks. */
#ifndef CLIENTS_SHIM_ALERT_H
#define CLIENTS_SHIM_ALERT_H

#include "model/reason.h"

/* What was known when the alert came. */
struct shim_alert_facts {
    int identity; /* a client certificate had been configured */
    int answered; /* the endpoint had sent a handshake message, so version and
                     suite were agreed */
};

/* Reason of a refusal by the endpoint with that alert. Never UNMAPPED: alerts
 * that say nothing else are PROTOCOL_ERROR. */
enum reason shim_alert_reason(int alert, const struct shim_alert_facts *facts);

#endif
