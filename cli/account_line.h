/* Connections of an account as lines for who follows them. */
#ifndef CLI_ACCOUNT_LINE_H
#define CLI_ACCOUNT_LINE_H

#include "model/wire_line.h"
#include "server/authority.h"

/* Both with its end, malloc'd; NULL reported. */
/* A client of MQTT asked to be let in. */
char *account_line_opened(const struct authority_peer *peer, const char *client,
                          int is_let_in);
/* A connection is over: the endpoint's event. */
char *account_line_closed(const struct endpoint_event *event);

#endif
