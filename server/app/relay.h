/* The application `relay`: what a client sends goes to a plain service behind
 * the endpoint as it is, and back. */
#ifndef SERVER_APP_RELAY_H
#define SERVER_APP_RELAY_H

#include "server/app/application.h"

extern const struct application application_relay;

#endif
