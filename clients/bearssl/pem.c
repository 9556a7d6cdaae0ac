/* The library's PEM decoder works by events; this collects whole objects. */
#include "clients/bearssl/pem.h"

#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

struct object {
    uint8_t *data;
    size_t size, room; /* an object is never longer than its file */
};

static void object_append(void *to, const void *data, size_t size)
{
    struct object *o = to;

    if (size > o->room - o->size)
        size = o->room - o->size;
    memcpy(o->data + o->size, data, size);
    o->size += size;
}

/* An event of the decoder. 0 or -1. */
static int event_take(br_pem_decoder_context *decoder, struct object *o,
                      pem_take *take, void *to)
{
    switch (br_pem_decoder_event(decoder)) {
    case BR_PEM_BEGIN_OBJ:
        o->size = 0;
        br_pem_decoder_setdest(decoder, object_append, o);
        return 0;
    case BR_PEM_END_OBJ:
        return take(to, br_pem_decoder_name(decoder), o->data, o->size);
    case BR_PEM_ERROR:
        return -1;
    default:
        return 0;
    }
}

int pem_read(const char *path, pem_take *take, void *to)
{
    br_pem_decoder_context decoder;
    struct object o = {0};
    uint8_t *text = NULL;
    int ret = -1;

    if (file_read(path, 0, &text, &o.room) == -1)
        goto out;
    o.data = malloc(o.room + 1);
    if (!o.data)
        goto out;
    /* The last line counts only with its end; the file has room for a NUL. */
    text[o.room] = '\n';
    br_pem_decoder_init(&decoder);
    ret = 0;
    for (size_t at = 0; ret == 0 && at < o.room + 1;) {
        at += br_pem_decoder_push(&decoder, text + at, o.room + 1 - at);
        ret = event_take(&decoder, &o, take, to);
    }
out:
    free(o.data);
    free(text);
    return ret;
}
