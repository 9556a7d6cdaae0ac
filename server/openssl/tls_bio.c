/* A BIO without buffers of its own: BIO_s_mem keeps for ever what its largest
 * flight took. One for all connections of a thread: a call to libssl is over
 * before the next connection's begins. */
#include "server/openssl/tls_bio.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT = 1024 }; /* bytes of the smallest output buffer */

static void output_drop(struct tls_bio *w)
{
    free(w->out);
    w->out = NULL;
    w->out_size = w->out_room = 0;
    w->is_taken = 0;
}

static _Thread_local struct tls_bio *current;

static int on_read(BIO *bio, char *data, size_t size, size_t *count)
{
    struct tls_bio *w = current;

    BIO_clear_retry_flags(bio);
    if (w->in_size == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *count = size < w->in_size ? size : w->in_size;
    memcpy(data, w->in, *count);
    w->in += *count;
    w->in_size -= *count;
    return 1;
}

static int output_grow(struct tls_bio *w, size_t more)
{
    size_t room = w->out_room < OUTPUT ? OUTPUT : w->out_room;
    uint8_t *grown;

    while (room - w->out_size < more)
        room *= 2;
    grown = realloc(w->out, room);
    if (grown == NULL)
        return -1;
    w->out = grown;
    w->out_room = room;
    return 0;
}

static int on_write(BIO *bio, const char *data, size_t size, size_t *count)
{
    struct tls_bio *w = current;

    BIO_clear_retry_flags(bio);
    if (w->is_taken)
        output_drop(w);
    if ((w->out == NULL || w->out_room - w->out_size < size) &&
        output_grow(w, size) != 0) {
        w->is_short = 1;
        return 0;
    }
    memcpy(w->out + w->out_size, data, size);
    w->out_size += size;
    *count = size;
    return 1;
}

static long on_ctrl(BIO *bio, int what, long number, void *arg)
{
    (void)bio;
    (void)number;
    (void)arg;
    return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;
static pthread_key_t of_thread;

static void bio_drop(void *bio)
{
    BIO_free(bio);
}

static void method_make(void)
{
    BIO_METHOD *m =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");

    if (m != NULL && BIO_meth_set_read_ex(m, on_read) == 1 &&
        BIO_meth_set_write_ex(m, on_write) == 1 &&
        BIO_meth_set_ctrl(m, on_ctrl) == 1 &&
        pthread_key_create(&of_thread, bio_drop) == 0)
        method = m;
    else
        BIO_meth_free(m);
}

static BIO *bio_make(void)
{
    BIO *bio = BIO_new(method);

    if (bio == NULL)
        return NULL;
    BIO_set_init(bio, 1);
    if (pthread_setspecific(of_thread, bio) == 0)
        return bio;
    BIO_free(bio);
    return NULL;
}

BIO *tls_bio_hold(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    BIO *bio;

    pthread_once(&once, method_make);
    if (method == NULL)
        return NULL;
    bio = pthread_getspecific(of_thread);
    if (bio == NULL)
        bio = bio_make();
    return bio != NULL && BIO_up_ref(bio) == 1 ? bio : NULL;
}

void tls_bio_enter(struct tls_bio *wire)
{
    current = wire;
}

void tls_bio_clear(struct tls_bio *wire)
{
    output_drop(wire);
}

void tls_bio_feed(struct tls_bio *wire, const uint8_t *data, size_t size)
{
    wire->in = data;
    wire->in_size = size;
}

const uint8_t *tls_bio_output(struct tls_bio *wire, size_t *size)
{
    if (wire->is_taken)
        output_drop(wire);
    *size = wire->out_size;
    wire->is_taken = wire->out_size > 0;
    return wire->out;
}
