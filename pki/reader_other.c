/* Containers: the archive of ESP8266's certificate store, ESP-IDF's bundle, and
 * files that hold certificates in a way that is only called by its name. */
#include "pki/reader.h"

#include <stdlib.h>
#include <string.h>

static int begins(const uint8_t *data, size_t size, const char *magic, size_t n)
{
    return size >= n && memcmp(data, magic, n) == 0;
}

/* ar(5): a header of 60 bytes before each member, which is padded to an even
 * size. */
enum { AR_MAGIC = 8, AR_HEADER = 60, AR_SIZE_AT = 48, AR_SIZE_DIGITS = 10 };

static int is_archive(const uint8_t *data, size_t size)
{
    return begins(data, size, "!<arch>\n", AR_MAGIC);
}

static int read_member(struct reading *r, const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (memmem(data, size, "-----BEGIN ", 11) != NULL)
        return read_pem(r, (const char *)data, size, NULL);
    return der_sort(data, size) == DER_OTHER ? 0 : read_der(r, data, size);
}

static int read_archive(struct reading *r, const uint8_t *data, size_t size)
{
    size_t at = AR_MAGIC;

    while (at < size) {
        char digits[AR_SIZE_DIGITS + 1] = "";
        size_t left = size - at, n;

        if (left < AR_HEADER)
            return reading_fail(r, "an archive (ar) that is cut off");
        memcpy(digits, data + at + AR_SIZE_AT, AR_SIZE_DIGITS);
        n = (size_t)strtoull(digits, NULL, 10);
        if (n > left - AR_HEADER)
            return reading_fail(r, "an archive (ar) that is cut off");
        /* "/" and "//" are its tables of names. */
        if (data[at] != '/' && read_member(r, data + at + AR_HEADER, n) != 0)
            return -1;
        at += AR_HEADER + n + n % 2;
    }
    return 0;
}

const struct reader reader_archive = {is_archive, read_archive};

static size_t number(const uint8_t *p, int little)
{
    return little ? (size_t)p[1] << 8 | p[0] : (size_t)p[0] << 8 | p[1];
}

/* Name and key of one entry, each a SEQUENCE: its size, or 0. */
static size_t esp_entry(const uint8_t *data, size_t size, int little)
{
    size_t name, key;

    if (size < 4)
        return 0;
    name = number(data, little);
    key = number(data + 2, little);
    if (name < 2 || key < 2 || name + key > size - 4 ||
        data[4] != ASN1_TAG_SEQUENCE || data[4 + name] != ASN1_TAG_SEQUENCE)
        return 0;
    return 4 + name + key;
}

/* Do `count` entries fill the bytes, but for padding? */
static int esp_entries(const uint8_t *data, size_t size, size_t count,
                       int little)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        size_t n = esp_entry(data + at, size - at, little);

        if (n == 0)
            return 0;
        at += n;
    }
    return count > 0 && padding_size(data + at, size - at) == size - at;
}

/* components/mbedtls/esp_crt_bundle of ESP-IDF: up to 5.4 a number of entries
 * (big-endian, then little-endian) and the entries; later a list of offsets
 * (little-endian, of 16 or 32 bits), the first of which is the list's size. */
static int is_esp_bundle(const uint8_t *data, size_t size)
{
    size_t list;

    if (size < 8)
        return 0;
    for (int little = 0; little < 2; little++)
        if (esp_entries(data + 2, size - 2, number(data, little), little))
            return 1;
    list = number(data, 1);
    if (list >= size)
        return 0;
    return (list % 4 == 0 && data[2] == 0 && data[3] == 0 &&
            esp_entries(data + list, size - list, list / 4, 1)) ||
           (list % 2 == 0 &&
            esp_entries(data + list, size - list, list / 2, 1));
}

static int refuse_esp_bundle(struct reading *r, const uint8_t *data,
                             size_t size)
{
    (void)data;
    (void)size;
    return reading_fail(r,
                        "ESP-IDF's certificate bundle (x509_crt_bundle): it "
                        "holds names and keys only; give the PEM that it was "
                        "made from (cacrt_all.pem, or the project's own)");
}

const struct reader reader_esp_bundle = {is_esp_bundle, refuse_esp_bundle};

static const struct foreign {
    const char *magic;
    size_t size;
    const char *what;
} foreign[] = {
    {"\xfe\xed\xfe\xed", 4,
     "a Java keystore is not read: give PEM: keytool -list -rfc -keystore "
     "FILE > store.pem"},
    {"\xce\xce\xce\xce", 4,
     "a Java keystore (JCEKS) is not read: give PEM: keytool -list -rfc "
     "-storetype jceks -keystore FILE > store.pem"},
    {"\xff\xfe", 2, "a text in UTF-16: save it as UTF-8"},
    {"\xfe\xff", 2, "a text in UTF-16: save it as UTF-8"},
    {"PK\x03\x04", 4, "a zip archive: unpack it and give the file in it"},
    {"\x1f\x8b", 2, "compressed with gzip: unpack it and give the file in it"},
};

static const struct foreign *foreign_find(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (begins(data, size, foreign[i].magic, foreign[i].size))
            return &foreign[i];
    return NULL;
}

static int is_foreign(const uint8_t *data, size_t size)
{
    return foreign_find(data, size) != NULL;
}

static int refuse_foreign(struct reading *r, const uint8_t *data, size_t size)
{
    return reading_fail(r, "%s", foreign_find(data, size)->what);
}

const struct reader reader_foreign = {is_foreign, refuse_foreign};
