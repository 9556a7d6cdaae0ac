/* What `chainbreak serve --account` prints at its start. */
#ifndef CLI_ACCOUNT_TEXT_H
#define CLI_ACCOUNT_TEXT_H

/* In this order: MQTT, MQTT beside HTTPS, MQTT under the older root, the
 * control plane. */
enum { ACCOUNT_ENDPOINTS = 5 };

struct account_text {
    const char *id, *region, *dir;
    char *anchors; /* path */
    struct {
        const char *name; /* NULL: the account has none */
        int port;
    } endpoints[ACCOUNT_ENDPOINTS];
};

void account_text_print(const struct account_text *t);
/* An endpoint has another TLS policy for connections from now on. */
void account_text_policy(const char *endpoint, const char *policy);

#endif
