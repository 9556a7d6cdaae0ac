/* Lists of certificates as files that the processes of a run read. A file's
 * name is the SHA-256 of its content, so that equal lists are one file and runs
 * may share the folder; what stands there already is believed only when its
 * content is right. */
#ifndef LAB_FILES_H
#define LAB_FILES_H

#include <stddef.h>

#include "lab/trial.h"

struct files;

enum files_form { FILES_DER, FILES_PEM };

/* NULL on failure, reported. `dir` is made when the first file is written. */
struct files *files_new(const char *dir);
void files_free(struct files *f);
/* Path of a file with these (minted) certificates. Owned by `f`; NULL on
 * failure, reported. */
const char *files_path(struct files *f, const struct trial_list *l,
                       enum files_form form);
/* Path of a file with the OCSP response about the (minted) leaf: pki_staple.
 * The same one for the same question. */
const char *files_staple(struct files *f, const struct pki_cert *leaf,
                         enum staple what, int64_t now);

#endif
