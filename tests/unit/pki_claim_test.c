/* Many processes on one cold cache must end with the same keys and bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "pki/claim.h"
#include "pki/pki.h"

enum { PROCESSES = 6 };

static char dir[] = "/tmp/pki-claim-XXXXXX";

static void first_one_stays(void **state)
{
    char *path = format("%s/file", dir);
    uint8_t *data;
    size_t size;
    struct stat st;

    (void)state;
    assert_int_equal(claim_write(path, 0600, "first", 5), 0);
    assert_int_equal(claim_write(path, 0644, "second", 6), 1);
    assert_int_equal(file_read(path, 0, &data, &size), 0);
    assert_string_equal((char *)data, "first");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(claim_write("/no/such/folder/file", 0600, "x", 1), -1);
    free(data);
    free(path);
}

/* Mints an EC chain in the shared cache; what its certificates hash to. */
static int mint(char sha256[static 130])
{
    char *cache = format("%s/cache", dir);
    struct pki *p = pki_new("pki/catalog", "pki/templates", cache);
    struct pki_cert *root = p ? pki_want(p, "amazon-root-ca-3") : NULL;
    struct pki_cert *middle = p ? pki_want(p, "amazon-ecdsa-256-m02") : NULL;

    free(cache);
    if (root == NULL || middle == NULL || pki_mint(p, 2) != 0)
        return -1;
    strcpy(sha256, pki_certificate_sha256(root));
    strcat(sha256, pki_certificate_sha256(middle));
    pki_free(p);
    return 0;
}

static void all_get_the_same(void **state)
{
    char hashes[PROCESSES][130] = {{0}};
    int pipes[PROCESSES][2], status;

    (void)state;
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(pipe(pipes[i]), 0);
        if (fork() == 0) {
            char mine[130] = "";

            if (mint(mine) != 0 || write(pipes[i][1], mine, 129) != 129)
                _exit(1);
            _exit(0);
        }
        close(pipes[i][1]);
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(read(pipes[i][0], hashes[i], 129), 129);
        close(pipes[i][0]);
        wait(&status);
        assert_int_equal(status, 0);
        assert_string_equal(hashes[i], hashes[0]);
    }
    assert_int_equal(strlen(hashes[0]), 128);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_one_stays),
        cmocka_unit_test(all_get_the_same),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
