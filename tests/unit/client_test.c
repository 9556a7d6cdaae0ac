/* Client files: what is taken, what is refused with file, line and key, and how
 * words are divided and filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/client.h"
#include "model/client_words.h"
#include "model/device.h"
#include "base/file.h"

#define CONNECTED "connected: [0]\n"
#define COMMAND   "command: [x]\n"

static const struct {
    const char *name, *text, *said; /* said: all of it must be there */
} refused[] = {
    {"no command", "client: a\n" CONNECTED, "t.yaml:1: command: missing"},
    {"an empty command", "command: ''\n" CONNECTED, "t.yaml:1: command"},
    {"no connected", COMMAND, "t.yaml:1: connected: missing"},
    {"unknown key", COMMAND CONNECTED "shell: yes\n", "t.yaml:3: shell"},
    {"unknown option", COMMAND CONNECTED "options: {tls-max: [a]}\n",
     "t.yaml:3: "},
    {"an option without words", COMMAND CONNECTED "options: {sni: []}\n",
     "t.yaml:3: "},
    {"unknown placeholder", CONNECTED "command: [x, '{hots}']\n",
     "t.yaml:2: command: {hots}: no such placeholder"},
    {"unknown placeholder in a text", CONNECTED "command: x {hots}\n",
     "t.yaml:2: command: {hots}: no such placeholder"},
    {"unknown placeholder in an option",
     COMMAND CONNECTED "options:\n  sni: ['{nam}']\n",
     "t.yaml:4: options.sni: {nam}: no such placeholder"},
    {"an open quote", CONNECTED "command: x 'y\n",
     "t.yaml:2: command: a quote is not closed"},
    {"exit of 256", COMMAND "connected: [256]\n", "t.yaml:2: connected"},
    {"exit of words", COMMAND "connected: [fine]\n", "t.yaml:2: connected"},
    {"a row for nothing", COMMAND CONNECTED "refused:\n  - {reason: expired}\n",
     "t.yaml:4: refused[0]"},
    {"a row without a reason", COMMAND CONNECTED "refused:\n  - {exit: 1}\n",
     "t.yaml:4: refused[0]"},
    {"an unknown reason",
     COMMAND CONNECTED "refused:\n  - {exit: 1, reason: expired}\n"
                       "  - {exit: 2, reason: bad-luck}\n",
     "t.yaml:5: refused[1].reason: no such reason"},
    {"a reason that is no refusal",
     COMMAND CONNECTED "refused:\n  - {exit: 1, reason: timeout}\n",
     "t.yaml:4: refused[0].reason: this is no refusal's reason"},
    {"refused by a third",
     COMMAND CONNECTED "refused:\n  - {exit: 1, reason: expired, by: me}\n",
     "t.yaml:4: refused[0].by: client or server"},
    {"an unknown clock", COMMAND CONNECTED "clock: sundial\n",
     "t.yaml:3: clock: libfaketime, option or none"},
    {"a clock option without words", COMMAND CONNECTED "clock: option\n",
     "t.yaml:3: clock: `option` needs the words"},
    {"a clock option that is not used",
     COMMAND CONNECTED "options: {clock: [-t]}\n", "t.yaml:3: options.clock"},
    {"no clock and no way to switch dates off",
     COMMAND CONNECTED "clock: none\n", "t.yaml:3: clock: `none` needs"},
    {"unknown hosts", COMMAND CONNECTED "hosts: dns\n",
     "t.yaml:3: hosts: nss-wrapper"},
    {"a name with a slash", COMMAND CONNECTED "client: a/b\n",
     "t.yaml:3: client: a name has"},
    {"a second document", COMMAND CONNECTED "---\na: b\n", "t.yaml:3: "},
    {"no mapping", "[1, 2]\n", "t.yaml"},
};

/* Runs with stderr in a file, and gives what it said. */
static struct client *said_of(const char *text, char *said, size_t room)
{
    FILE *kept = tmpfile();
    int old = dup(2);
    struct client *c;
    size_t n;

    assert_non_null(kept);
    fflush(stderr);
    dup2(fileno(kept), 2);
    c = client_parse("t.yaml", (const uint8_t *)text, strlen(text));
    fflush(stderr);
    dup2(old, 2);
    close(old);
    rewind(kept);
    n = fread(said, 1, room - 1, kept);
    said[n] = '\0';
    fclose(kept);
    return c;
}

static void test_refused(void **state)
{
    char said[1024];

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct client *c = said_of(refused[i].text, said, sizeof said);

        if (c || !strstr(said, refused[i].said))
            fail_msg("%s: %s", refused[i].name, c ? "was taken" : said);
    }
}

static const char whole[] =
    "client: mine\n"
    "title: Mine\n"
    "package: mine-tools\n"
    "command: \"run 'two words' a\\\\ b {host}:{port}\"\n"
    "version: [run, -V]\n"
    "input: \"c\\n\"\n"
    "clock: none\n"
    "hosts: nss-wrapper\n"
    "features: [tls-1.2, time-off]\n"
    "environment: [VENDOR_HOME, MODE=a=b]\n"
    "options: {max-1.2: [--max, '1.2']}\n"
    "connected: exit 52\n"
    "refused:\n"
    "  - {exit: 60, text: expired, reason: expired}\n"
    "  - {text: gone, reason: identity-refused, by: server}\n"
    "  - {exit: 1, reason: by-alert}\n";

static void test_whole(void **state)
{
    struct client *c =
        client_parse("t.yaml", (const uint8_t *)whole, sizeof whole - 1);

    (void)state;
    assert_non_null(c);
    assert_string_equal(c->name, "mine");
    assert_string_equal(c->package, "mine-tools");
    assert_int_equal(c->command.count, 4);
    assert_string_equal(c->command.items[1], "two words");
    assert_string_equal(c->command.items[2], "a b");
    assert_string_equal(c->command.items[3], "{host}:{port}");
    assert_int_equal(c->version.count, 2);
    assert_string_equal(c->input, "c\n");
    assert_int_equal(c->clock, CLIENT_CLOCK_NONE);
    assert_int_equal(c->nss_wrapper, 1);
    assert_null(c->options[CLIENT_TIME_OFF].items);
    assert_int_equal(c->features.count, 2);
    assert_int_equal(c->environment.count, 2);
    assert_string_equal(c->environment.items[1], "MODE=a=b");
    assert_int_equal(c->options[CLIENT_MAX_10 + 2].count, 2);
    assert_int_equal(c->connected_count, 1);
    assert_int_equal(c->connected[0], 52);
    assert_int_equal(c->refused_count, 3);
    assert_int_equal(c->refused[0].reason, REASON_EXPIRED);
    assert_int_equal(c->refused[0].by_server, 0);
    assert_int_equal(c->refused[1].exit, -1);
    assert_int_equal(c->refused[1].by_server, 1);
    assert_int_equal(c->refused[2].by_alert, 1);
    client_free(c);
}

static const struct {
    const char *name, *text;
    int cut;
    const char *command, *outside; /* outside: the line of `stack:` after */
} cuts[] = {
    {"a name", "device: d\nstack: curl\n", 0, NULL, NULL},
    {"a list", "device: d\nstack:\n  - a: b\n", 0, NULL, NULL},
    {"a flow list", "device: d\nstack: [a, b]\n", 0, NULL, NULL},
    {"no stack", "device: d\n", 0, NULL, NULL},
    {"a flow mapping",
     "device: d\nstack: {command: [x], connected: [0]}\ntitle: t\n", 1, "x",
     "device: d\nstack: [\"@\"] "},
    {"a block mapping",
     "device: d\nstack:\n  # mine\n  command: [y]\n  connected: [0]\ntitle: "
     "t\n",
     1, "y", "device: d\nstack: [\"@\"]\n        \n  "},
    {"a flow mapping over lines",
     "stack: {command: [z],\n        connected: [0]}\ndevice: d\n", 1, "z",
     "stack: [\"@\"] "},
};

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        const char *text = cuts[i].text;
        uint8_t *inside = NULL, *outside = NULL;
        int cut =
            client_cut((const uint8_t *)text, strlen(text), &inside, &outside);
        struct client *c = NULL;

        if (cut != cuts[i].cut)
            fail_msg("%s: %d", cuts[i].name, cut);
        if (cut) {
            c = client_parse("t.yaml", (const uint8_t *)text, strlen(text));
            if (!c || strcmp(c->command.items[0], cuts[i].command) != 0)
                fail_msg("%s: %s", cuts[i].name, c ? "command" : "refused");
            if (strncmp((char *)outside, cuts[i].outside,
                        strlen(cuts[i].outside)) != 0)
                fail_msg("%s: %s", cuts[i].name, (char *)outside);
            assert_int_equal(strlen((char *)outside),
                             strlen(text) + CLIENT_CUT_EXTRA);
        }
        client_free(c);
        free(inside);
        free(outside);
    }
}

static void test_device(void **state)
{
    static const char inline_text[] =
        "device: d\n"
        "stack: {client: ours, command: run {port}, connected: exit 0}\n"
        "title: t\n";
    struct device *d = device_parse("f/d.yaml", (const uint8_t *)inline_text,
                                    sizeof inline_text - 1);

    (void)state;
    assert_non_null(d);
    assert_string_equal(d->stacks[0], "ours");
    assert_string_equal(device_client(d), "f/d.yaml");
    assert_string_equal(d->title, "t");
    device_free(d);
}

/* A fault inside the mapping has the line of the device file. */
static void test_device_fault(void **state)
{
    static const char text[] = "device: d\n"
                               "stack:\n"
                               "  command: [x]\n"
                               "  conected: [0]\n";
    char said[1024];
    struct client *c = said_of(text, said, sizeof said);

    (void)state;
    assert_null(c);
    if (!strstr(said, "t.yaml:4: conected"))
        fail_msg("%s", said);
}

/* The same as a block, with `stack:` first of all. */
static void test_device_block(void **state)
{
    static const char text[] = "stack:\n"
                               "  command: [x]\n"
                               "  connected: [0]\n"
                               "\n"
                               "# of the device\n"
                               "device: d\n"
                               "units: 7\n";
    struct device *d =
        device_parse("d.yaml", (const uint8_t *)text, sizeof text - 1);

    (void)state;
    assert_non_null(d);
    assert_string_equal(d->stacks[0], "command");
    assert_int_equal(d->units, 7);
    device_free(d);
}

static const struct {
    const char *word, *filled;
} fills[] = {
    {"{host}:{port}", "h:1"},
    {"plain", "plain"},
    {"", ""},
    {"{name}{name}", "{host}{host}"}, /* a value is not looked into */
    {"{ \"a\": {host} }", "{ \"a\": h }"},
    {"{", "{"},
    {"a{host", "a{host"},
    {"{clock}", ""},
};

static void test_fill(void **state)
{
    static const struct client_value values[] = {
        {"host", "h"}, {"port", "1"}, {"name", "{host}"}, {"clock", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
        char *got = client_words_fill(fills[i].word, values, 4);

        assert_non_null(got);
        if (strcmp(got, fills[i].filled) != 0)
            fail_msg("%s: %s", fills[i].word, got);
        free(got);
    }
}

/* Every ready client can be read, and is called as its file. */
static void test_ready(void **state)
{
    char **files = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(file_find("clients/command", ".yaml", &files, &count), 0);
    assert_true(count >= 6);
    for (size_t i = 0; i < count; i++) {
        struct client *c = client_load(files[i]);
        size_t n = c ? strlen(c->name) : 0;
        const char *base = strrchr(files[i], '/') + 1;

        if (!c || strncmp(base, c->name, n) != 0 ||
            strcmp(base + n, ".yaml") != 0 || !c->package || !c->title)
            fail_msg("%s: %s", files[i], c ? "name, package, title" : "bad");
        client_free(c);
    }
    strings_free(files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_device),
        cmocka_unit_test(test_device_fault),
        cmocka_unit_test(test_device_block),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_ready),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
