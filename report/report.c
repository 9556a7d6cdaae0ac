/* Makes all reports of a run. A new format is one file here and one row in the
 * table. */
#include "report/report.h"

#include <stddef.h>

#include "report/html.h"
#include "report/markdown.h"
#include "report/tally.h"

static int (*const formats[])(const struct run_view *, const struct tally *,
                              const struct builds_of *, const char *dir) = {
    html_write,
    markdown_write,
};

int report_write(const char *dir, const struct run_view *v)
{
    struct builds_of builds;
    struct tally t;
    int result = 0;

    if (tally_init(&t, v))
        return -1;
    if (builds_of_init(&builds, v)) {
        tally_clear(&t);
        return -1;
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i](v, &t, &builds, dir))
            result = -1;
    builds_of_clear(&builds);
    tally_clear(&t);
    return result;
}
