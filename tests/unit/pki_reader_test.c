/* Trust stores as firmware holds them: the forms that only code or flash has,
 * what stands in comments, and what is told about each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "base/file.h"
#include "pki/bundle.h"

enum { SKIP = PKI_SKIP_DAMAGED };

struct bytes { /* a file that a test makes */
    uint8_t *data;
    size_t size;
};

static char *pem;               /* amazon-root-ca-3 */
static struct bytes der, other; /* and another one, amazon-root-ca-4 */

static void put(struct bytes *b, const void *data, size_t size)
{
    b->data = realloc(b->data, b->size + size + 1);
    memcpy(b->data + b->size, data, size);
    b->size += size;
    b->data[b->size] = 0;
}

static void say(struct bytes *b, const char *text)
{
    put(b, text, strlen(text));
}

/* Each line of the PEM between two texts. */
static void lines(struct bytes *b, const char *before, const char *behind)
{
    for (const char *at = pem; *at != '\0';) {
        const char *end = strchr(at, '\n');

        say(b, before);
        put(b, at, (size_t)(end - at));
        say(b, behind);
        at = end + 1;
    }
}

enum form { HEX, UPPER, DECIMAL, CAST, COMMENTED, SUFFIXED };

static void numbers(struct bytes *b, const void *data, size_t size,
                    enum form form)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++) {
        unsigned n = bytes[i];
        char text[40];

        if (form == HEX)
            snprintf(text, sizeof text, "0x%02x, ", n);
        else if (form == UPPER)
            snprintf(text, sizeof text, "0x%02X,", n);
        else if (form == DECIMAL)
            snprintf(text, sizeof text, "%u, ", n);
        else if (form == CAST)
            snprintf(text, sizeof text, "(byte)0x%02x,\n", n);
        else if (form == COMMENTED)
            snprintf(text, sizeof text, "0x%02x /* x */,\n", n);
        else
            snprintf(text, sizeof text, "0x30u, 0x12u, %u, ", n);
        say(b, text);
    }
}

/* A certificate or an error, and a note; NULL: none of it. Clears b. */
static void expect(const char *row, const char *name, struct bytes *b, int skip,
                   size_t count, const char *why, const char *note)
{
    struct bundle out;
    int status = bundle_parse(name, b->data, b->size, skip, &out);

    print_message("%s: %s\n", row, status ? out.why : "read");
    for (size_t i = 0; i < out.notes_count; i++)
        print_message("    %s\n", out.notes[i].text);
    assert_int_equal(status, why ? -1 : 0);
    if (why != NULL)
        assert_non_null(strstr(out.why, why));
    else
        assert_int_equal(out.count, count);
    for (size_t i = 0; i < out.count && why == NULL; i++) {
        const struct bytes *is =
            out.certificates[i].size == der.size ? &der : &other;

        assert_int_equal(out.certificates[i].size, is->size);
        assert_memory_equal(out.certificates[i].data, is->data, is->size);
    }
    assert_int_equal(out.notes_count > 0, note != NULL);
    if (note != NULL)
        assert_non_null(strstr(out.notes[0].text, note));
    bundle_clear(&out);
    free(b->data);
    *b = (struct bytes){0};
}

static void strings(void **state)
{
    static const struct {
        const char *name, *head, *before, *behind, *foot;
    } rows[] = {
        {"a.h", "const char ca[] =\n", "\"", "\\n\"\n", ";\n"},
        {"a.h", "#define CA \\\n", "\"", "\\n\" \\\n", "\n"},
        {"a.h", "const char ca[] = \"", "", "\\n\\\n", "\";\n"},
        {"a.h", "const char ca[] = \"", "", "\\r\\n\\\r\n", "\";\r\n"},
        {"a.ino", "const char ca[] PROGMEM = R\"EOF(\n", "", "\n", ")EOF\";\n"},
        {"a.h", "char u[] = \"http://x/*\";\nchar ca[] =\n", "  \"",
         "\\n\"  //x\n", ";\n"},
        {"a.h", "/* it's fine */ char q = '\"';\nchar ca[] =\n", "\"",
         "\\n\" CRLF\n", ";\n"},
        {"a.py", "CA = (", "b'", "\\n'  # y\n", ")\n"},
        {"a.py", "CA = b'''\\\n", "", "\n", "'''\n"},
        {"a.py", "CA = '''", "", "\n", "'''\n"},
        {"a.js", "const ca = ''", " +\n '", "\\n'", ";\n"},
        {"a.js", "const ca = ", " '", "\\n' +\n", " '';\n"},
        {"a.js", "const ca = [", " '", "',\n", "].join('\\n');\n"},
        {"a.js", "let g = `a/*`;\nconst ca = `", "", "\n", "`;\n"},
        {"a.json", "{\"ca\": \"", "", "\\n", "\"}\n"},
        {"a.java", "String ca = \"\"\"\n", "    ", "\n", "    \"\"\";\n"},
        {"a.rs", "const CA: &str = r#\"", "", "\n", "\"#;\n"},
        {"a.lua", "ca = [[", "", "\n", "]]\n"},
        {"a.yaml", "ca: |  # the root\n", "  ", "\n", "b: it's\n"},
        {"a.sh", "CA='", "", "\n", "'\n"},
        {"a.env", "CA=\"", "", "\\n", "\"\n"},
        {"a", "some words, it's one\n", "", "\r\n", "and more\n"},
        {"a.txt", "static const char ca[] =\n", "\"", "\\n\"\n", ";\n"},
    };
    struct bytes b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[40];

        snprintf(row, sizeof row, "string %zu, %s", i, rows[i].name);
        say(&b, rows[i].head);
        lines(&b, rows[i].before, rows[i].behind);
        say(&b, rows[i].foot);
        expect(row, rows[i].name, &b, 0, 1, NULL, NULL);
    }
}

/* A live certificate behind one that is not of the program: which is named with
 * its line, and not taken. */
static void comments(void **state)
{
    static const struct {
        const char *name, *head, *before, *behind, *foot, *note;
    } rows[] = {
        {"ca.h", "// old:\n", "// \"", "\\n\"\n", "//;\n",
         "ca.h:2: a certificate in a comment, CN=Amazon Root CA 3, is not"},
        {"ca.h", "\n\n/* char ca[] =\n", "\"", "\\n\"\n", ";*/\n",
         "ca.h:4: a certificate in a comment"},
        {"ca.h", "/*\n", " * ", "\n", " */\n", "ca.h:2: a certificate in a"},
        {"ca.h", "#if 0 // not now\n#ifdef X\n#endif\n", "\"", "\\n\"\n",
         "#endif\n", "ca.h:4: a certificate under #if 0"},
        {"ca.h", "#if 1\nint a;\n# else\n", "\"", "\\n\"\n", "#endif\n",
         "ca.h:4: a certificate under #if 0"},
        {"ca.h", "#ifdef X\n#if (0)\n", "\"", "\\n\"\n",
         "#else\n#endif\n#endif\n", "ca.h:3: a certificate under #if 0"},
        {"ca.h", "#if 0\nx[] = {", "// \"", "\\n\"\n", "#endif\n", NULL},
        {"ca.py", "", "#  b'", "\\n'\n", "\n", "ca.py:1: a certificate in a"},
        {"ca.yaml", "# ca: |\n", "#   ", "\n", "\n", "ca.yaml:2: a certif"},
        {"ca.js", "/*\nconst a = `", "", "\n", "`; */\n", "ca.js:2: a certif"},
        {"ca.lua", "-- a = [[\n", "-- ", "\n", "-- ]]\n", "ca.lua:2: a cert"},
        {"ca.pem", "# old one\n", "# ", "\n", "\n", "ca.pem:2: a certificate"},
        {"ca.pem", "", "//", "\n", "\n", "ca.pem:1: a certificate in a comm"},
    };
    struct bytes b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[40];

        snprintf(row, sizeof row, "comment %zu, %s", i, rows[i].name);
        say(&b, rows[i].head);
        lines(&b, rows[i].before, rows[i].behind);
        say(&b, rows[i].foot);
        say(&b, "\nca = '");
        lines(&b, "", "\n");
        say(&b, "';\n");
        expect(row, rows[i].name, &b, 0, 1, NULL, rows[i].note);
        say(&b, rows[i].head);
        lines(&b, rows[i].before, rows[i].behind);
        say(&b, rows[i].foot);
        expect("alone", rows[i].name, &b, 0, 0, "no certificate", rows[i].note);
    }
}

/* Near misses: what looks like a comment and is none, and templates. */
static void no_comments(void **state)
{
    struct bytes b = {0};

    (void)state;
    say(&b, "//#define CA \"\" \\\n//\"-----BEGIN CERTIFICATE-----\" \\\n"
            "//\"...\" \\\n//\"-----END CERTIFICATE-----\"\nchar ca[] =\n");
    lines(&b, "\"", "\\n\"\n");
    expect("a template in a comment", "ca.h", &b, 0, 1, NULL, NULL);
    say(&b, "char ca[] = \"-----BEGIN CERTIFICATE-----\\n...\\n"
            "-----END CERTIFICATE-----\\n\";\n");
    expect("a template", "ca.h", &b, 0, 0, "ca.h:1: certificate 1 (PEM CERT",
           NULL);
    say(&b, "#ifndef A_H\n#define A_H\n");
    lines(&b, "\"", "\\n\"\n");
    say(&b, "#endif\n");
    expect("the guard of a header", "ca.h", &b, 0, 1, NULL, NULL);
    say(&b, "#ifndef A_H\n\n#define A_H\n#ifdef OLD\nint a;\n#else\n");
    lines(&b, "\"", "\\n\"\n");
    say(&b, "#endif\n#endif\n");
    expect("a macro decides", "ca.h", &b, 0, 1, NULL,
           "ca.h:7: a certificate under #ifdef OLD, CN=Amazon Root CA 3, is "
           "taken");
    say(&b, "#if 0\n#elif X\n");
    lines(&b, "\"", "\\n\"\n");
    say(&b, "#endif\n");
    expect("the other branch", "ca.h", &b, 0, 1, NULL, NULL);
    say(&b, "#if 1\n#if 0\n#endif\n");
    lines(&b, "\"", "\\n\"\n");
    say(&b, "#else\n#endif\n");
    expect("#if 1", "ca.h", &b, 0, 1, NULL, NULL);
    say(&b, "#if 0x10\n");
    lines(&b, "\"", "\\n\"\n");
    say(&b, "#endif\n");
    expect("#if 0x10", "ca.h", &b, 0, 1, NULL, "under #if 0x10");
    say(&b, "char u[] = \"/*\";\nchar ca[] =\n");
    lines(&b, "\"", "\\n\"\n");
    say(&b, "; char v[] = \"*/\";\n");
    expect("a comment's mark in a string", "ca.h", &b, 0, 1, NULL, NULL);
    say(&b, "# Amazon Root CA 3\n");
    lines(&b, "", "\n");
    expect("a bundle with headings", "ca.pem", &b, 0, 1, NULL, NULL);
    say(&b, "/* -----BEGIN RSA PRIVATE KEY-----\n ... */\n");
    lines(&b, "\"", "\\n\"\n");
    expect("a key in a comment", "ca.h", &b, 0, 1, NULL, NULL);
}

static void arrays(void **state)
{
    struct bytes b = {0};

    (void)state;
    say(&b, "unsigned char root_der[] = {\n");
    numbers(&b, der.data, der.size, HEX);
    say(&b, "\n};\nunsigned int root_der_len = 442;\n");
    expect("xxd -i", "xxd.h", &b, 0, 1, NULL, NULL);
    numbers(&b, der.data, der.size, UPPER);
    expect("without braces", "ca.inc", &b, 0, 1, NULL, NULL);
    numbers(&b, pem, strlen(pem) + 1, HEX);
    expect("PEM and its NUL", "ca.inc", &b, 0, 1, NULL, NULL);
    say(&b, "byte[] ca = {");
    numbers(&b, der.data, der.size, CAST);
    say(&b, "};");
    expect("Java", "Ca.java", &b, 0, 1, NULL, NULL);
    say(&b, "const uint8_t ca[] = {");
    numbers(&b, der.data, der.size, DECIMAL);
    say(&b, "}, logo[] = {");
    numbers(&b, pem, 200, SUFFIXED);
    say(&b, "}, ca4[] = {");
    numbers(&b, other.data, other.size, COMMENTED);
    say(&b, "};");
    expect("decimal, a picture, a second one", "ca.c", &b, 0, 2, NULL, NULL);
    lines(&b, "\"", "\\n\"\n");
    say(&b, "; char d[] = {");
    numbers(&b, der.data, der.size, HEX);
    expect("the same as PEM and DER", "ca.c", &b, 0, 1, NULL, NULL);
    say(&b, "#if 0\nchar d[] = {");
    numbers(&b, other.data, other.size, HEX);
    say(&b, "};\n#endif\n");
    lines(&b, "\"", "\\n\"\n");
    expect("under #if 0", "ca.c", &b, 0, 1, NULL,
           "ca.c:2: a certificate under #if 0, CN=Amazon Root CA 4");
    numbers(&b, der.data, der.size - 9, HEX);
    expect("cut", "ca.c", &b, 0, 0, "ca.c:1: DER that is cut off", NULL);
    say(&b, "char k[] = {0x30,0x82,0x01,0x00,0x02,0x01,0x00,0x02,0x81,");
    numbers(&b, der.data, 251, HEX);
    expect("a key", "ca.c", &b, 0, 0, "ca.c:1: there is a private key", NULL);
}

static void flash(void **state)
{
    struct bytes b = {0};
    uint8_t ff[256];

    (void)state;
    memset(ff, 0xff, sizeof ff);
    put(&b, der.data, der.size);
    put(&b, ff, sizeof ff);
    expect("0xff", "a.der", &b, 0, 1, NULL,
           "a.der: certificate 1 is whole, 256 bytes 0xff follow");
    put(&b, der.data, der.size);
    put(&b, "", 1);
    expect("NUL", "a.der", &b, 0, 1, NULL, NULL);
    put(&b, der.data, der.size);
    say(&b, "\r\n");
    expect("line end", "a.der", &b, 0, 1, NULL, NULL);
    say(&b, pem);
    put(&b, ff, sizeof ff);
    expect("PEM and 0xff", "a.pem", &b, 0, 1, NULL, NULL);
    say(&b, "firmware");
    put(&b, "\0\1\2\3", 4);
    say(&b, "-----BEGIN CERTIFICATE-----");
    put(&b, "", 1);
    say(&b, "-----BEGIN RSA PRIVATE KEY-----");
    put(&b, "", 1);
    say(&b, pem);
    put(&b, "\0\1\2\x30\x82", 5);
    put(&b, other.data, other.size);
    put(&b, ff, sizeof ff);
    expect("an image", "a.bin", &b, 0, 2, NULL, "1 as PEM, 1 as DER");
    put(&b, der.data, der.size);
    put(&b, other.data, other.size);
    say(&b, pem);
    expect("DER, then PEM", "a.bin", &b, 0, 2, NULL, "0 as PEM, 0 as DER");
    put(&b, "\0\1", 2);
    say(&b, "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIJabcdefghijkl\n");
    put(&b, der.data, der.size);
    expect("an image with a key", "a.bin", &b, 0, 0, "private key", NULL);
}

/* ar(5), as ESP8266's certs-from-mozilla.py makes it. */
static void archive(void **state)
{
    struct bytes b = {0};

    (void)state;
    for (int cut = 0; cut < 2; cut++) {
        say(&b, "!<arch>\n");
        for (int i = 0; i < 2; i++) {
            const struct bytes *d = i ? &other : &der;
            char *head = format("%-16s%-12s%-6s%-6s%-8s%-10zu`\n",
                                i ? "ca_001.der/" : "ca_000.der/", "0", "0",
                                "0", "100644", d->size);

            say(&b, head);
            put(&b, d->data, d->size);
            if (d->size % 2)
                say(&b, "\n");
            free(head);
        }
        b.size -= (size_t)cut * 9;
        expect("certs.ar", "certs.ar", &b, 0, 2, cut ? "cut off" : NULL, NULL);
    }
}

static void number(struct bytes *b, size_t n, int width, int little)
{
    for (int i = 0; i < width; i++) {
        uint8_t byte = (uint8_t)(n >> 8 * (little ? i : width - 1 - i) & 0xff);

        put(b, &byte, 1);
    }
}

static void esp_entry(struct bytes *b, int little)
{
    number(b, 8, 2, little);
    number(b, 6, 2, little);
    put(b, "\x30\x06 name ", 8);
    put(b, "\x30\x04 key", 6);
}

static void esp_bundle(void **state)
{
    struct bytes b = {0};

    (void)state;
    for (int layout = 0; layout < 4; layout++) {
        int width = layout == 2 ? 2 : 4;

        for (int i = 0; layout < 2 ? i < 1 : i < 2; i++) {
            if (layout < 2)
                number(&b, 2, 2, layout);
            else
                number(&b, (size_t)(2 * width + 18 * i), width, 1);
        }
        esp_entry(&b, layout > 0);
        esp_entry(&b, layout > 0);
        expect("x509_crt_bundle", "x509_crt_bundle", &b, 0, 0,
               "names and keys only; give the PEM", NULL);
    }
    number(&b, 2, 2, 0);
    esp_entry(&b, 0);
    esp_entry(&b, 0);
    say(&b, "x");
    expect("a byte more", "x509_crt_bundle", &b, 0, 0, "neither PEM", NULL);
}

static void pkcs12_make(struct bytes *b, const char *password, int key)
{
    const unsigned char *p = der.data;
    X509 *x = d2i_X509(NULL, &p, (long)der.size);
    STACK_OF(X509) *all = sk_X509_new_null();
    EVP_PKEY *pkey = key ? EVP_EC_gen("P-256") : NULL;
    unsigned char *out = NULL;
    PKCS12 *p12;
    int n;

    sk_X509_push(all, x);
    p12 = PKCS12_create(password, NULL, pkey, NULL, all, key ? -1 : 0,
                        password ? 0 : -1, 1, 1, 0);
    n = i2d_PKCS12(p12, &out);
    put(b, out, (size_t)n);
    OPENSSL_free(out);
    PKCS12_free(p12);
    EVP_PKEY_free(pkey);
    sk_X509_pop_free(all, X509_free);
}

static void pkcs12(void **state)
{
    struct bytes b = {0};

    (void)state;
    pkcs12_make(&b, NULL, 0);
    expect("open", "a.p12", &b, 0, 1, NULL, NULL);
    pkcs12_make(&b, "", 0);
    expect("empty password", "a.p12", &b, 0, 1, NULL, NULL);
    pkcs12_make(&b, "changeit", 0);
    expect("password", "a.p12", &b, 0, 0,
           "give PEM: openssl pkcs12 -nokeys -in a.p12", NULL);
    pkcs12_make(&b, NULL, 1);
    expect("a key", "a.p12", &b, 0, 0, "private key", NULL);
    pkcs12_make(&b, NULL, 0);
    b.size -= 20;
    expect("cut", "a.p12", &b, 0, 0, "cut off", NULL);
}

static void trusted_make(struct bytes *b, int trust, int reject)
{
    const unsigned char *p = der.data;
    X509 *x = d2i_X509(NULL, &p, (long)der.size);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    if (trust)
        X509_add1_trust_object(x, OBJ_nid2obj(trust));
    if (reject)
        X509_add1_reject_object(x, OBJ_nid2obj(reject));
    PEM_write_bio_X509_AUX(bio, x);
    n = BIO_get_mem_data(bio, &text);
    put(b, text, (size_t)n);
    BIO_free(bio);
    X509_free(x);
}

static void trust_settings(void **state)
{
    static const struct {
        const char *row;
        int trust, reject;
        enum pki_trust read;
    } rows[] = {
        {"none", 0, 0, PKI_TRUST_UNSET},
        {"trusted for servers", NID_server_auth, 0, PKI_TRUST_SERVERS},
        {"trusted for all", NID_anyExtendedKeyUsage, 0, PKI_TRUST_SERVERS},
        {"trusted for mail", NID_email_protect, 0, PKI_TRUST_OTHERS},
        {"rejected for servers", 0, NID_server_auth, PKI_TRUST_REJECTED},
        {"rejected for all", 0, NID_anyExtendedKeyUsage, PKI_TRUST_REJECTED},
        {"both", NID_server_auth, NID_server_auth, PKI_TRUST_REJECTED},
        {"rejected for mail", 0, NID_email_protect, PKI_TRUST_UNSET},
        {"for servers, not for mail", NID_server_auth, NID_email_protect,
         PKI_TRUST_SERVERS},
    };
    struct bytes b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bundle out;

        trusted_make(&b, rows[i].trust, rows[i].reject);
        say(&b, pem);
        if (bundle_parse("a.pem", b.data, b.size, 0, &out) != 0 ||
            out.count != 2 || out.trust[0] != rows[i].read ||
            out.trust[1] != PKI_TRUST_PLAIN)
            fail_msg("%s: %zu certificates, the first %d: %s", rows[i].row,
                     out.count, out.count ? (int)out.trust[0] : -1,
                     out.why ? out.why : "");
        bundle_clear(&out);
        free(b.data);
        b = (struct bytes){0};
    }
}

static void damaged(void **state)
{
    struct bytes b = {0};

    (void)state;
    for (int skip = 0; skip <= SKIP; skip += SKIP) {
        const char *note = skip ? "left out" : NULL;

        say(&b, pem);
        say(&b, pem);
        b.data[100] = '!';
        expect("base64", "a.pem", &b, skip, 1,
               skip ? NULL : "a.pem:1: certificate 1 (PEM CERTIFICATE) is dam",
               note);
        say(&b, pem);
        b.data[28] = 'A';
        say(&b, pem);
        expect("DER in it", "a.pem", &b, skip, 1,
               skip ? NULL : "--skip-damaged leaves it out", note);
        say(&b, "-----BEGIN CERTIFICATE-----\nMIIB\n");
        say(&b, pem);
        expect("no end", "a.pem", &b, skip, 1,
               skip ? NULL : "a.pem:1: certificate 1 is cut off", note);
        put(&b, der.data, der.size);
        b.data[5] = 0x77;
        put(&b, other.data, other.size);
        expect("DER", "a.der", &b, skip, 1, skip ? NULL : "certificate 1 can",
               note);
    }
}

static void foreign(void **state)
{
    struct bytes b = {0};

    (void)state;
    put(&b, "\xfe\xed\xfe\xed\0\0\0\2", 8);
    expect("Java", "a.jks", &b, 0, 0, "keytool -list -rfc", NULL);
    put(&b, "\xff\xfe-\0-\0", 6);
    expect("UTF-16", "a.pem", &b, 0, 0, "save it as UTF-8", NULL);
    say(&b, "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n");
    expect("a request", "a.pem", &b, 0, 0, "no certificate", NULL);
    say(&b, "\n\n");
    expect("blanks", "a.pem", &b, 0, 0, "no certificate", NULL);
}

static int load(const char *path, char **text, struct bytes *bytes)
{
    uint8_t *data = NULL;
    size_t size;
    struct bundle b;

    if (file_read(path, 0, &data, &size) != 0)
        return -1;
    if (bundle_parse(path, data, size, 0, &b) == 0)
        put(bytes, b.certificates[0].data, b.certificates[0].size);
    bundle_clear(&b);
    if (text != NULL)
        *text = (char *)data;
    else
        free(data);
    return bytes->size > 0 ? 0 : -1;
}

static int set_up(void **state)
{
    (void)state;
    return load("tests/data/real/amazon-root-ca-3.pem", &pem, &der) ||
           load("tests/data/real/amazon-root-ca-4.pem", NULL, &other);
}

static int tear_down(void **state)
{
    (void)state;
    free(pem);
    free(der.data);
    free(other.data);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),        cmocka_unit_test(comments),
        cmocka_unit_test(no_comments),    cmocka_unit_test(arrays),
        cmocka_unit_test(flash),          cmocka_unit_test(archive),
        cmocka_unit_test(esp_bundle),     cmocka_unit_test(pkcs12),
        cmocka_unit_test(trust_settings), cmocka_unit_test(damaged),
        cmocka_unit_test(foreign),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
