/* One call of the control plane: what came, what goes back, and what every
 * call's function does with both. Private to account/. */
#ifndef ACCOUNT_CALL_H
#define ACCOUNT_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "account/rows.h"

struct account;
struct control_request;

enum fault {
#define FAULT(constant, name, status) FAULT_##constant,
#include "account/fault.def"
#undef FAULT
};

enum { CALL_PARAMETERS = 32, CALL_MESSAGE = 1024 };

struct call_parameter { /* of the path or the query, decoded */
    char *name, *value;
};

/* A call's function runs in one transaction under the account's lock. It
 * returns 0, or -1 with the fault set: then nothing was done. */
struct call {
    struct account *account;
    struct rows *rows;
    int64_t now; /* the account's clock */
    const struct control_request *request;
    struct call_parameter path[4], query[CALL_PARAMETERS];
    size_t path_count, query_count;
    void *in, *out; /* JSON, known to call_codec.c only; in NULL: no body */
    enum fault fault;
    char message[CALL_MESSAGE];
    char resource_id[128], resource_arn[256]; /* behind EXISTS; or "" */
    int changed; /* something the endpoint may look at */
};

/* Sets the fault with its message. Always -1. */
int call_fail(struct call *c, enum fault fault, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for what was reported already (rows.h), or memory. */
int call_internal(struct call *c);

enum shape_place { SHAPE_BODY, SHAPE_PATH, SHAPE_QUERY, SHAPE_HEADER };
enum shape_kind {
    SHAPE_TEXT,   /* char *, malloc'd; NULL: not there */
    SHAPE_FLAG,   /* int64_t, 0 or 1 */
    SHAPE_NUMBER, /* int64_t */
    SHAPE_TIME,   /* int64_t, seconds since 1970 */
    SHAPE_WORD,   /* int64_t, an index into words */
    SHAPE_ONE,    /* char *, in JSON a list of at most one text */
    SHAPE_WORDS,  /* char *, in JSON a list of texts: a blank behind each */
    SHAPE_MAP,    /* char *, in JSON an object of texts: as JSON */
    SHAPE_IGNORED /* nothing; may be there, of any type */
};

/* One member of a request or an answer, as the public API describes it. */
struct shape {
    const char *name; /* "tlsConfig.securityPolicy" for a nested one */
    enum shape_kind kind;
    size_t offset;
    enum shape_place place;
    int required;
    int64_t min, max;         /* characters, or the number; max 0: no limit */
    const char *set;          /* which characters: "a-zA-Z0-9_.-"; NULL: all */
    const char *const *words; /* ends with NULL */
};

/* Reads the members into a struct. What is not there leaves what is in it, what
 * is there replaces it. Unknown members are passed over, as the public API
 * does. 0, or -1 with the fault set. */
int call_read(struct call *c, const struct shape *members, size_t count,
              void *to);
/* Frees the texts of what call_read filled. */
void call_clear(const struct shape *members, size_t count, void *what);

/* Writes members into the answer, below `under` ("": at the top; else
 * "certificateDescription"). Texts that are NULL are left out. 0, or -1. */
int call_write(struct call *c, const char *under, const struct shape *members,
               size_t count, const void *from);
/* Appends an object to the list `name` of the answer, or (members NULL) a text.
 * call_write_list makes it where it may stay empty. */
int call_write_list(struct call *c, const char *name);
int call_write_item(struct call *c, const char *name,
                    const struct shape *members, size_t count,
                    const void *from);
int call_write_text(struct call *c, const char *name, const char *text);

/* Puts the members of a SHAPE_MAP over those of another one, into *map; an
 * empty value takes one out. 0, or -1 with the fault set. */
int call_merge(struct call *c, const char *before, char **map);

/* The ways in which lists are cut into pages. */
enum call_paging { CALL_MARKER, CALL_TOKEN, CALL_TOKEN_IN_BODY };

/* A list as a whole: reads the page asked for (size, marker, order), and writes
 * the rows as `name`. members[0] alone with the name "": a list of texts. The
 * query's table, columns, values and order are the caller's. */
int call_list(struct call *c, enum call_paging paging, const char *name,
              struct rows_query *q, const struct shape *members, size_t count);

/* "arn:aws:iot:us-east-1:123456789012:cert/..."; malloc'd, NULL: no memory. */
char *call_arn(struct call *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* rows_get where a missing row is the caller's NOT_FOUND. `what`: "Certificate
 * id". 0, or -1 with the fault set. */
int call_need(struct call *c, const struct table *t, void *out, const char *key,
              const char *key2, const char *what);

/* The members of a SHAPE_MAP; call_map_free. NULL and count 0: it is empty, or
 * memory is out. */
struct call_parameter *call_map_read(const char *map, size_t *count);
void call_map_free(struct call_parameter *list, size_t count);

/* The body and the answer as text (call_codec.c). */
int call_codec_read(struct call *c, const char *body, size_t size);
char *call_codec_write(struct call *c); /* malloc'd; NULL: no memory */
char *call_codec_fault(const struct call *c);
void call_codec_clear(struct call *c);

#define CALL_COUNT(array) (sizeof(array) / sizeof *(array))
/* The start of a struct shape: {MEMBER(thing, name, SHAPE_TEXT, "thingName"),
 * .place = SHAPE_PATH}. */
#define MEMBER(s, field, what, called)                                         \
    .name = called, .kind = what, .offset = offsetof(struct s, field)

#endif
