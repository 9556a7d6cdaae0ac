/* Functions that a library from a newer system, or from a board, expects and
 * this machine lacks. They are in an archive behind everything else: one is
 * linked only if nothing else defines it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* Declared here because no header of this machine does. */
long __isoc23_strtol(const char *text, char **end, int base);
long long __isoc23_strtoll(const char *text, char **end, int base);
unsigned long __isoc23_strtoul(const char *text, char **end, int base);
unsigned long long __isoc23_strtoull(const char *text, char **end, int base);
int __isoc23_sscanf(const char *text, const char *form, ...);
unsigned int LowResTimer(void);
int mbedtls_hardware_poll(void *data, unsigned char *out, size_t size,
                          size_t *got);

/* glibc 2.38 gave the C23 forms names of their own; they differ in binary
 * literals only. */
__attribute__((weak)) long __isoc23_strtol(const char *text, char **end,
                                           int base)
{
    return strtol(text, end, base);
}

__attribute__((weak)) long long __isoc23_strtoll(const char *text, char **end,
                                                 int base)
{
    return strtoll(text, end, base);
}

__attribute__((weak)) unsigned long __isoc23_strtoul(const char *text,
                                                     char **end, int base)
{
    return strtoul(text, end, base);
}

__attribute__((weak)) unsigned long long __isoc23_strtoull(const char *text,
                                                           char **end, int base)
{
    return strtoull(text, end, base);
}

__attribute__((weak)) int __isoc23_sscanf(const char *text, const char *form,
                                          ...)
{
    va_list args;
    int n;

    va_start(args, form);
    n = vsscanf(text, form, args);
    va_end(args);
    return n;
}

/* The board's entropy source (MBEDTLS_ENTROPY_HARDWARE_ALT). */
__attribute__((weak)) int mbedtls_hardware_poll(void *data, unsigned char *out,
                                                size_t size, size_t *got)
{
    ssize_t n = getrandom(out, size, 0);

    (void)data;
    *got = n > 0 ? (size_t)n : 0;
    return n > 0 ? 0 : -1;
}

/* The board's seconds since its start, for wolfSSL (USER_TICKS): only sessions
 * and time-outs look at it. */
__attribute__((weak)) unsigned int LowResTimer(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned int)now.tv_sec;
}

/* Compression of certificates (RFC 8879), which Debian's OpenSSL 3.5 can do and
 * no endpoint here offers: the codecs are named by the archive and never
 * called. */
#define NEVER_CALLED(name)                                                     \
    void name(void);                                                           \
    __attribute__((weak)) void name(void)                                      \
    {                                                                          \
        fputs(#name ": a stand-in was called\n", stderr);                      \
        abort();                                                               \
    }
NEVER_CALLED(deflate)
NEVER_CALLED(deflateEnd)
NEVER_CALLED(deflateInit_)
NEVER_CALLED(inflate)
NEVER_CALLED(inflateEnd)
NEVER_CALLED(inflateInit_)
NEVER_CALLED(zError)
NEVER_CALLED(compress)
NEVER_CALLED(uncompress)
NEVER_CALLED(ZSTD_CStreamInSize)
NEVER_CALLED(ZSTD_DStreamInSize)
NEVER_CALLED(ZSTD_compress)
NEVER_CALLED(ZSTD_compressStream2)
NEVER_CALLED(ZSTD_createCStream_advanced)
NEVER_CALLED(ZSTD_createDStream_advanced)
NEVER_CALLED(ZSTD_decompress)
NEVER_CALLED(ZSTD_decompressStream)
NEVER_CALLED(ZSTD_endStream)
NEVER_CALLED(ZSTD_flushStream)
NEVER_CALLED(ZSTD_freeCStream)
NEVER_CALLED(ZSTD_freeDStream)
NEVER_CALLED(ZSTD_getErrorName)
NEVER_CALLED(ZSTD_initCStream)
NEVER_CALLED(ZSTD_initDStream)
NEVER_CALLED(ZSTD_isError)
