/* Makes all reports of a run. A new format is one file here and one row in the
 * table. */
#include "report/report.h"

#include <stddef.h>

#include "report/document.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/tally.h"

static int (*const formats[])(const struct document *, const struct tally *,
                              const char *dir) = {
    html_write,
    markdown_write,
};

int report_write(const char *dir, json_t *plan, json_t *verdicts,
                 json_t *records)
{
    struct document d;
    struct tally t;
    int result = 0;

    if (document_init(&d, plan, verdicts, records))
        return -1;
    if (tally_init(&t, &d)) {
        document_clear(&d);
        return -1;
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i](&d, &t, dir))
            result = -1;
    tally_clear(&t);
    document_clear(&d);
    return result;
}
