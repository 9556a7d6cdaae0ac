/* The reader of plain alerts: whole, byte by byte, and where it must not see
 * one. */
#include "clients/shim_io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(...)                                                             \
    (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t size;
    int alert, fatal, handshake, lost;
} rows[] = {
    {"fatal alert", BYTES(21, 3, 1, 0, 2, 2, 70), 70, 1, 0, 0},
    {"warning", BYTES(21, 3, 3, 0, 2, 1, 0), 0, 0, 0, 0},
    {"after a handshake record",
     BYTES(22, 3, 3, 0, 3, 9, 9, 9, 21, 3, 3, 0, 2, 2, 40), 40, 1, 1, 0},
    {"the last of two", BYTES(21, 3, 3, 0, 2, 1, 112, 21, 3, 3, 0, 2, 2, 80),
     80, 1, 0, 0},
    {"encrypted alert", BYTES(21, 3, 3, 0, 4, 2, 70, 1, 1), -1, 0, 0, 0},
    {"alert-like bytes in a record",
     BYTES(23, 3, 3, 0, 7, 21, 3, 3, 0, 2, 2, 70), -1, 0, 0, 0},
    {"empty record first", BYTES(22, 3, 3, 0, 0, 21, 3, 3, 0, 2, 2, 50), 50, 1,
     1, 0},
    {"half an alert", BYTES(21, 3, 3, 0, 2, 2), -1, 0, 0, 0},
    {"not TLS", BYTES('H', 'T', 'T', 'P', '/', 21, 3, 3, 0, 2, 2, 70), -1, 0, 0,
     1},
    {"not version 3", BYTES(21, 2, 0, 0, 2, 2, 70), -1, 0, 0, 1},
};

static void check(size_t i, const struct shim_io_wire *w, const char *how)
{
    if (w->alert != rows[i].alert || w->fatal != rows[i].fatal ||
        w->handshake != rows[i].handshake || w->lost != rows[i].lost ||
        w->seen.bytes != rows[i].size)
        fail_msg("%s, %s: alert %d, fatal %d, handshake %d, lost %d, %u bytes",
                 rows[i].name, how, w->alert, w->fatal, w->handshake, w->lost,
                 (unsigned)w->seen.bytes);
}

static void whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_io_wire w;
        shim_io_watch_begin(&w);
        shim_io_watch(&w, rows[i].bytes, rows[i].size);
        check(i, &w, "whole");
    }
}

static void byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shim_io_wire w;
        shim_io_watch_begin(&w);
        for (size_t k = 0; k < rows[i].size; k++)
            shim_io_watch(&w, rows[i].bytes + k, 1);
        check(i, &w, "byte by byte");
    }
}

/* The published values of FNV-1a with 64 bits. */
static void running_hash(void **state)
{
    static const struct {
        const char *text;
        uint64_t hash;
    } vectors[] = {{"", 0xcbf29ce484222325u},
                   {"a", 0xaf63dc4c8601ec8cu},
                   {"foobar", 0x85944171f73967e8u}};

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct shim_wire w;

        shim_wire_init(&w);
        shim_wire_add(&w, (const uint8_t *)vectors[i].text,
                      strlen(vectors[i].text));
        if (w.hash != vectors[i].hash)
            fail_msg("\"%s\"", vectors[i].text);
    }
}

/* A mark after each whole record, however the bytes come. */
static void marks(void **state)
{
    static const uint8_t bytes[] = {22, 3,  3, 0, 2, 9, 9,  21, 3, 3, 0, 2, 2,
                                    40, 22, 3, 3, 0, 0, 23, 3,  3, 0, 4, 1};
    static const uint64_t ends[] = {7, 14, 19};
    char whole[SHIM_WIRE_TEXT], slow[SHIM_WIRE_TEXT];
    struct shim_io_wire w;

    (void)state;
    shim_io_watch_begin(&w);
    shim_io_watch(&w, bytes, sizeof bytes);
    shim_wire_text(&w.seen, whole);
    assert_int_equal(w.seen.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(w.seen.marks[i].bytes, ends[i]);
    shim_io_watch_begin(&w);
    for (size_t i = 0; i < sizeof bytes; i++)
        shim_io_watch(&w, bytes + i, 1);
    shim_wire_text(&w.seen, slow);
    assert_string_equal(whole, slow);
}

/* The 65th record makes no mark, and bytes are counted on. */
static void marks_are_bounded(void **state)
{
    static const uint8_t record[] = {23, 3, 3, 0, 1, 9};
    struct shim_io_wire w;
    char text[SHIM_WIRE_TEXT];

    (void)state;
    shim_io_watch_begin(&w);
    for (size_t i = 0; i < 100; i++)
        shim_io_watch(&w, record, sizeof record);
    assert_int_equal(w.seen.count, SHIM_WIRE_MARKS);
    assert_int_equal(w.seen.bytes, 600);
    shim_wire_text(&w.seen, text);
    assert_string_equal(strrchr(text, ' ') + 4,
                        strchr(strrchr(text, ' '), ':'));
}

static void names_are_refused(void **state)
{
    static const char *const hosts[] = {"localhost", "", "127.0.0", "::g"};

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct shim_io io;
        if (shim_io_open(&io, hosts[i], 1, NULL, 10) != SHIM_IO_FAULT ||
            !io.error)
            fail_msg("%s was accepted as an address", hosts[i]);
        shim_io_close(&io, 1);
    }
}

static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t size;
    int cipher_change, sealed_alert;
    unsigned encrypted, least, most;
} sealed[] = {
    {"plain alert", BYTES(21, 3, 3, 0, 2, 1, 0), 0, 0, 0, 0, 0},
    {"sealed alert", BYTES(21, 3, 3, 0, 4, 2, 70, 1, 1), 0, 1, 0, 0, 0},
    {"change_cipher_spec", BYTES(20, 3, 3, 0, 1, 1), 1, 0, 0, 0, 0},
    {"two of application data",
     BYTES(23, 3, 3, 0, 3, 9, 9, 9, 23, 3, 3, 0, 1, 9), 0, 0, 2, 1, 3},
    {"and in the other order",
     BYTES(23, 3, 3, 0, 1, 9, 23, 3, 3, 0, 3, 9, 9, 9), 0, 0, 2, 1, 3},
    {"a handshake record is none", BYTES(22, 3, 3, 0, 1, 9), 0, 0, 0, 0, 0},
};

static void encrypted_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sealed / sizeof *sealed; i++) {
        struct shim_io_wire w;

        shim_io_watch_begin(&w);
        shim_io_watch(&w, sealed[i].bytes, sealed[i].size);
        if (w.cipher_change != sealed[i].cipher_change ||
            w.sealed_alert != sealed[i].sealed_alert ||
            w.encrypted != sealed[i].encrypted || w.least != sealed[i].least ||
            w.most != sealed[i].most)
            fail_msg("%s: cipher change %d, alert %d, %u records of %u to %u",
                     sealed[i].name, w.cipher_change, w.sealed_alert,
                     w.encrypted, w.least, w.most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(encrypted_records),
        cmocka_unit_test(running_hash),
        cmocka_unit_test(marks),
        cmocka_unit_test(marks_are_bounded),
        cmocka_unit_test(names_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
