/* The one hash that a WebSocket's answer needs: where libcrypto is. */
#include "server/app/websocket.h"

#include <openssl/evp.h>
#include <stdio.h>

int websocket_accept(const char *key, char out[static WEBSOCKET_ACCEPT])
{
    /* "the string '258EAFA5-E914-47DA-95CA-C5AB0DC85B11' ... is unlikely to be
     * used by network endpoints that do not understand the WebSocket protocol"
     * (RFC 6455 section 1.3) */
    char text[WEBSOCKET_KEY + 40];
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size;
    int n = snprintf(text, sizeof text,
                     "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

    if (n < 0 || (size_t)n >= sizeof text ||
        EVP_Digest(text, (size_t)n, hash, &size, EVP_sha1(), NULL) != 1)
        return -1;
    EVP_EncodeBlock((unsigned char *)out, hash, (int)size);
    return 0;
}
