/* Each command is to be typed as it stands. */
#include "cli/account_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "account/account.h"
#include "base/quantity.h"
#include "base/text.h"

enum { CONTROL = 3 }; /* of the endpoints */
static const char loopback[] = "127.0.0.1";

static void address_print(const char *before, const char *address)
{
    int is_v6 = strchr(address, ':') != NULL;

    printf(is_v6 ? "%s[%s]" : "%s%s", before, address);
}

/* Where a client on this machine finds it. */
static const char *near(const struct account_text *t)
{
    if (strcmp(t->address, "0.0.0.0") == 0)
        return loopback;
    return strcmp(t->address, "::") == 0 ? "::1" : t->address;
}

static void endpoint_print(const struct account_text *t, int i,
                           const char *what, const char *how)
{
    if (t->endpoints[i].port == 0)
        return;
    printf("%-13s ", what);
    text_print(stdout, t->endpoints[i].name);
    address_print(", at ", i == CONTROL ? loopback : t->address);
    printf(":%d%s\n", t->endpoints[i].port, how);
}

static void aws_print(const struct account_text *t, const char *call)
{
    printf("  aws --endpoint-url https://localhost:%d --ca-bundle '",
           t->endpoints[3].port);
    text_print(stdout, t->anchors);
    printf("' \\\n      --region ");
    text_print(stdout, t->region);
    printf(" --no-sign-request iot %s\n", call);
}

static void mosquitto_print(const struct account_text *t, const char *program,
                            const char *rest)
{
    printf("  %s -h %s -p %d --cafile '", program, near(t),
           t->endpoints[0].port);
    text_print(stdout, t->anchors);
    printf("' --insecure \\\n      --cert device.crt --key device.key %s\n",
           rest);
}

void account_text_print(const struct account_text *t)
{
    printf("account       ");
    text_print(stdout, t->id);
    printf(" in ");
    text_print(stdout, t->region);
    printf(", kept in ");
    text_print(stdout, t->dir);
    putchar('\n');
    endpoint_print(t, 0, "iot:Data-ATS",
                   t->endpoints[2].port == 0
                       ? " (MQTT, as on port 8883)"
                       : " (MQTT, as on port 8883: both addresses, by SNI)");
    endpoint_print(t, 1, "iot:Data-ATS", " (as on port 443: by ALPN MQTT or HTTPS publish, without it MQTT over WebSocket)");
    endpoint_print(t, 4, "iot:Data-ATS", " (as on port 8443: HTTPS publish)");
    endpoint_print(t, 2, "iot:Data", " (MQTT, under VeriSign's root)");
    endpoint_print(t, 3, "control plane", " (HTTPS)");
    if (strncmp(t->address, "127.", 4) != 0 && strcmp(t->address, "::1") != 0)
        printf("listens       beyond this machine, on %s: who reaches it "
               "reaches the endpoints (the control plane stays on "
               "127.0.0.1)\n",
               t->address);
    printf("anchors       ");
    text_print(stdout, t->anchors);
    printf("\na device that may do everything:\n");
    aws_print(t, "create-keys-and-certificate --set-as-active \\\n"
                 "      --certificate-pem-outfile device.crt "
                 "--private-key-outfile device.key");
    aws_print(t, "create-policy --policy-name all --policy-document \\\n"
                 "      '{\"Version\":\"2012-10-17\",\"Statement\":"
                 "[{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":"
                 "\"*\"}]}'");
    aws_print(t, "attach-policy --policy-name all --target CERTIFICATE_ARN");
    printf("then (--insecure leaves out the name, not the chain):\n");
    mosquitto_print(t, "mosquitto_sub", "-i listener -q 1 -t 'demo/#' -v");
    mosquitto_print(t, "mosquitto_pub",
                    "-i talker -q 1 -t demo/hello -m hello");
    printf("a message over HTTPS:\n"
           "  curl --capath /dev/null --cacert '");
    text_print(stdout, t->anchors);
    printf("' --cert device.crt --key device.key \\\n      --connect-to ");
    address_print("::", near(t));
    printf(":%d -d hello 'https://", t->endpoints[4].port);
    text_print(stdout, t->endpoints[4].name);
    printf("/topics/demo/hello?qos=1'\n");
    printf("the control plane without the aws CLI:\n"
           "  curl --capath /dev/null --cacert '");
    text_print(stdout, t->anchors);
    printf("' \\\n      'https://localhost:%d/endpoint?endpointType="
           "iot:Data-ATS'\n",
           t->endpoints[3].port);
    printf("Ctrl-C ends it.\n");
    fflush(stdout);
}

static void line_begin(const struct account_domain *d)
{
    char now[32];

    flockfile(stdout); /* another thread tells of connections */
    printf("%s ", time_format(time(NULL), now));
    text_print(stdout, d->configuration);
    printf(" (");
    text_print(stdout, d->domain_name);
    printf("): ");
}

static void line_end(void)
{
    putchar('\n');
    fflush(stdout);
    funlockfile(stdout);
}

void account_text_domain(const struct account_domain *d, const char *anchors)
{
    line_begin(d);
    if (!d->enabled) {
        printf("disabled, refused from now on");
    } else {
        text_print(stdout, d->policy);
        if (d->chain != NULL) {
            printf(", chain ");
            text_print(stdout, d->chain);
        }
        printf(" for new connections");
    }
    if (anchors != NULL) {
        printf(", root in ");
        text_print(stdout, anchors);
    }
    line_end();
}

void account_text_gone(const struct account_domain *d)
{
    line_begin(d);
    printf("gone, refused from now on");
    line_end();
}
