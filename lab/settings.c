/* Only OpenSSL's own readers know the label TRUSTED CERTIFICATE; Mbed TLS,
 * wolfSSL and GnuTLS step over it, or find no certificate in the file. */
#include "lab/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static void take_out(struct certificate_list *l, const struct pki_cert *c)
{
    size_t at = 0;

    while (at < l->count && l->items[at] != c)
        at++;
    if (at == l->count)
        return;
    l->count--;
    memmove(l->items + at, l->items + at + 1,
            (l->count - at) * sizeof(struct pki_cert *));
}

static int keep(struct certificate_list *l, const struct pki_note *n)
{
    struct trial_settings *grown =
        realloc(l->settings, (l->settings_count + 1) * sizeof *grown);

    if (!grown) {
        diag("out of memory");
        return -1;
    }
    l->settings = grown;
    grown[l->settings_count++] = (struct trial_settings){n->cert, n->trust};
    return 0;
}

int settings_settle(struct certificate_list *store, int heeds)
{
    for (size_t i = 0; i < store->notes_count; i++) {
        struct pki_note *n = &store->notes[i];

        if (n->kind != PKI_NOTE_SETTINGS)
            continue;
        if (!heeds) {
            take_out(store, n->cert);
            n->kind = PKI_NOTE_LEFT_OUT;
            n->text = n->unread;
            continue;
        }
        n->kind =
            n->trust >= PKI_TRUST_OTHERS ? PKI_NOTE_IGNORED : PKI_NOTE_TOLD;
        if (keep(store, n))
            return -1;
    }
    return 0;
}
