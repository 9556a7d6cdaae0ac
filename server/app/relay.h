/* The application `relay`: what a client sends goes to a plain service behind
 * the endpoint as it is, and back. */
#ifndef SERVER_APP_RELAY_H
#define SERVER_APP_RELAY_H

#include "server/app/application.h"

/* With "identity" a service on a unix socket sees the other end's name, in the
 * abstract namespace: the prefix, something that tells connections apart, ":",
 * and the SHA-256 of the client's certificate as 64 hex digits, or nothing
 * where it sent none. Who may connect to the socket may say anything: it lies
 * in a private folder. */
#define RELAY_PREFIX "chainbreak-relay-"
enum { RELAY_NAME = 104 }; /* with its NUL */

extern const struct application application_relay;

#endif
