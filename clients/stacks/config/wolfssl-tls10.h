/* wolfssl-device.h with every version from TLS 1.0 to 1.3, RSA key exchange and
 * 3DES: a device that has to speak to old and new servers. */
#ifndef WOLFSSL_TLS10_H
#define WOLFSSL_TLS10_H
#include "wolfssl-device.h"
#undef NO_OLD_TLS
#undef NO_DES3
#define WOLFSSL_ALLOW_TLSV10
#define WOLFSSL_TLS13
#define HAVE_HKDF
#define WOLFSSL_STATIC_RSA
#define HAVE_FFDHE_2048
#endif
