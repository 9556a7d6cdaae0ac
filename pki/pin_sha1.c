/* Pins by SHA-1: the fingerprint of a whole certificate, which ESP8266's
 * setFingerprint compares. The catalog knows no real ones. */
#include "pki/pki.h"

#include <string.h>

#include <openssl/sha.h>

#include "base/diag.h"
#include "pki/world.h"

void world_sha1(const struct asn1_buf *der, char out[static 41])
{
    uint8_t hash[SHA_DIGEST_LENGTH];

    SHA1(der->data, der->size, hash);
    world_hex(hash, sizeof hash, out);
}

const char *pki_certificate_sha1(const struct pki_cert *c)
{
    return c->certificate_sha1;
}

int pin_by_sha1(struct pki *p, const char *real, const char **out)
{
    for (size_t i = 0; i < p->certs_count; i++) {
        const struct original *o = p->certs[i]->original;
        char hash[41];

        if (o == NULL)
            continue;
        world_sha1(&o->der, hash);
        if (strcasecmp(hash, real) != 0)
            continue;
        *out = p->certs[i]->certificate_sha1;
        return 0;
    }
    diag("pin %s: no certificate that was given has this SHA-1: add the file "
         "that holds it",
         real);
    return -1;
}
