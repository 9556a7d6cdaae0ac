/* OpenSSL's view of the main loop's transport: a source/sink BIO with a method
 * of its own. */
#include "clients/openssl/bio.h"

struct state {
    struct shim_io *io;
    int ended; /* the peer closed its side */
};

static BIO_METHOD *method;

static int transport_result(BIO *bio, ssize_t n, int retry)
{
    BIO_clear_retry_flags(bio);
    if (n == -1)
        BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    return n < 0 ? -1 : (int)n;
}

static int transport_read(BIO *bio, char *data, int size)
{
    struct state *s = BIO_get_data(bio);
    ssize_t n = size > 0 ? shim_io_read(s->io, data, (size_t)size) : 0;

    if (n == 0)
        s->ended = 1;
    return transport_result(bio, n, BIO_FLAGS_READ);
}

static int transport_write(BIO *bio, const char *data, int size)
{
    struct state *s = BIO_get_data(bio);

    if (size <= 0)
        return 0;
    return transport_result(bio, shim_io_write(s->io, data, (size_t)size),
                            BIO_FLAGS_WRITE);
}

static long transport_ctrl(BIO *bio, int command, long number, void *pointer)
{
    const struct state *s = BIO_get_data(bio);

    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return s->ended;
    return command == BIO_CTRL_FLUSH;
}

static int transport_destroy(BIO *bio)
{
    OPENSSL_free(BIO_get_data(bio));
    return 1;
}

int bio_init(void)
{
    method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(),
                          "shim transport");
    if (!method || !BIO_meth_set_read(method, transport_read) ||
        !BIO_meth_set_write(method, transport_write) ||
        !BIO_meth_set_ctrl(method, transport_ctrl) ||
        !BIO_meth_set_destroy(method, transport_destroy))
        return -1;
    return 0;
}

BIO *bio_new(struct shim_io *io)
{
    struct state *s = OPENSSL_zalloc(sizeof *s);
    BIO *bio = s ? BIO_new(method) : NULL;

    if (!bio) {
        OPENSSL_free(s);
        return NULL;
    }
    s->io = io;
    BIO_set_data(bio, s);
    BIO_set_init(bio, 1);
    return bio;
}
