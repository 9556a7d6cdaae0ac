/* The report's writer: nothing that comes from outside becomes markup. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "report/writer.h"

static char *written(void (*write)(struct writer *))
{
    char path[] = "/tmp/chainbreak-writer-XXXXXX";
    int fd = mkstemp(path);
    struct writer w;
    uint8_t *data = NULL;
    size_t size;

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(writer_init(&w, path), 0);
    write(&w);
    assert_int_equal(writer_finish(&w), 0);
    assert_int_equal(file_read(path, 0, &data, &size), 0);
    unlink(path);
    return (char *)data;
}

static void write_text(struct writer *w)
{
    writer_put(w, "<p title=\"%s\">%s</p>", "a\"b", "<script>&</script>");
    writer_put(w, "%s%s", (const char *)NULL, "it's\x1b[31m\n\xc3\xa9\xff");
}

static void write_numbers(struct writer *w)
{
    long long n[] = {0, 999, 1000, 1234567, -1234567, -123};

    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        writer_put(w, "%n ", n[i]);
    writer_put(w, "%lld %d %z 100%%", 1234567LL, 42, (size_t)7);
}

static void escapes(void **state)
{
    char *text = written(write_text);

    (void)state;
    assert_string_equal(text, "<p title=\"a&quot;b\">"
                              "&lt;script&gt;&amp;&lt;/script&gt;</p>"
                              "it&#39;s\\x1b[31m\\x0a\xc3\xa9\\xff");
    free(text);
}

static void numbers(void **state)
{
    char *text = written(write_numbers);

    (void)state;
    assert_string_equal(text, "0 999 1,000 1,234,567 -1,234,567 -123 "
                              "1234567 42 7 100%%");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),
        cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
