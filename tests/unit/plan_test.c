/* Plans over the built-in data: which cells, what each asks for, and the same
 * again for the same input. Certificates come from the usual cache.
 */
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

    (void)state;
    assert_non_null(p);
    assert_int_equal(p->devices_count, 2);
    assert_string_equal(p->devices[0]->id, "tester-alpha");
    assert_string_equal(p->devices[1]->id, "tester-beta");
    assert_int_equal(p->cells_count, 2 * p->scenarios[0]->states_count);
    assert_string_equal(p->cells[0].stack, "alpha");
    assert_non_null(strstr(p->cells[0].id, "starfield-class-2-removal/"));
    assert_non_null(strstr(p->cells[0].id, "/tester-alpha"));
    lab_plan_free(p);
}

static void asks_for_what_the_file_says(void **state)
{
    struct lab_plan *p = plan_make(NULL);
    const json_t *want, *pins, *later;

    (void)state;
    assert_non_null(p);
    want = p->cells[0].want;
    pins = json_object_get(want, "pins");
    later = json_object_get(p->cells[1].want, "pins");
    assert_int_equal(json_integer_value(json_object_get(want, "clock")),
                     1577836800);
    assert_true(json_is_false(json_object_get(want, "sni")));
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(want, "versions"), "max")),
                        "1.2");
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(want, "limits"), "heap")),
                     49152);
    assert_int_equal(json_array_size(pins), 1);
    /* The pin is the leaf's of the first state, in every state. */
    assert_true(json_equal((json_t *)pins, (json_t *)later));
    assert_true(
        file_exists(json_string_value(json_object_get(want, "anchors"))));
    assert_string_equal(p->cells[0].anchored_rsa, "amazon-root-ca-1");
    assert_null(p->cells[0].anchored_ecdsa);
    lab_plan_free(p);
}

static void same_input_same_plan(void **state)
{
    struct lab_plan *a = plan_make(NULL), *b = plan_make(NULL);

    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    assert_true(json_equal(a->document, b->document));
    assert_true(json_equal(a->endpoint, b->endpoint));
    lab_plan_free(a);
    lab_plan_free(b);
}

static void takes_only_listed_cells(void **state)
{
    static const char line[] = "starfield-class-2-removal/tester-beta\n";
    struct lab_plan *p;

    (void)state;
    assert_int_equal(file_write(cells_path, 0644, line, strlen(line)), 0);
    p = plan_make(cells_path);
    assert_non_null(p);
    assert_int_equal(p->devices_count, 1);
    assert_string_equal(p->devices[0]->id, "tester-beta");
    assert_int_equal(p->cells_count, p->scenarios[0]->states_count);
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
        cmocka_unit_test(asks_for_what_the_file_says),
        cmocka_unit_test(same_input_same_plan),
        cmocka_unit_test(takes_only_listed_cells),
        cmocka_unit_test(refuses_bad_input),
        cmocka_unit_test(refuses_a_cell_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, prepare, clean);
}
