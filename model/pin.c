/* Reads pins. Whether a certificate has that hash is the pki's to say. */
#include "model/pin.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { SHA1_HEX = 40, SHA256_HEX = 64, SHA256_BYTES = 32, SHA256_BASE64 = 43 };

int pin_hash_is_sha1(const char *hash)
{
    return strlen(hash) == SHA1_HEX;
}

/* What stands before the hash itself: "sha256 Fingerprint=", "sha256:". */
static const char *skip_prefix(const char *text)
{
    const char *equals = strstr(text, "ingerprint=");

    if (equals != NULL)
        return equals + strlen("ingerprint=");
    if (strncasecmp(text, "sha256:", 7) == 0)
        return text + 7;
    return strncasecmp(text, "sha1:", 5) == 0 ? text + 5 : text;
}

/* Pairs of hex digits, all or none with a colon or a blank between. How many
 * digits, or 0. */
static size_t hex_read(const char *text, char out[static PIN_HASH_ROOM])
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        if ((*text == ':' || *text == ' ') && n > 0 && n % 2 == 0)
            continue;
        if (!isxdigit((unsigned char)*text) || n == SHA256_HEX)
            return 0;
        out[n++] = (char)tolower((unsigned char)*text);
    }
    out[n] = '\0';
    return n;
}

static int base64_digit(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* 32 bytes: 43 digits and "=". */
static int base64_read(const char *text, char out[static PIN_HASH_ROOM])
{
    static const char hex[] = "0123456789abcdef";
    uint32_t bits = 0;
    size_t n = 0, have = 0;

    for (size_t i = 0; i < SHA256_BASE64; i++) {
        int digit = base64_digit(text[i]);

        if (digit < 0)
            return -1;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        for (; have >= 4 && n < SHA256_HEX; have -= 4)
            out[n++] = hex[bits >> (have - 4) & 15];
    }
    out[n] = '\0';
    text += SHA256_BASE64;
    return n == SHA256_HEX && (*text == '\0' || strcmp(text, "=") == 0) ? 0
                                                                        : -1;
}

int pin_hash_parse(const char *text, char hash[static PIN_HASH_ROOM],
                   const char **why)
{
    const char *digits = skip_prefix(text);
    size_t n = hex_read(digits, hash);

    if (n == SHA256_HEX || n == SHA1_HEX)
        return 0;
    *why = "a SHA-256 has 64 hexadecimal digits (also with colons), or "
           "sha256// and base64; a SHA-1 has 40 digits";
    if (strchr(text, ';') != NULL)
        *why = "one pin each: give --pin once for each of them";
    else if (strncasecmp(text, "sha1/", 5) == 0)
        *why = "a SHA-1 of a key is no pin that is known here; give the SHA-1 "
               "of the certificate, 40 hexadecimal digits";
    else if (strncasecmp(text, "sha256/", 7) == 0)
        return base64_read(text + (text[7] == '/' ? 8 : 7), hash);
    return -1;
}
