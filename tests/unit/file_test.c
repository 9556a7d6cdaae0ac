/* Files: whole writes, whole reads, sorted findings, and faults that are told.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char dir[] = "/tmp/file_test.XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

static char *in_dir(const char *name)
{
    char *path = format("%s/%s", dir, name);

    assert_non_null(path);
    return path;
}

static void put(const char *name, const char *text)
{
    char *path = in_dir(name);

    assert_int_equal(file_write(path, 0644, text, strlen(text)), 0);
    free(path);
}

static void round_trip(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000};
    char *path = in_dir("data");

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t *in = malloc(sizes[i] + 1), *out = NULL;
        size_t size = 0;
        struct stat st;

        assert_non_null(in);
        memset(in, (int)i + 'a', sizes[i]);
        assert_int_equal(file_write(path, 0600, in, sizes[i]), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        if (file_read(path, 0, &out, &size) || size != sizes[i] ||
            memcmp(in, out, size) != 0 || out[size] != 0)
            fail_msg("%zu bytes came back as %zu", sizes[i], size);
        free(in);
        free(out);
    }
    free(path);
}

static void refused(void **state)
{
    static const char *const names[] = {"missing", "sub/", "data/x", ""};
    char *big = in_dir("big"), *sub = in_dir("sub"), *below;
    char *fifo = in_dir("fifo");
    uint8_t *out = NULL;
    size_t size;

    (void)state;
    put("big", "12345");
    put("data", "x");
    assert_int_equal(file_mkdirs(sub, 0755), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = in_dir(names[i]);

        if (file_read(path, 0, &out, &size) == 0)
            fail_msg("read \"%s\"", names[i]);
        free(path);
    }
    /* A pipe would be waited for; a device has no end. */
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(file_read(fifo, 0, &out, &size), -1);
    assert_int_equal(file_read("/dev/zero", 0, &out, &size), -1);
    free(fifo);
    assert_int_equal(file_read(big, 4, &out, &size), -1);
    assert_int_equal(file_read(big, 5, &out, &size), 0);
    free(out);
    /* A folder cannot be replaced by a file, nor a file hold a folder. */
    assert_int_equal(file_write(sub, 0644, "x", 1), -1);
    below = in_dir("big/below");
    assert_int_equal(file_mkdirs(below, 0755), -1);
    assert_int_equal(file_mkdirs(big, 0755), -1);
    assert_int_equal(file_mkdirs("", 0755), -1);
    free(below);
    free(big);
    free(sub);
}

static void umask_is_kept(void **state)
{
    static const struct {
        mode_t mask, asked, mode;
    } rows[] = {{077, 0644, 0600}, {022, 0644, 0644}, {0, 0600, 0600}};
    char *path = in_dir("masked");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mode_t before = umask(rows[i].mask);
        struct stat st;

        assert_int_equal(file_write(path, rows[i].asked, "x", 1), 0);
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, rows[i].mode);
    }
    free(path);
}

/* A write that fails leaves the old file and nothing else. */
static void nothing_half_written(void **state)
{
    char **found = NULL;
    size_t count = 0;
    char *sub = in_dir("whole");
    char *taken = in_dir("whole/taken");

    (void)state;
    assert_int_equal(file_mkdirs(taken, 0755), 0);
    assert_int_equal(file_write(taken, 0644, "x", 1), -1);
    put("whole/kept", "old");
    assert_int_equal(file_find(sub, "", &found, &count), 0);
    assert_int_equal(count, 1);
    assert_non_null(strstr(found[0], "whole/kept"));
    strings_free(found);
    free(sub);
    free(taken);
}

static void find(void **state)
{
    static const char *const wanted[] = {"f/a.yaml", "f/b/c.yaml",
                                         "f/b/dangling.yaml", "f/z.yaml"};
    char *sub = in_dir("f/b"), *top = in_dir("f"), *loop = in_dir("f/b/up");
    char *fifo = in_dir("f/pipe.yaml"), *link = in_dir("f/b/dangling.yaml");
    char **found = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(file_mkdirs(sub, 0755), 0);
    put("f/z.yaml", "");
    put("f/a.yaml", "");
    put("f/b/c.yaml", "");
    put("f/b/c.yml", "");
    put("f/.hidden.yaml", "");
    assert_int_equal(symlink("..", loop), 0);
    assert_int_equal(symlink("nowhere", link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(file_find(top, ".yaml", &found, &count), 0);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++)
        if (!strstr(found[i], wanted[i]))
            fail_msg("%zu: %s, not %s", i, found[i], wanted[i]);
    assert_null(found[count]);
    strings_free(found);
    assert_int_equal(file_find(fifo, ".yaml", &found, &count), -1);
    free(sub);
    free(top);
    free(loop);
    free(fifo);
    free(link);
}

static void home(void **state)
{
    char *catalog;

    (void)state;
    unsetenv("CHAINBREAK_HOME");
    unsetenv("CHAINBREAK_CACHE");
    assert_non_null(home_dir());
    catalog = format("%s/pki/catalog", home_dir());
    assert_true(file_is_dir(catalog));
    assert_non_null(strstr(cache_dir(), "/build/cache"));
    setenv("CHAINBREAK_HOME", "/somewhere", 1);
    assert_string_equal(home_dir(), "/somewhere");
    assert_string_equal(cache_dir(), "/somewhere/build/cache");
    setenv("CHAINBREAK_CACHE", "/keys", 1);
    assert_string_equal(cache_dir(), "/keys");
    free(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),    cmocka_unit_test(refused),
        cmocka_unit_test(umask_is_kept), cmocka_unit_test(nothing_half_written),
        cmocka_unit_test(find),          cmocka_unit_test(home),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
