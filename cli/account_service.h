/* The control plane on a local socket, in a thread of its own. */
#ifndef CLI_ACCOUNT_SERVICE_H
#define CLI_ACCOUNT_SERVICE_H

struct account;
struct account_service;

/* Serves the account at a path, and HTTPS publish at another one, for this
 * broker. NULL reported. */
struct account_service *account_service_new(struct account *a, const char *path,
                                            const char *publish,
                                            const char *broker);
/* Ends it and removes the socket. NULL is fine. */
void account_service_free(struct account_service *s);

#endif
