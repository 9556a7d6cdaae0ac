/* What `chainbreak serve --account` prints at its start. */
#ifndef CLI_ACCOUNT_TEXT_H
#define CLI_ACCOUNT_TEXT_H

/* In this order: MQTT, MQTT beside HTTPS, MQTT under the older root, the
 * control plane. */
enum { ACCOUNT_ENDPOINTS = 5 };

struct account_domain;

struct account_text {
    const char *id, *region, *dir;
    const char *address; /* of all but the control plane */
    char *anchors; /* path */
    struct {
        const char *name; /* NULL: the account has none */
        int port;
    } endpoints[ACCOUNT_ENDPOINTS];
};

void account_text_print(const struct account_text *t);
/* What a domain is served with from now on, for new connections; `anchors`: the
 * file with its root, or NULL. */
void account_text_domain(const struct account_domain *d, const char *anchors);
/* It is not served any more. */
void account_text_gone(const struct account_domain *d);

#endif
