/* Six digits tell any figure that was measured. */
#include "model/line_codec.h"

#include "base/diag.h"

/* Takes the document. */
static char *line_of(json_t *document)
{
    char *text =
        document ? json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(6))
                 : NULL;

    if (document && !text)
        diag("a line cannot be written down");
    json_decref(document);
    return text;
}

char *record_line(const struct record *r)
{
    return line_of(record_encode(r));
}

char *hello_line(const struct hello *h)
{
    return line_of(hello_encode(h));
}

struct record *record_of_line(const char *line, size_t size, struct hellos *h)
{
    json_t *document = json_loadb(line, size, 0, NULL);
    struct record *r = document ? record_decode(document, h) : NULL;

    json_decref(document);
    return r;
}

int hello_of_line(const char *line, size_t size, struct hellos *h)
{
    json_t *document = json_loadb(line, size, 0, NULL);
    int status = document ? hello_decode(document, h) : -1;

    json_decref(document);
    return status;
}
