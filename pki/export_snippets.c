/* The roots as Arduino, ESP-IDF and Zephyr programs take them, with the lines
 * that use them. */
#include "pki/export.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/pem.h>

#include "base/file.h"
#include "pki/world.h"

/* A file while it is written. */
struct snippet {
    FILE *to;
    char *text;
    size_t size;
};

static int snippet_begin(struct snippet *s)
{
    *s = (struct snippet){0};
    s->to = open_memstream(&s->text, &s->size);
    return s->to == NULL ? -1 : 0;
}

static int snippet_end(struct snippet *s, const struct export *e,
                       const char *folder, const char *name)
{
    char *dir = format("%s/%s", e->dir, folder);
    char *path = dir == NULL ? NULL : format("%s/%s", dir, name);
    int status = fclose(s->to);

    if (status == 0 && path != NULL && file_mkdirs(dir, 0755) == 0)
        status = file_write(path, 0644, s->text, s->size);
    else
        status = -1;
    free(s->text);
    free(path);
    free(dir);
    return status;
}

static int pem_put(FILE *to, const struct export *e)
{
    for (size_t i = 0; i < e->store_count; i++) {
        BIO *bio = BIO_new(BIO_s_mem());
        char *text = NULL;
        long size = 0;

        if (bio != NULL &&
            PEM_write_bio(bio, PEM_STRING_X509, "", e->store[i]->der.data,
                          (long)e->store[i]->der.size))
            size = BIO_get_mem_data(bio, &text);
        if (text != NULL && size > 0)
            fwrite(text, 1, (size_t)size, to);
        BIO_free(bio);
        if (text == NULL || size <= 0)
            return -1;
    }
    return 0;
}

static int arduino_write(const struct export *e)
{
    struct snippet s;
    int status;

    if (snippet_begin(&s) != 0)
        return -1;
    fputs("// " EXPORT_LAB "\n"
          "//\n"
          "// ESP32, WiFiClientSecure:\n"
          "//     client.setCACert(TRUST_STORE_PEM);\n"
          "// ESP8266, WiFiClientSecure (BearSSL):\n"
          "//     static BearSSL::X509List roots(TRUST_STORE_PEM);\n"
          "//     client.setTrustAnchors(&roots);\n"
          "//     client.setX509Time(now);\n"
          "#pragma once\n"
          "#ifndef PROGMEM\n#define PROGMEM\n#endif\n\n"
          "static const char TRUST_STORE_PEM[] PROGMEM = R\"EOF(\n",
          s.to);
    status = pem_put(s.to, e);
    fputs(")EOF\";\n", s.to);
    return snippet_end(&s, e, "arduino", "trust_store.h") != 0 ? -1 : status;
}

static int esp_idf_write(const struct export *e)
{
    struct snippet s;
    int status;

    if (snippet_begin(&s) != 0)
        return -1;
    status = pem_put(s.to, e);
    if (snippet_end(&s, e, "esp-idf", "trust_store.pem") != 0 || status != 0 ||
        snippet_begin(&s) != 0)
        return -1;
    fputs("/* " EXPORT_LAB "\n"
          " *\n"
          " * In the component's CMakeLists.txt:\n"
          " *     idf_component_register(SRCS ... EMBED_TXTFILES "
          "trust_store.pem)\n"
          " * With esp-tls:\n"
          " *     esp_tls_cfg_t cfg = {TRUST_STORE_ESP_TLS};\n"
          " * With esp-mqtt:\n"
          " *     .broker.verification.certificate = trust_store_pem_start\n"
          " * The certificate bundle (esp_crt_bundle_attach) has the real "
          "roots: leave it out. */\n"
          "#pragma once\n\n"
          "extern const char trust_store_pem_start[] "
          "asm(\"_binary_trust_store_pem_start\");\n"
          "extern const char trust_store_pem_end[] "
          "asm(\"_binary_trust_store_pem_end\");\n\n"
          "#define TRUST_STORE_ESP_TLS \\\n"
          "    .cacert_buf = (const unsigned char *)trust_store_pem_start, \\\n"
          "    .cacert_bytes = trust_store_pem_end - trust_store_pem_start\n",
          s.to);
    return snippet_end(&s, e, "esp-idf", "trust_store.h");
}

/* One tag per certificate: a tag has one CA certificate. */
static int zephyr_write(const struct export *e)
{
    struct snippet s;

    if (snippet_begin(&s) != 0)
        return -1;
    fprintf(s.to,
            "/* " EXPORT_LAB "\n"
            " *\n"
            " *     sec_tag_t tags[TRUST_STORE_COUNT];\n"
            " *     trust_store_add(1, tags);\n"
            " *     setsockopt(fd, SOL_TLS, TLS_SEC_TAG_LIST, tags, sizeof "
            "tags);\n"
            " */\n"
            "#pragma once\n\n#include <stddef.h>\n"
            "#include <zephyr/net/tls_credentials.h>\n\n"
            "enum { TRUST_STORE_COUNT = %zu };\n\n",
            e->store_count);
    for (size_t i = 0; i < e->store_count; i++) {
        export_bytes(s.to, "trust_store_", i + 1, e->store[i]);
        fputc('\n', s.to);
    }
    fputs(
        "static inline int trust_store_add(sec_tag_t first, sec_tag_t *tags)\n"
        "{\n    int status = 0;\n\n",
        s.to);
    for (size_t i = 0; i < e->store_count; i++)
        fprintf(s.to,
                "    tags[%zu] = first + %zu;\n"
                "    if (status == 0)\n"
                "        status = tls_credential_add(tags[%zu], "
                "TLS_CREDENTIAL_CA_CERTIFICATE,\n"
                "                                    trust_store_%zu, sizeof "
                "trust_store_%zu);\n",
                i, i, i, i + 1, i + 1);
    fputs("    return status;\n}\n", s.to);
    return snippet_end(&s, e, "zephyr", "trust_store.h");
}

int export_snippets(const struct export *e)
{
    return arduino_write(e) != 0 || esp_idf_write(e) != 0 ? -1
                                                          : zephyr_write(e);
}
