/* Stack files: what is taken, and what is refused with file, line and key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builds/log.h"
#include "builds/config_kind.h"
#include "builds/stack_file.h"
#include "base/file.h"

static char folder[] = "/tmp/stack_file_test.XXXXXX";

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
    (void)state;
    return file_remove_tree(folder);
}

static char *path_write(const char *name, const char *text)
{
    char *path = format("%s/%s", folder, name);

    assert_non_null(path);
    assert_int_equal(file_write(path, 0644, text, strlen(text)), 0);
    return path;
}

/* Loads the text as a file; what was printed goes into said. */
static struct stack_file *load(const char *text, char *said, size_t room)
{
    char *path = path_write("x.yaml", text);
    char *kept = format("%s/stderr", folder);
    int old = dup(2);
    struct stack_file *f;
    FILE *stream;
    size_t n;

    assert_non_null(freopen(kept, "w+", stderr));
    f = stack_file_load(path);
    fflush(stderr);
    dup2(old, 2);
    close(old);
    stream = fopen(kept, "r");
    assert_non_null(stream);
    n = fread(said, 1, room - 1, stream);
    said[n] = '\0';
    fclose(stream);
    free(path);
    free(kept);
    return f;
}

#define HASH "3b4953aa55a681e084d31892d9904cc5328d6b4958ea57b90ae4b4f94ae69a8d"
#define HEAD "stack: mbedtls@x\nfamily: mbedtls\n"

static void takes_a_whole_file(void **state)
{
    char said[1000];
    char *config = path_write("c.h", "");
    struct stack_file *f =
        load(HEAD "title: T\nquick: true\nsource:\n  archives:\n"
                  "    - file: pool/main/m/x.tar.gz\n      sha256: " HASH
                  "\nconfig: c.h\ndefines: [A, B=1]\n",
             said, sizeof said);

    (void)state;
    assert_string_equal(said, "");
    assert_non_null(f);
    assert_string_equal(f->name, "mbedtls@x");
    assert_int_equal(f->source, STACK_ARCHIVES);
    assert_string_equal(f->archives[0].sha256, HASH);
    assert_int_equal(f->quick, 1);
    assert_string_equal(f->config, config);
    assert_int_equal(f->defines_count, 2);
    stack_file_free(f);
    free(config);
}

static void refuses(void **state)
{
    static const struct {
        const char *row, *text, *said;
    } rows[] = {
        {"unknown key", HEAD "colour: red\nsource: {system: true}\n",
         "x.yaml:3: colour"},
        {"bad name", "stack: ../x\nfamily: mbedtls\nsource: {system: true}\n",
         "x.yaml:1: stack: a name has"},
        {"a client's name",
         "stack: curl\nfamily: mbedtls\nsource: {system: true}\n",
         "x.yaml:1: stack: a client that is built in"},
        {"no such family", "stack: x\nfamily: nss\nsource: {system: true}\n",
         "x.yaml:2: family: no such family"},
        {"a family with a path",
         "stack: x\nfamily: ../mbedtls\nsource: {system: true}\n",
         "x.yaml:2: family: no such family"},
        {"two sources", HEAD "source: {system: true, tree: .}\n",
         "x.yaml:3: source: give exactly one"},
        {"no source", HEAD "source: {}\n", "source"},
        {"short hash",
         HEAD "source:\n  archives:\n    - {file: a, sha256: 12}\n",
         "sha256 has 64 hex digits"},
        {"tree that is not there", HEAD "source:\n  tree: nowhere\n",
         "x.yaml:4: source.tree: nowhere is not there"},
        {"tree that is a file", HEAD "source: {tree: x.yaml}\n",
         "source.tree: is no folder"},
        {"config that is not there",
         HEAD "source: {system: true}\nconfig: c2.h\n",
         "x.yaml:4: config: c2.h is not there"},
        {"config that is a fragment",
         HEAD "source: {system: true}\nconfig: prj.conf\n",
         "x.yaml:4: config: is a Kconfig fragment"},
        {"config that asks", HEAD "source: {system: true}\nconfig: Kconfig\n",
         "x.yaml:4: config: is Kconfig's list of questions"},
        {"config of the whole firmware",
         HEAD "source: {system: true}\nconfig: autoconf.h\n",
         "x.yaml:4: config: sets Kconfig's CONFIG_ names only"},
        {"libraries without headers", HEAD "source: {libraries: [x.yaml]}\n",
         "libraries need `include`"},
        {"a define for a shell",
         HEAD "source: {system: true}\ndefines: [\"A=$(id)\"]\n",
         "x.yaml:4: defines: no spaces"},
        {"a flag for a define",
         HEAD "source: {system: true}\ndefines: [-fplugin=x]\n",
         "x.yaml:4: defines: a name"},
        {"system: false", HEAD "source: {system: false}\n",
         "source.system: can only be true"},
    };

    free(path_write("prj.conf", "# what we use\nCONFIG_MBEDTLS=y\n"
                                "# CONFIG_MBEDTLS_DEBUG is not set\n"));
    free(path_write("Kconfig",
                    "menu \"TLS\"\nconfig MBEDTLS\n\tbool\nendmenu\n"));
    free(path_write("autoconf.h", "#ifndef AUTOCONF_H\n#define AUTOCONF_H\n"
                                  "#define CONFIG_MBEDTLS 1\n#endif\n"));
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char said[1000];
        struct stack_file *f = load(rows[i].text, said, sizeof said);

        if (f || !strstr(said, rows[i].said))
            fail_msg("%s: %s, said: %s", rows[i].row,
                     f ? "was taken" : "refused", said);
    }
}

static void names_the_cause(void **state)
{
    static const struct {
        const char *row, *log, *cause;
    } rows[] = {
        {"compiler",
         "In file x.h:\nx.h:3: error: #error no client\nmake: *** "
         "[x.o] Error 1\n",
         "x.h:3: error: #error no client"},
        {"ours, and what follows from it",
         "c.h:9:2: error: #error chainbreak: no client\na.c:1: error: b\n",
         "no client"},
        {"a header, and what follows from it",
         "x.h:2:2: error: #error not here\nc.h:9:2: error: #error chainbreak: "
         "no client\n",
         "x.h:2:2: error: #error not here"},
        {"make's own form",
         "m.mk:20: *** chainbreak: no tree of that.  Stop.\n",
         "no tree of that"},
        {"undefined",
         "x: undefined reference to `board_time'\nx: undefined reference to "
         "`board_time'\nx: undefined reference to `board_rng'\n",
         "nothing here defines board_time, board_rng: give a C file with them "
         "(files:, --file) if they are the board's; if they are the library's, "
         "the configuration leaves them out"},
        {"no compiler",
         "make: /x/cc: No such file or directory\nmake: *** [a.o] Error 127\n",
         "make: /x/cc: No such file or directory"},
        {"nothing known", "one\ntwo\n", "two"},
    };
    char *path;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *cause;

        path = path_write("log", rows[i].log);
        cause = log_cause(path);
        if (!cause || strcmp(cause, rows[i].cause) != 0)
            fail_msg("%s: %s", rows[i].row, cause ? cause : "(none)");
        free(cause);
        free(path);
    }
    path = path_write("log", "");
    assert_null(log_cause(path));
    free(path);
}

static void knows_a_header(void **state)
{
    static const struct {
        const char *text;
        enum config_kind kind;
    } rows[] = {
        {"", CONFIG_HEADER},
        {"/* nothing */\n", CONFIG_HEADER},
        {"#define MBEDTLS_SSL_CLI_C\n", CONFIG_HEADER},
        {"# define CONFIG_A 1\n#define MBEDTLS_AES_C\n", CONFIG_HEADER},
        {"#include \"autoconf.h\"\n", CONFIG_HEADER},
        {"/*\nCONFIG_A=y\n*/\n#define X 1\n", CONFIG_HEADER},
        {"#pragma once\n#define CONFIG_A 1\n", CONFIG_AUTO_HEADER},
        {"CONFIG_A=\"x\"", CONFIG_FRAGMENT},
        {"  menuconfig TLS\n", CONFIG_KCONFIG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (config_kind((const uint8_t *)rows[i].text, strlen(rows[i].text)) !=
            rows[i].kind)
            fail_msg("%s", rows[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_whole_file),
        cmocka_unit_test(refuses),
        cmocka_unit_test(knows_a_header),
        cmocka_unit_test(names_the_cause),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
