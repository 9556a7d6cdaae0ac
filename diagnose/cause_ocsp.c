/* What a stapled OCSP response, or the lack of one, says for a cause. */
#include "diagnose/change_rows.h"

#include "base/file.h"

char *cause_staple(const struct situation *s, const struct edit *e)
{
    static const char *const words[STAPLES] = {
        [STAPLE_GOOD] = "says that the leaf is good",
        [STAPLE_REVOKED] = "says that the leaf is revoked",
        [STAPLE_UNKNOWN] = "says that the responder does not know the leaf",
        [STAPLE_EXPIRED] = "was to be replaced before the state's clock",
        [STAPLE_MALFORMED] = "cannot be read",
        [STAPLE_WRONG_RESPONDER] =
            "is signed by one whom the leaf's issuer has not authorized",
        [STAPLE_TRY_LATER] = "says nothing but that one is to try later",
    };
    enum staple staple = s->trial->policy.staple;

    (void)e;
    if (staple)
        return format("the endpoint staples an OCSP response that %s, and the "
                      "device checks what is stapled",
                      words[staple]);
    return format("the endpoint staples no OCSP response, and %s",
                  s->trial->tls.ocsp == OCSP_REQUIRE
                      ? "the device requires one"
                      : "the leaf asks the device to require one");
}
