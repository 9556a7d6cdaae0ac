/* Which archives of a stack file are for this machine. Nothing is fetched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builds/archive.h"
#include "builds/command.h"
#include "builds/debian.h"
#include "base/file.h"

static char folder[] = "/tmp/archive_test.XXXXXX";

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) ? setenv("CHAINBREAK_CACHE", folder, 1) : -1;
}

static int folder_remove(void **state)
{
    (void)state;
    return file_remove_tree(folder);
}

static void fits_by_its_name(void **state)
{
    static const struct {
        const char *file, *architecture;
        int fits;
    } rows[] = {
        {"pool/main/o/openssl/libssl-dev_3.5.7-1_amd64.deb", "amd64", 1},
        {"pool/main/o/openssl/libssl-dev_3.5.7-1_amd64.deb", "arm64", 0},
        {"pool/main/o/openssl/libssl-dev_3.5.7-1_amd64.deb", "amd", 0},
        {"pool/main/o/openssl/libssl-dev_3.5.7-1_arm64.deb", "arm", 0},
        {"http://host/x_1/libssl-dev_3.5.7%2b1_arm64.deb", "arm64", 1},
        {"http://host/x_1/libssl-dev_3.5.7%2b1_arm64.deb", "amd64", 0},
        {"/a/lib_2_kfreebsd-amd64.deb", "amd64", 0},
        {"/a/headers-dev_1.0_all.deb", "arm64", 1},
        {"/a/headers-dev_1.0_all.deb.tar.gz", "arm64", 1},
        {"pool/main/m/mbedtls/mbedtls_3.6.7.orig.tar.bz2", "arm64", 1},
        /* Names of somebody's own tell nothing. */
        {"/a/ours_amd64.deb", "arm64", 1},
        {"/a/our_tls_amd64.deb", "arm64", 1},
        {"/a_1_/ours.deb", "arm64", 1},
        {"/a_1_amd64.deb/ours.tar.gz", "arm64", 1},
        /* No dpkg tells. */
        {"/a/libssl-dev_3.5.7-1_amd64.deb", NULL, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (archive_fits(rows[i].file, rows[i].architecture) != rows[i].fits)
            fail_msg("%s on %s: not %d", rows[i].file,
                     rows[i].architecture ? rows[i].architecture : "(unknown)",
                     rows[i].fits);
}

/* archive_get; what was printed goes into said. */
static char *get(const struct stack_archive *list, size_t count,
                 int *is_package, char said[1000])
{
    char *kept = format("%s/stderr", folder);
    int old = dup(2);
    FILE *stream;
    char *tree;

    assert_non_null(freopen(kept, "w+", stderr));
    tree = archive_get(list, count, is_package);
    fflush(stderr);
    dup2(old, 2);
    close(old);
    stream = fopen(kept, "r");
    assert_non_null(stream);
    said[fread(said, 1, 999, stream)] = '\0';
    fclose(stream);
    free(kept);
    return tree;
}

#define HASH  "3b4953aa55a681e084d31892d9904cc5328d6b4958ea57b90ae4b4f94ae69a8d"
#define OTHER "8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a"

static struct stack_archive foreign = {"pool/x_1_nowhere.deb", OTHER};

/* Without it nothing tells the machine's architecture. */
static void need_dpkg(void)
{
    char *architecture = debian_architecture();

    free(architecture);
    if (!architecture)
        skip();
}

/* A tree that is unpacked already stands for the archive. */
static void passes_over_what_is_for_others(void **state)
{
    struct stack_archive list[] = {foreign, {"pool/x_1.orig.tar.gz", HASH}};
    char *unpacked, *passed, *tree, said[1000];
    int is_package = 1;

    (void)state;
    need_dpkg();
    unpacked = format("%s/trees/%s", folder, HASH);
    passed = format("%s/archives/%s.lock", folder, OTHER);
    assert_int_equal(file_mkdirs(unpacked, 0755), 0);
    tree = get(list, 2, &is_package, said);
    assert_string_equal(said, "");
    assert_string_equal(tree, unpacked);
    assert_int_equal(is_package, 0);
    assert_false(file_exists(passed));
    free(tree);
    free(unpacked);
    free(passed);
}

static void says_that_none_is_left(void **state)
{
    struct stack_archive list[] = {foreign, foreign};
    char *architecture, *wanted, said[1000];
    int is_package;

    (void)state;
    need_dpkg();
    architecture = debian_architecture();
    wanted = format("a package *_%s.deb or a source archive\n", architecture);
    assert_null(get(list, 2, &is_package, said));
    assert_non_null(strstr(said, wanted));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    free(architecture);
    free(wanted);
}

/* Makes folder/name.tar of a sparse file of that size, and its hash. */
static struct stack_archive archive_make(const char *name, const char *size)
{
    struct stack_archive a = {format("%s/%s.tar", folder, name), NULL};
    const char *const hash[] = {"sha256sum", a.file, NULL};
    char *make = format("cd %s && mkdir %s && truncate -s %s %s/file && "
                        "tar -cSf %s.tar %s",
                        folder, name, size, name, name, name);

    assert_int_equal(system(make), 0);
    a.sha256 = command_read(hash);
    assert_non_null(a.sha256);
    a.sha256[64] = '\0';
    free(make);
    return a;
}

/* What would fill a disk is not unpacked. */
static void refuses_what_is_too_much(void **state)
{
    struct stack_archive small = archive_make("small", "1M"),
                         huge = archive_make("huge", "3G");
    char *tree, said[1000];
    int is_package;

    (void)state;
    tree = get(&small, 1, &is_package, said);
    assert_non_null(tree);
    free(tree);
    assert_null(get(&huge, 1, &is_package, said));
    assert_non_null(strstr(said, "more than 100000 files or 2048 MiB"));
    for (struct stack_archive *a = &small; a; a = a == &small ? &huge : NULL) {
        free(a->file);
        free(a->sha256);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_by_its_name),
        cmocka_unit_test(passes_over_what_is_for_others),
        cmocka_unit_test(says_that_none_is_left),
        cmocka_unit_test(refuses_what_is_too_much),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
