/* Device files: what is read, and what is refused with which line and key. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/device.h"

/* Runs device_parse with stderr caught in text. */
static struct device *parse(const char *yaml, char *text, size_t size)
{
    FILE *caught = tmpfile();
    int saved = dup(STDERR_FILENO);
    struct device *d;
    size_t n;

    assert_non_null(caught);
    dup2(fileno(caught), STDERR_FILENO);
    d = device_parse("d.yaml", (const uint8_t *)yaml, strlen(yaml));
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(caught);
    n = fread(text, 1, size - 1, caught);
    text[n] = 0;
    fclose(caught);
    return d;
}

static void whole(void **state)
{
    static const char yaml[] =
        "device: thermostat-2019\ntitle: Thermostat\nunits: 120000\n"
        "stack: [mbedtls, openssl]\n"
        "trust_store: [amazon-root-ca-1, store/*.pem]\n"
        "pins: [{what: intermediate, match: spki-sha256, of: x}]\n"
        "distrust: {anchors: [verisign-g5], after: 2019-04-16}\n"
        "tls: {min: \"1.0\", max: \"1.2\", suites: [AES128-SHA], sni: false, "
        "resume: true, ocsp: ask,"
        " groups: [P-256], alpn: [x-amzn-mqtt-ca],"
        " max_fragment_length: 4096}\n"
        "verify: {name: false}\nclock: +90d\n"
        "limits: {heap: 48KiB, max_depth: 4, max_certificate: 4KiB}\n"
        "identity: rsa-2048\napplication: {protocol: byte}\n";
    char text[512];
    struct device *d = parse(yaml, text, sizeof text);

    (void)state;
    assert_string_equal(text, "");
    assert_non_null(d);
    assert_int_equal(d->stacks_count, 2);
    assert_string_equal(d->stacks[1], "openssl");
    assert_int_equal(d->trust_store_count, 2);
    assert_int_equal(d->pins[0].what, PIN_INTERMEDIATE);
    assert_int_equal(d->pins[0].match, PIN_SPKI_SHA256);
    assert_int_equal(d->distrust->after, 1555372800);
    assert_string_equal(d->tls.suites[0], "TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_string_equal(d->tls.groups[0], "secp256r1");
    assert_int_equal(d->tls.sni, 0);
    assert_int_equal(d->tls.resume, 1);
    assert_int_equal(d->tls.ocsp, OCSP_ASK);
    assert_int_equal(d->verify.name, 0);
    assert_int_equal(d->verify.chain, 1);
    assert_int_equal(d->clock, CLOCK_OFFSET);
    assert_int_equal(d->clock_value, 7776000);
    assert_int_equal(d->heap, 49152);
    assert_int_equal(d->max_certificate, 4096);
    device_free(d);
}

static void pins(void **state)
{
    static const char yaml[] =
        "device: a\nstack: s\npins:\n"
        "  - {what: leaf, sha1: \"DA:39:A3:EE:5E:6B:4B:0D:32:55:BF:EF:95:60:"
        "18:90:AF:D8:07:09\"}\n"
        "  - {match: spki-sha256,"
        " sha256: sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=}\n"
        "  - {match: certificate-sha1, of: x}\n";
    char text[512];
    struct device *d = parse(yaml, text, sizeof text);

    (void)state;
    assert_string_equal(text, "");
    assert_int_equal(d->pins_count, 3);
    assert_int_equal(d->pins[0].match, PIN_CERTIFICATE_SHA1);
    assert_string_equal(d->pins[0].sha256,
                        "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    assert_int_equal(d->pins[1].match, PIN_SPKI_SHA256);
    assert_string_equal(
        d->pins[1].sha256,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(d->pins[2].match, PIN_CERTIFICATE_SHA1);
    device_free(d);
}

static void one_stack_and_no_clock(void **state)
{
    char text[512];
    struct device *d =
        parse("device: a\nstack: mbedtls@x\nclock: none\n", text, sizeof text);

    (void)state;
    assert_non_null(d);
    assert_string_equal(d->stacks[0], "mbedtls@x");
    assert_int_equal(d->verify.time, 0);
    assert_int_equal(d->tls.sni, 1);
    assert_int_equal(d->tls.resume, 0);
    assert_int_equal(d->tls.ocsp, OCSP_LIBRARY);
    device_free(d);
}

#define H "device: a\nstack: s\n"

static void refused(void **state)
{
    static const struct {
        const char *yaml, *message;
    } rows[] = {
        {H "colour: red\n", "d.yaml:3: colour: unknown key"},
        {H "tls:\n  min: \"1.0\"\n  colour: 3\n", "d.yaml:5: colour: unknown"},
        {H "units: many\n", "d.yaml:3: units: a whole number"},
        {H "units: -3\n", "d.yaml:3: units: a whole number"},
        {H "units: 1.5\n", "d.yaml:3: units: a whole number"},
        {H "units: 120_000\n", "d.yaml:3: units: a whole number"},
        {H "units: [3]\n", "d.yaml:3: units: one text belongs here"},
        {H "verify: {chain: maybe}\n", "d.yaml:3: verify.chain: true or false"},
        {H "title:\n", "d.yaml:3: title: empty"},
        {H "tls: {alpn: ['']}\n", "d.yaml:3: alpn: empty"},
        {H "trust_store:\n  - a\n  -\n", "d.yaml:5: trust_store: empty"},
        {H "trust_store: a\n", "d.yaml:3: trust_store: a list belongs here"},
        {H "device: b\n", "d.yaml:3: device: given twice"},
        {H "---\ndevice: b\nstack: s\n", "d.yaml:3: a second YAML document"},
        {"device: \"a\\0b\"\nstack: s\n", "d.yaml:1: a NUL character"},
        {"device: a\n", "stack: missing"},
        {"device: a\nstack: []\n", "d.yaml:2: stack: too few elements"},
        {"stack: s\n", "device: missing"},
        {"", "d.yaml:1: empty"},
        {"# nothing\n", "d.yaml:1: empty"},
        {"device: A b\nstack: s\n", "d.yaml:1: device: an id has"},
        {"device: ..\nstack: s\n", "d.yaml:1: device: an id has"},
        {H "tls:\n  min: \"1.4\"\n", "d.yaml:4: tls.min: \"1.0\""},
        {H "tls: {min: \"1.2\", max: \"1.0\"}\n", "tls.min: min is above max"},
        {H "tls:\n  suites:\n    - AES128-SHA\n    - NOPE\n",
         "d.yaml:6: tls.suites[1]: \"NOPE\""},
        {H "tls: {max_fragment_length: 5}\n", "d.yaml:3: tls.max_fragment"},
        {H "clock: tomorrow\n", "d.yaml:3: clock:"},
        {H "pins: [{what: leaf}]\n", "d.yaml:3: pins[0].what: give exactly"},
        {H "pins:\n  - {of: a}\n  - what: leaf\n    sha256: zz\n",
         "d.yaml:6: pins[1].sha256: a SHA-256 has 64 hex"},
        {H "pins:\n  - sha256: da39a3ee5e6b4b0d3255bfef95601890afd80709\n",
         "d.yaml:4: pins[0].sha256: 40 hex digits are a SHA-1; give it as"},
        {H "pins:\n  - sha1: da39\n", "pins[0].sha1: a SHA-256 has 64"},
        {H "pins:\n  - match: spki-sha256\n"
           "    sha1: da39a3ee5e6b4b0d3255bfef95601890afd80709\n",
         "d.yaml:4: pins[0].match: a SHA-1 is of a certificate"},
        {H "pins: [{of: a, sha1: b}]\n", "pins[0].of: give exactly one of"},
        {H "limits: {max_depth: 0}\n", "limits.max_depth: 1 to 100"},
        {H "limits: {heap: 0}\n", "limits.heap: a size, as 48KiB; for none"},
        {H "limits: {max_certificate: 0}\n", "limits.max_certificate: a size"},
        {H "distrust: {anchors: [a], after: x}\n", "distrust.after: a time"},
        {H "tls: {ocsp: must}\n", "d.yaml:3: tls.ocsp: library, none, ask"},
        {H "limits: {heap: big}\n", "d.yaml:3: limits.heap: a size"},
        {H "limits: {max_depth: 4x}\n", "d.yaml:3: limits.max_depth: a whole"},
        {H "tls: {resume: 2}\n", "d.yaml:3: tls.resume: true or false"},
        {H "security_level: 6\n", "d.yaml:3: security_level: a whole"},
        {H "identity: dsa\n", "d.yaml:3: identity: rsa-2048 or"},
        {H "application: {protocol: coap}\n", "d.yaml:3: application.protocol"},
        {"device: &x a\nstack: s\ntitle: *x\n", "d.yaml:"},
        {"device: {a\n", "d.yaml:1: device:"},
        {H "title: \"x\n", "not valid YAML"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        struct device *d = parse(rows[i].yaml, text, sizeof text);

        if (d || !strstr(text, rows[i].message))
            fail_msg("%s: %s, said: %s", rows[i].yaml,
                     d ? "accepted" : "refused", text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(pins),
        cmocka_unit_test(one_stack_and_no_clock),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
