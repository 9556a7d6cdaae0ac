/* What a device makes of a store's trust settings (OpenSSL's TRUSTED
 * CERTIFICATE): its library heeds them, or does not read such an entry at all.
 */
#ifndef LAB_SETTINGS_H
#define LAB_SETTINGS_H

#include "lab/certificates.h"

/* Takes out of the device's store what its stack does not read, and turns the
 * notes into what there is to tell. `heeds`: the stack has the feature
 * trust-settings. 0, or -1 reported. */
int settings_settle(struct certificate_list *store, int heeds);

#endif
