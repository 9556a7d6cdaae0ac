/* The end of a certificate's facts, and the one rule about its dates. */
#include "model/certificate.h"

#include <stdlib.h>
#include <string.h>

#include "model/codec.h"

void certificate_clear(struct certificate *c)
{
    free(c->name);
    free(c->subject);
    free(c->issuer);
    free(c->common_name);
    free(c->serial);
    free(c->sha256);
    free(c->spki_sha256);
    free(c->signer_spki_sha256);
    free(c->key);
    free(c->signature_algorithm);
    free(c->subject_key_id);
    free(c->authority_key_id);
    codec_free_texts(c->names, c->names_count);
    codec_free_texts(c->key_usage, c->key_usage_count);
    codec_free_texts(c->extended_key_usage, c->extended_key_usage_count);
    codec_free_texts(c->extensions, c->extensions_count);
    memset(c, 0, sizeof *c);
}

/* "The validity period for a certificate is the period of time from notBefore
 * through notAfter, inclusive" (RFC 5280 section 4.1.2.5). */
int certificate_is_valid_at(const struct certificate *c, int64_t at)
{
    return c->not_before <= at && at <= c->not_after;
}

int certificate_is_issued_by(const struct certificate *c,
                             const struct certificate *issuer)
{
    return !strcmp(c->issuer, issuer->subject) && c->signer_spki_sha256 &&
           !strcmp(c->signer_spki_sha256, issuer->spki_sha256);
}
