/* The build, as far as its headers and the library tell. */
#include "clients/mbedtls/description.h"

#include <mbedtls/md.h>
#include <stdio.h>

#include "clients/mbedtls/compat.h"
#include "base/tls_names.h"

static json_t *curves(void)
{
    json_t *list = json_array();

    for (const mbedtls_ecp_curve_info *i = compat_curves();
         i->grp_id != MBEDTLS_ECP_DP_NONE; i++)
        json_array_append_new(list, json_string(i->name));
    return list;
}

static json_t *hashes(void)
{
    json_t *list = json_array();

    for (const int *md = mbedtls_md_list(); *md; md++) {
        const mbedtls_md_info_t *info =
            mbedtls_md_info_from_type((mbedtls_md_type_t)*md);
        if (info)
            json_array_append_new(list, json_string(mbedtls_md_get_name(info)));
    }
    return list;
}

/* The suites that a job without a list offers. */
static json_t *suites(void)
{
    json_t *list = json_array();

    for (const int *id = mbedtls_ssl_list_ciphersuites(); *id; id++) {
        const struct tls_suite *suite = tls_suite_by_code((uint16_t)*id);
        char number[8];

        snprintf(number, sizeof number, "0x%04x", (unsigned)*id & 0xffff);
        json_array_append_new(list, json_string(suite ? suite->iana : number));
    }
    return list;
}

static json_t *limits(void)
{
    return json_pack("{s:i, s:i, s:i, s:b}", "in_content", COMPAT_IN_CONTENT,
                     "out_content", COMPAT_OUT_CONTENT, "max_depth",
                     MBEDTLS_X509_MAX_INTERMEDIATE_CA, "reassembly",
                     COMPAT_REASSEMBLY);
}

void description_add(json_t *out)
{
    unsigned v = compat_version_number();
    char version[16];

    snprintf(version, sizeof version, "%u.%u.%u", v >> 24, v >> 16 & 0xff,
             v >> 8 & 0xff);
    json_object_set_new(out, "version", json_string(version));
    json_object_set_new(out, "configuration",
                        json_pack("{s:o, s:o, s:o}", "curves", curves(),
                                  "hashes", hashes(), "suites", suites()));
    json_object_set_new(out, "limits", limits());
}
