/* Plans over the built-in data: which cells, what each asks for, and the same
 * again for the same input. Certificates come from the usual cache.
 */
#include "lab/anchored.h"
#include "lab/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/file.h"
#include "lab/trial.h"
#include "model/plan_codec.h"
#include "model/record_codec.h"

static char folder[] = "/tmp/plan_test.XXXXXX";
static char device_path[64], cells_path[64];

static char device_text[] =
    "device: tester\ntitle: A device of the test\nunits: 5\n"
    "stack: [alpha, beta]\ntrust_store: [amazon-root-ca-1]\n"
    "pins: [{what: leaf, match: spki-sha256, of: leaf}]\n"
    "tls: {max: \"1.2\", sni: false}\nclock: \"2020-01-01T00:00:00Z\"\n"
    "limits: {heap: 48KiB}\n";

static char scenario_name[] = "starfield-class-2-removal";
static char *scenarios[] = {scenario_name, NULL};
static char *devices[] = {device_path, NULL};

static int prepare(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(device_path, sizeof device_path, "%s/tester.yaml", folder);
    snprintf(cells_path, sizeof cells_path, "%s/cells", folder);
    setenv("CHAINBREAK_SHIMS", folder, 1);
    return file_write(device_path, 0644, device_text, strlen(device_text));
}

static int clean(void **state)
{
    (void)state;
    return file_remove_tree(folder);
}

static struct lab_plan *plan_make(const char *cells)
{
    char work[64];
    struct plan_options o = {
        .scenarios = scenarios,
        .devices = devices,
        .cells = cells,
        .work_dir = work,
        .jobs = 2,
    };

    snprintf(work, sizeof work, "%s/work", folder);
    return lab_plan_new(&o);
}

static void expands_devices_by_stack(void **state)
{
    struct lab_plan *p = plan_make(NULL);
    char *id;

    (void)state;
    assert_non_null(p);
    assert_int_equal(p->plan.devices_count, 2);
    assert_string_equal(p->plan.devices[0].device->id, "tester-alpha");
    assert_string_equal(p->plan.devices[0].type, "tester");
    assert_string_equal(p->plan.devices[1].device->id, "tester-beta");
    assert_int_equal(p->cells_count,
                     2 * p->plan.scenarios[0].scenario->states_count);
    id = lab_plan_cell_id(p, 0);
    assert_non_null(strstr(id, "starfield-class-2-removal/"));
    assert_non_null(strstr(id, "/tester-alpha"));
    free(id);
    lab_plan_free(p);
}

static void finds_cells_again(void **state)
{
    struct lab_plan *p = plan_make(NULL);

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < p->cells_count; i++) {
        char *id = lab_plan_cell_id(p, i);

        assert_int_equal(lab_plan_find(p, id), i);
        free(id);
    }
    assert_int_equal(
        lab_plan_find(p, "starfield-class-2-removal/x/tester-beta"),
        p->cells_count);
    assert_int_equal(lab_plan_find(p, "nothing"), p->cells_count);
    lab_plan_free(p);
}

static void asks_for_what_the_file_says(void **state)
{
    struct lab_plan *p = plan_make(NULL);
    struct trial *t, *later;

    (void)state;
    assert_non_null(p);
    t = lab_plan_trial(p, 0);
    later = lab_plan_trial(p, 1);
    assert_non_null(t);
    assert_non_null(later);
    assert_int_equal(t->clock, 1577836800);
    assert_int_equal(t->tls.sni, 0);
    assert_string_equal(t->tls.max, "1.2");
    assert_int_equal(t->heap, 49152);
    /* The pin is the leaf's of the first state, in every state. */
    assert_int_equal(t->pins_count, 1);
    assert_int_equal(later->pins_count, 1);
    assert_string_equal(t->pins[0].hash, later->pins[0].hash);
    assert_int_equal(t->anchors.count, 1);
    assert_true(t->chains[CHAIN_RSA].count > 1);
    trial_free(t);
    trial_free(later);
    lab_plan_free(p);
}

static void tells_what_anchors(void **state)
{
    struct lab_plan *p = plan_make(NULL);
    struct trial *t;
    struct map known = {0};

    (void)state;
    assert_non_null(p);
    t = lab_plan_trial(p, 0);
    assert_non_null(t);
    assert_string_equal(anchored_by(&known, t, NULL), "amazon-root-ca-1");
    map_drop(&known, NULL);
    trial_free(t);
    lab_plan_free(p);
}

static void same_input_same_plan(void **state)
{
    struct lab_plan *a = plan_make(NULL), *b = plan_make(NULL);
    json_t *x, *y;

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    x = plan_encode(&a->plan);
    y = plan_encode(&b->plan);
    assert_non_null(x);
    assert_true(json_equal(x, y));
    json_decref(x);
    json_decref(y);
    lab_plan_free(a);
    lab_plan_free(b);
}

static void comes_back_from_its_document(void **state)
{
    struct lab_plan *p = plan_make(NULL);
    json_t *document, *again;
    struct plan back;

    (void)state;
    assert_int_equal(lab_plan_mint_all(p), 0);
    document = plan_encode(&p->plan);
    assert_int_equal(plan_decode(document, "plan.json", &back), 0);
    again = plan_encode(&back);
    assert_true(json_equal(document, again));
    json_decref(document);
    json_decref(again);
    plan_clear(&back);
    lab_plan_free(p);
}

/* Nothing has facts before the first trial; then all that belongs to it. */
static void mints_what_a_trial_needs(void **state)
{
    struct lab_plan *p = plan_make(NULL);
    struct trial *t;

    (void)state;
    assert_non_null(p);
    assert_true(p->plan.certificates_count > 0);
    assert_int_equal(p->minted_count, 0);
    for (size_t i = 0; i < p->plan.certificates_count; i++)
        assert_null(p->plan.certificates[i].sha256);
    t = lab_plan_trial(p, 0);
    assert_non_null(t);
    assert_int_equal(p->minted_count, p->plan.certificates_count);
    for (size_t i = 0; i < p->minted_count; i++)
        assert_non_null(p->plan.certificates[p->minted[i]].sha256);
    trial_free(t);
    lab_plan_free(p);
}

static void takes_only_listed_cells(void **state)
{
    static const char line[] = "starfield-class-2-removal/tester-beta\n";
    struct lab_plan *p;

    (void)state;
    assert_int_equal(file_write(cells_path, 0644, line, strlen(line)), 0);
    p = plan_make(cells_path);
    assert_non_null(p);
    assert_int_equal(p->plan.devices_count, 1);
    assert_string_equal(p->plan.devices[0].device->id, "tester-beta");
    assert_int_equal(p->cells_count,
                     p->plan.scenarios[0].scenario->states_count);
    lab_plan_free(p);
}

static void refuses_bad_input(void **state)
{
    static const struct {
        const char *name, *from, *to;
    } rows[] = {
        {"unknown anchor", "amazon-root-ca-1]", "amazon-root-ca-9]"},
        {"missing file", "[amazon-root-ca-1]", "[./not-there.pem]"},
        {"unknown pinned certificate", "of: leaf}", "of: nobody}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *at = strstr(device_text, rows[i].from);
        char *text;
        struct lab_plan *p;

        assert_non_null(at);
        text = format("%.*s%s%s", (int)(at - device_text), device_text,
                      rows[i].to, at + strlen(rows[i].from));
        assert_int_equal(file_write(device_path, 0644, text, strlen(text)), 0);
        p = plan_make(NULL);
        if (p)
            fail_msg("%s: was taken", rows[i].name);
        free(text);
    }
    assert_int_equal(
        file_write(device_path, 0644, device_text, strlen(device_text)), 0);
}

static void refuses_a_cell_that_is_not_there(void **state)
{
    static const char line[] = "starfield-class-2-removal/tester-gamma\n";

    (void)state;
    assert_int_equal(file_write(cells_path, 0644, line, strlen(line)), 0);
    assert_null(plan_make(cells_path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expands_devices_by_stack),
        cmocka_unit_test(finds_cells_again),
        cmocka_unit_test(asks_for_what_the_file_says),
        cmocka_unit_test(tells_what_anchors),
        cmocka_unit_test(same_input_same_plan),
        cmocka_unit_test(comes_back_from_its_document),
        cmocka_unit_test(mints_what_a_trial_needs),
        cmocka_unit_test(takes_only_listed_cells),
        cmocka_unit_test(refuses_bad_input),
        cmocka_unit_test(refuses_a_cell_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
