/* The path of a cell as facts: links, key identifiers, which anchor is reached
 * and why another is not. */
#include "diagnose/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct certificate leaf, ica, root, impostor, stray;

static void make(struct certificate *c, const char *name, const char *key,
                 const char *issuer, const char *signer)
{
    memset(c, 0, sizeof *c);
    c->subject = c->common_name = c->sha256 = (char *)name;
    c->issuer = (char *)issuer;
    c->spki_sha256 = (char *)key;
    c->signer_spki_sha256 = (char *)signer;
    c->not_after = 100;
    c->ca = 1;
    c->path_length = CERTIFICATE_ABSENT;
}

struct world {
    struct device device;
    struct plan_device d;
    struct state state;
    struct plan_state st;
    const struct certificate *chain[3], *store[3];
};

static void world_init(struct world *w)
{
    memset(w, 0, sizeof *w);
    make(&leaf, "leaf", "kl", "ica", "ki");
    make(&ica, "ica", "ki", "root", "kr");
    make(&root, "root", "kr", "root", "kr");
    make(&impostor, "root", "kx", "root", "kx");
    make(&stray, "stray", "ks", "stray", "ks");
    w->device.verify.time = 1;
    w->d.device = &w->device;
    w->state.now = 50;
    w->st.state = &w->state;
    w->chain[0] = &leaf;
    w->chain[1] = &ica;
    w->st.chains[CHAIN_RSA].items = w->chain;
    w->st.chains[CHAIN_RSA].count = 2;
    w->store[0] = &root;
    w->store[1] = &impostor;
    w->store[2] = &stray;
    w->d.store.items = w->store;
    w->d.store.count = 3;
}

static void test_links(void **state)
{
    struct world w;
    struct path p;

    (void)state;
    world_init(&w);
    leaf.authority_key_id = (char *)"aa";
    ica.subject_key_id = (char *)"bb";
    ica.not_after = 49;
    assert_int_equal(path_make(&p, &w.d, &w.st, NULL), 0);
    assert_int_equal(p.links_count, 2);
    assert_int_equal(p.links[0].signed_by_next, 1);
    assert_int_equal(p.links[0].ids, PATH_IDS_DIFFER);
    assert_int_equal(p.links[0].issuer, 1);
    assert_null(p.links[0].anchor);
    assert_int_equal(p.links[1].has_next, 0);
    assert_int_equal(p.links[1].issuer, -1);
    assert_int_equal(p.links[1].in_time, 0);
    assert_ptr_equal(p.links[1].anchor, &root);
    path_clear(&p);
}

static void test_anchors(void **state)
{
    struct world w;
    struct path p;

    (void)state;
    world_init(&w);
    assert_int_equal(path_make(&p, &w.d, &w.st, NULL), 0);
    assert_int_equal(p.anchors[0].reached, 1);
    assert_string_equal(p.anchors[0].why, "signed number 1 (ica)");
    assert_int_equal(p.anchors[1].reached, 0);
    assert_string_equal(p.anchors[1].why,
                        "has the name of the issuer of number 1 (ica), but "
                        "another key signed that");
    assert_string_equal(p.anchors[2].why, "signed nothing that was sent");
    path_clear(&p);
}

/* What is sent and on no way up does not make an anchor reached. */
static void test_off_the_way(void **state)
{
    struct world w;
    struct path p;

    (void)state;
    world_init(&w);
    leaf.signer_spki_sha256 = NULL; /* its signature is no good */
    assert_int_equal(path_make(&p, &w.d, &w.st, NULL), 0);
    assert_int_equal(p.links[0].name_fits, 1);
    assert_int_equal(p.links[0].signed_by_next, 0);
    assert_int_equal(p.anchors[0].reached, 0);
    assert_string_equal(p.anchors[0].why,
                        "signed number 1 (ica), which is on no way up from "
                        "the leaf");
    path_clear(&p);
}

/* The same facts with a path length that does not reach, and no clock. */
static void test_flags(void **state)
{
    struct world w;
    struct path p;

    (void)state;
    world_init(&w);
    w.chain[2] = &root;
    w.st.chains[CHAIN_RSA].count = 3;
    root.path_length = 0;
    root.not_after = 1;
    w.device.clock = CLOCK_NONE;
    assert_int_equal(path_make(&p, &w.d, &w.st, NULL), 0);
    assert_int_equal(p.links[2].may_sign, 0);
    assert_int_equal(p.links[1].may_sign, 1);
    assert_int_equal(p.links[2].in_time, 1);
    assert_int_equal(p.looks_at_time, 0);
    path_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_anchors),
        cmocka_unit_test(test_off_the_way),
        cmocka_unit_test(test_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
