/* Who may write into the cache, which modes its files get, and keys that are
 * not what their name says. */
#include "tests/unit/pki_real.h"

#include <sys/stat.h>

static void folders_of_others_are_refused(void **state)
{
    static const struct {
        const char *row, *below;
        mode_t mode;
        int is_of_nobody, refused;
    } rows[] = {
        {"ours", "", 0755, 0, 0},
        {"ours alone", "", 0700, 0, 0},
        {"everybody writes", "", 0777, 0, 1},
        {"everybody writes keys", "/keys", 0733, 0, 1},
        {"everybody writes certificates", "/certificates", 0777, 0, 1},
        {"of another user", "", 0755, 1, 1},
        {"keys of another user", "/keys", 0700, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *cache = format("%s/folder-%zu", dir, i);
        char *path = format("%s%s", cache, rows[i].below);
        struct pki *p;

        print_message("row %s\n", rows[i].row);
        if (rows[i].is_of_nobody && geteuid() != 0)
            print_message("only root can try this\n");
        assert_int_equal(file_mkdirs(path, 0755), 0);
        assert_int_equal(chmod(path, rows[i].mode), 0);
        if (rows[i].is_of_nobody && geteuid() == 0)
            assert_int_equal(chown(path, 65534, 65534), 0);
        p = pki_new("pki/catalog", "pki/templates", cache);
        if (!rows[i].is_of_nobody || geteuid() == 0)
            assert_int_equal(p == NULL, rows[i].refused);
        pki_free(p);
        free(path);
        free(cache);
    }
}

/* Files get the mode that is theirs less what the umask takes. */
static void umask_is_kept(void **state)
{
    static const struct {
        mode_t mask, mode, made;
    } rows[] = {{022, 0644, 0644},
                {077, 0644, 0600},
                {027, 0644, 0640},
                {0, 0600, 0600},
                {077, 0755, 0700}};
    char *path = format("%s/file", dir);
    struct stat st;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mode_t before = umask(rows[i].mask);

        print_message("row %zu\n", i);
        assert_int_equal(file_write(path, rows[i].mode, "x", 1), 0);
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, rows[i].made);
    }
    free(path);
}

static char *key_file(const char *cache, const char *id)
{
    return format("%s/keys/%s.pem", cache, id);
}

static int mint_one(const char *cache, const char *name)
{
    struct pki *p = pki_new("pki/catalog", "pki/templates", cache);
    struct leaf_spec spec = {0};
    struct pki_cert *c = pki_want(p, name);
    int status;

    /* A new leaf each time, so that the key has something to sign. */
    static int64_t now = 1719792000;

    pki_want_leaf(p, &spec, c, "ec-p256", "a.example", now += 86400);
    status = pki_mint(p, 1);
    pki_free(p);
    return status;
}

static void copy(const char *from, const char *to)
{
    uint8_t *data;
    size_t size;

    assert_int_equal(file_read(from, 0, &data, &size), 0);
    assert_int_equal(file_write(to, 0600, data, size), 0);
    free(data);
}

/* The private half of one, the public half of the other. */
static void splice(const char *private, const char *public)
{
    uint8_t *a, *b;
    size_t size;
    char *at, *all;

    assert_int_equal(file_read(private, 0, &a, &size), 0);
    assert_int_equal(file_read(public, 0, &b, &size), 0);
    at = strstr((char *)a, "-----BEGIN PUBLIC");
    assert_non_null(at);
    *at = '\0';
    all = format("%s%s", (char *)a, strstr((char *)b, "-----BEGIN PUBLIC"));
    assert_int_equal(file_write(public, 0600, all, strlen(all)), 0);
    free(all);
    free(a);
    free(b);
}

static void keys_are_what_their_name_says(void **state)
{
    char *cache = format("%s/keys-cache", dir);
    char *p256 = key_file(cache, "amazon-root-ca-3.ec-p256");
    char *p384 = key_file(cache, "amazon-root-ca-4.ec-p384");
    char *rsa = key_file(cache, "amazon-rsa-2048-m03.rsa-2048");
    char *other = key_file(cache, "amazon-ecdsa-256-m02.ec-p256");

    (void)state;
    assert_int_equal(mint_one(cache, "amazon-root-ca-4"), 0);
    assert_int_equal(mint_one(cache, "amazon-rsa-2048-m03"), 0);
    assert_int_equal(mint_one(cache, "amazon-ecdsa-256-m02"), 0);
    assert_int_equal(mint_one(cache, "amazon-root-ca-3"), 0);
    copy(p384, p256);
    assert_int_equal(mint_one(cache, "amazon-root-ca-3"), -1);
    copy(rsa, p256);
    assert_int_equal(mint_one(cache, "amazon-root-ca-3"), -1);
    assert_int_equal(file_write(p256, 0600, "no key\n", 7), 0);
    assert_int_equal(mint_one(cache, "amazon-root-ca-3"), -1);
    assert_int_equal(unlink(p256), 0);
    assert_int_equal(mint_one(cache, "amazon-root-ca-3"), 0);
    splice(other, p256);
    assert_int_equal(mint_one(cache, "amazon-root-ca-3"), -1);
    free(cache);
    free(p256);
    free(p384);
    free(rsa);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_of_others_are_refused),
        cmocka_unit_test(umask_is_kept),
        cmocka_unit_test(keys_are_what_their_name_says),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
