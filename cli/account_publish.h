/* HTTPS publish of an account: POST /topics/TOPIC?qos=0|1, asked of the policies
 * of the client's certificate, given to the broker. Behind the endpoint, which
 * tells the certificate by the name of the other end (server/app/relay.h). */
#ifndef CLI_ACCOUNT_PUBLISH_H
#define CLI_ACCOUNT_PUBLISH_H

struct account;
struct account_publish;
struct event_base;

/* Serves on the loop of `base`, at a unix socket that is made at `path` (0600).
 * `broker`: as the endpoint configuration names it, "unix:/...". NULL reported.
 */
struct account_publish *account_publish_new(struct event_base *base,
                                            struct account *a, const char *path,
                                            const char *broker);
void account_publish_free(struct account_publish *p); /* NULL is fine */

#endif
