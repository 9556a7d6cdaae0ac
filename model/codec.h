/* What all codecs share: members of JSON objects to values and back, with one
 * report per document. Bytes that are no UTF-8 (JSON has none) stand in JSON as
 * private-use characters, U+EF00 + byte, and come back as they were. */
#ifndef MODEL_CODEC_H
#define MODEL_CODEC_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct codec {
    const char *document; /* for messages: "results/latest/plan.json:3" */
    int failed;           /* 1: reported, what was made is of no use */
};

/* Writing. Each does nothing more once c has failed. */
void codec_put(struct codec *c, json_t *object, const char *key, json_t *value);
void codec_add(struct codec *c, json_t *array, json_t *value);
json_t *codec_string(const char *text); /* null for NULL; NULL: no memory */
json_t *codec_strings(struct codec *c, char *const *items, size_t count);
void codec_put_text(struct codec *c, json_t *object, const char *key,
                    const char *text);
void codec_put_number(struct codec *c, json_t *object, const char *key,
                      long long n);
void codec_put_flag(struct codec *c, json_t *object, const char *key, int yes);
void codec_put_texts(struct codec *c, json_t *object, const char *key,
                     char *const *items, size_t count);
void codec_put_time(struct codec *c, json_t *object, const char *key,
                    int64_t at);
/* The same, but what is NULL, empty or `usual` is left out. */
void codec_brief_text(struct codec *c, json_t *object, const char *key,
                      const char *text);
void codec_brief_number(struct codec *c, json_t *object, const char *key,
                        long long n, long long usual);
void codec_brief_texts(struct codec *c, json_t *object, const char *key,
                       char *const *items, size_t count);
/* The object as a whole, or NULL (reported) if anything failed; takes it. */
json_t *codec_finish(struct codec *c, json_t *object);

/* Reading. A member that is missing or null has the given value (texts: NULL);
 * one of another type is a fault, reported once. */
void codec_fault(struct codec *c, const char *key, const char *what);
char *codec_text(struct codec *c, const json_t *object, const char *key);
/* The same, never NULL: missing is a fault. */
char *codec_need_text(struct codec *c, const json_t *object, const char *key);
long long codec_number(struct codec *c, const json_t *object, const char *key,
                       long long missing);
double codec_real(struct codec *c, const json_t *object, const char *key);
int codec_flag(struct codec *c, const json_t *object, const char *key,
               int missing);
/* 1, 0, or -1 for missing or null. */
int codec_tristate(struct codec *c, const json_t *object, const char *key);
int64_t codec_time(struct codec *c, const json_t *object, const char *key);
char **codec_texts(struct codec *c, const json_t *object, const char *key,
                   size_t *count);
/* An object or array, borrowed; NULL: missing or null. */
const json_t *codec_object(struct codec *c, const json_t *object,
                           const char *key);
const json_t *codec_array(struct codec *c, const json_t *object,
                          const char *key);
/* Zeroed; NULL only when memory is out, reported, or count is 0. */
void *codec_alloc(struct codec *c, size_t count, size_t size);
/* Index of the text at key in names; missing gives `missing`, another text is a
 * fault. */
int codec_choice(struct codec *c, const json_t *object, const char *key,
                 const char *const *names, int count, int missing);

void codec_free_texts(char **list, size_t count);

/* The text as a JSON string, which YAML reads too; malloc'd. NULL, reported:
 * it is no UTF-8. */
char *codec_quote(const char *text);

#endif
