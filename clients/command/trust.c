/* The trust anchors as PEM (RFC 7468), and the hosts file. */
#include "clients/command/trust.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/der.h"
#include "base/diag.h"
#include "base/file.h"

enum { LINE = 48 }; /* bytes of a line: 64 characters */

static void base64_write(FILE *to, const uint8_t *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
                                 "tuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        uint32_t n = (uint32_t)data[i] << 16;

        if (i + 1 < size)
            n |= (uint32_t)data[i + 1] << 8;
        if (i + 2 < size)
            n |= data[i + 2];
        fputc(digits[n >> 18], to);
        fputc(digits[n >> 12 & 63], to);
        fputc(i + 1 < size ? digits[n >> 6 & 63] : '=', to);
        fputc(i + 2 < size ? digits[n & 63] : '=', to);
    }
    fputc('\n', to);
}

static void certificate_write(FILE *to, const uint8_t *data, size_t size)
{
    fputs("-----BEGIN CERTIFICATE-----\n", to);
    for (size_t at = 0; at < size; at += LINE)
        base64_write(to, data + at, size - at < LINE ? size - at : LINE);
    fputs("-----END CERTIFICATE-----\n", to);
}

/* 0, or -1: no certificate where one must be; reported. */
static int pem_write(FILE *to, const char *anchors, const uint8_t *data,
                     size_t size, unsigned *count)
{
    struct der_certificate c;

    *count = 0;
    for (size_t at = 0; at < size; ++*count) {
        size_t n = der_certificate_read(data + at, size - at, &c);

        if (n == 0) {
            diag("%s: byte %zu: no certificate", anchors, at);
            return -1;
        }
        certificate_write(to, data + at, n);
        at += n;
    }
    return 0;
}

char *trust_pem(const char *anchors, unsigned *count)
{
    char *path = format("%s.pem", anchors), *text = NULL;
    uint8_t *data = NULL;
    size_t size, text_size = 0;
    FILE *to = NULL;
    int status = -1;

    if (!path || file_read(anchors, 0, &data, &size))
        goto out;
    to = open_memstream(&text, &text_size);
    if (!to || pem_write(to, anchors, data, size, count))
        goto out;
    fclose(to);
    to = NULL;
    status = file_exists(path) ? 0 : file_write(path, 0644, text, text_size);
out:
    if (to)
        fclose(to);
    free(text);
    free(data);
    if (status) {
        free(path);
        return NULL;
    }
    return path;
}

char *trust_hosts(const char *anchors, const char *name)
{
    const char *slash = strrchr(anchors, '/');
    char *path = NULL, *text = NULL;
    int status = -1;

    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789.-_")]) {
        diag("%s: is no name for a hosts file", name);
        return NULL;
    }
    path = format("%.*s/hosts-%s", slash ? (int)(slash - anchors) : 1,
                  slash ? anchors : ".", name);
    text = format("127.0.0.1 %s\n", name);
    if (path && text)
        status =
            file_exists(path) ? 0 : file_write(path, 0644, text, strlen(text));
    free(text);
    if (status) {
        free(path);
        return NULL;
    }
    return path;
}
