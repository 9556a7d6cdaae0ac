/* The certificates of a plan: what each device trusts and what each state
 * serves, wanted from pki. Knows no jobs and no processes. */
#ifndef LAB_CERTIFICATES_H
#define LAB_CERTIFICATES_H

#include <stddef.h>

#include "lab/trial.h"
#include "model/device.h"
#include "model/scenario.h"
#include "pki/pki.h"

struct certificate_list {
    struct pki_cert **items;
    size_t count;
    struct pki_note *notes; /* what its files hold and is not taken; texts are
                               the pki's */
    size_t notes_count;
    struct trial_settings *settings; /* of a store: lab/settings.h */
    size_t settings_count;
};

struct certificates;

/* Opens the certificate world. `skip`: enum pki_skip. NULL on failure,
 * reported. */
struct certificates *certificates_new(int skip);
void certificates_free(struct certificates *c);
struct pki *certificates_pki(struct certificates *c);

/* Wants. Each 0, or -1 reported. */
int certificates_want_device(struct certificates *c, const struct device *d);
/* The stack of a device whose store is wanted: does it heed trust settings? */
int certificates_settle(struct certificates *c, const struct device *d,
                        int heeds);
int certificates_want_scenario(struct certificates *c,
                               const struct scenario *s);
/* Identities of devices that have one and CAs of states that ask for one. d may
 * be NULL. */
int certificates_want_identity(struct certificates *c, const struct device *d,
                               const struct state *st);
/* Everything is wanted: what cannot be minted, and a chain whose first
 * certificate has no key, is told. 0, or -1 reported. */
int certificates_check(struct certificates *c, int jobs);
/* The same, and mints everything. */
int certificates_mint(struct certificates *c, int jobs);
/* A device's pin of a hash that no certificate has is told. 0, or -1 reported.
 */
int certificates_check_pins(struct certificates *c, const struct device *d);

/* Borrowed. */
const struct certificate_list *
certificates_of_device(const struct certificates *c, const struct device *d);
/* NULL if the state has no chain of this key type. */
const struct certificate_list *
certificates_of_state(const struct certificates *c, const struct state *st,
                      int ecdsa);
/* The certificate that a pin's or policy's `of` names: a catalog name or the
 * first certificate of a file (as d's YAML file names it). NULL reported. */
struct pki_cert *certificates_named(struct certificates *c,
                                    const struct device *d, const char *of);
/* The first certificate of a state's chain file that is left out of it, with
 * the reason; NULL: the chain is whole. */
const char *certificates_left_out(const struct certificates *c,
                                  const struct state *st, int ecdsa);
/* The device's pins over a scenario, resolved; owned by c. Mints what they are
 * of. 0, or -1 reported. */
int certificates_pins(struct certificates *c, const struct scenario *s,
                      const struct device *d, const struct trial_pin **out,
                      size_t *count);
/* The device's identity at a state's time; NULL: not wanted. */
struct pki_cert *certificates_identity(const struct certificates *c,
                                       const struct device *d,
                                       const struct state *st);
/* The CA of the devices' identities at a state's time, or NULL. */
struct pki_cert *certificates_identity_ca(const struct certificates *c,
                                          const struct state *st);

#endif
