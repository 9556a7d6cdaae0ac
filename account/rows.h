/* Structs in and out of SQLite by tables of columns. Knows no account: what
 * the structs mean is said in store.h. Not thread-safe: the account locks. */
#ifndef ACCOUNT_ROWS_H
#define ACCOUNT_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum column_kind {
    COLUMN_TEXT,   /* char *, malloc'd; may be NULL */
    COLUMN_NUMBER, /* int64_t */
    COLUMN_WORD,   /* int64_t, an index into words; kept as the word */
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t offset;
    const char *const *words; /* ends with NULL */
};

/* The first `keys` columns (1 or 2, texts) tell a row from all others. */
struct table {
    const char *name;
    size_t size; /* of the struct */
    const struct column *columns;
    size_t count, keys;
    const char *index; /* one more column that is searched by, or NULL */
};

struct rows;

/* Opens the file, or makes it, with these tables; a process has it alone. NULL
 * on failure, reported. */
struct rows *rows_open(const char *path, const struct table *const *tables,
                       size_t count);
void rows_close(struct rows *r);
/* From now on nothing waits for the disk: for a file that nobody needs after
 * the process. 0, or -1 reported. */
int rows_relax(struct rows *r);

/* What is done between both is there whole or not at all, also after the
 * process was killed; what was ended stays. 0, or -1 reported. */
int rows_begin(struct rows *r);
/* keep 0: as if nothing had been done. */
int rows_end(struct rows *r, int keep);

/* 0; 1: there is one with this key; -1 reported. */
int rows_insert(struct rows *r, const struct table *t, const void *row);
/* Writes all columns of the row with its key. 0; 1: there is none; -1. */
int rows_update(struct rows *r, const struct table *t, const void *row);
/* Reads the row with this key (key2 NULL where the table has one); the caller
 * clears it. 0; 1: there is none, and out is zeros; -1 reported. */
int rows_get(struct rows *r, const struct table *t, void *out, const char *key,
             const char *key2);
/* 0; 1: there was none; -1 reported. */
int rows_delete(struct rows *r, const struct table *t, const char *key,
                const char *key2);

/* Which rows, in which order. */
struct rows_query {
    const struct table *table;
    const char *column[3]; /* NULL, or it must be this text */
    const char *value[3];
    const char *range; /* NULL, or a number column that lies in from..to */
    int64_t from, to;
    const char *order; /* a text column; NULL: as they were made */
    int descending;
    const char *after; /* `next` of the page before; NULL: from the start */
    size_t limit;      /* 0: all */
};
struct rows_page {
    void *items; /* an array of the table's struct */
    size_t count;
    char next[300]; /* "": there are no more */
};

/* 0, or -1 reported. rows_page_clear in both cases. */
int rows_list(struct rows *r, const struct rows_query *q,
              struct rows_page *out);
void rows_page_clear(const struct table *t, struct rows_page *p);
/* How many rows have these texts. -1 reported. */
int64_t rows_count(struct rows *r, const struct rows_query *q);

/* Frees a row's texts and zeroes it. */
void rows_clear(const struct table *t, void *row);

#endif
