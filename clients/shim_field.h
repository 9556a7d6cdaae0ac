/* Readers of single JSON values of a job, and of objects by a table of them.
 * Must not know what the fields mean. */
#ifndef CLIENTS_SHIM_FIELD_H
#define CLIENTS_SHIM_FIELD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/shim_job.h"

/* One field of a JSON object. read returns 0, or -1 if the value is no value of
 * this field. */
struct shim_field {
    const char *name;
    int (*read)(struct shim_job *job, json_t *value, void *target);
    size_t offset; /* of the target in struct shim_job */
};

/* Says what is malformed, unless something was said before. Returns -1. */
int shim_field_fault(struct shim_job *job, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Notes a name that no shim knows, unless one was noted before. */
void shim_field_lack(struct shim_job *job, const char *where, const char *name);
/* Reads all members of an object by its table; unknown ones are lacks, a null
 * member counts as left out. where: "want.", or "" for the job itself. 0, or -1
 * with the fault said. */
int shim_field_object(struct shim_job *job, json_t *object, const char *where,
                      const struct shim_field *fields, size_t count);

/* struct shim_field read functions; the target's type behind each. */
int shim_field_text(struct shim_job *job, json_t *value,
                    void *target); /* const char *, not empty */
int shim_field_flag(struct shim_job *job, json_t *value,
                    void *target); /* int */
int shim_field_time(struct shim_job *job, json_t *value,
                    void *target); /* int64_t */
int shim_field_port(struct shim_job *job, json_t *value,
                    void *target); /* uint16_t */
int shim_field_timeout(struct shim_job *job, json_t *value,
                       void *target); /* int, ms */
int shim_field_size(struct shim_job *job, json_t *value,
                    void *target); /* size_t */
int shim_field_depth(struct shim_job *job, json_t *value,
                     void *target); /* unsigned */
int shim_field_fragment(struct shim_job *job, json_t *value,
                        void *target); /* unsigned */
int shim_field_version(struct shim_job *job, json_t *value,
                       void *target); /* uint16_t, code point */

int shim_field_level(struct shim_job *job, json_t *value,
                     void *target); /* int, 0 to 5 */
int shim_field_address(struct shim_job *job, json_t *value,
                       void *target); /* const char *, IPv4 */

/* 2 * size hex digits in lower case. 0 or -1. */
int shim_field_hash(json_t *value, uint8_t *out, size_t size);
/* Index of the value's text in names, or -1. */
int shim_field_word(json_t *value, const char *const *names, int count);

#endif
