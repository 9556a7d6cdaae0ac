/* What the build is, read from the library itself. */
#include "clients/bearssl/description.h"

#include <bearssl.h>
#include <stdio.h>

#include "clients/bearssl/compat.h"
#include "base/tls_names.h"

static json_t *curves(void)
{
    uint32_t has = br_ec_get_default()->supported_curves;
    json_t *list = json_array();

    for (uint16_t code = 0; code < 32; code++) {
        const struct tls_name *name = tls_group_by_code(code);

        if (has >> code & 1 && name)
            json_array_append_new(list, json_string(name->iana));
    }
    return list;
}

/* The suites that a job without a list offers. */
static json_t *suites(void)
{
    br_ssl_client_context client;
    br_x509_minimal_context x509;
    json_t *list = json_array();
    const uint16_t *all;
    size_t count;

    br_ssl_client_init_full(&client, &x509, NULL, 0);
    all = compat_suites(&client.eng, &count);
    for (size_t i = 0; i < count; i++) {
        const struct tls_suite *suite = tls_suite_by_code(all[i]);
        char number[8];

        snprintf(number, sizeof number, "0x%04x", (unsigned)all[i]);
        json_array_append_new(list, json_string(suite ? suite->iana : number));
    }
    return list;
}

/* Those that are on: the processor's and the compiler's features too. */
static json_t *options(void)
{
    json_t *out = json_object();

    for (const br_config_option *o = br_get_config(); o->name; o++)
        if (o->value)
            json_object_set_new(out, o->name, json_integer(o->value));
    return out;
}

static json_t *limits(void)
{
    return json_pack("{s:i, s:i, s:i, s:b}", "in_buffer", BR_SSL_BUFSIZE_INPUT,
                     "out_buffer", BR_SSL_BUFSIZE_OUTPUT, "rsa_key_bits",
                     BR_X509_BUFSIZE_SIG * 8, "reassembly", 1);
}

void description_add(json_t *out)
{
    json_object_set_new(out, "version", json_string(COMPAT_VERSION));
    json_object_set_new(out, "configuration",
                        json_pack("{s:o, s:o, s:o}", "curves", curves(),
                                  "suites", suites(), "options", options()));
    json_object_set_new(out, "limits", limits());
}
