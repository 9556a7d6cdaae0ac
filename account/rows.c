/* SQL is made from the columns' names, which are the program's own; values are
 * always bound. Must not know what a row means. */
#include "account/rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/convert.h"
#include "base/diag.h"

enum {
    SQL_ROOM = 2048,
    BUSY_MS = 2000,
    COLUMNS = sizeof((struct rows_query *)0)->column / sizeof(char *)
};

struct rows {
    sqlite3 *db;
    char *path;
};

static int fail(struct rows *r)
{
    if (sqlite3_errcode(r->db) == SQLITE_BUSY)
        diag("%s: another process has this account open; end that one, or "
             "take another folder",
             r->path);
    else
        diag("%s: %s", r->path, sqlite3_errmsg(r->db));
    return -1;
}

static int run(struct rows *r, const char *sql)
{
    return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                   : fail(r);
}

/* Appends to a statement that has room by SQL_ROOM. */
__attribute__((format(printf, 2, 3))) static void add(char *sql,
                                                      const char *fmt, ...)
{
    size_t used = strlen(sql);
    va_list args;

    va_start(args, fmt);
    vsnprintf(sql + used, SQL_ROOM - used, fmt, args);
    va_end(args);
}

static int make_table(struct rows *r, const struct table *t)
{
    char sql[SQL_ROOM] = "";

    add(sql,
        "CREATE TABLE IF NOT EXISTS %s (seq INTEGER PRIMARY KEY "
        "AUTOINCREMENT",
        t->name);
    for (size_t i = 0; i < t->count; i++)
        add(sql, ", %s", t->columns[i].name);
    add(sql, ", UNIQUE (%s%s%s))", t->columns[0].name, t->keys > 1 ? ", " : "",
        t->keys > 1 ? t->columns[1].name : "");
    if (run(r, sql) != 0)
        return -1;
    if (t->index == NULL)
        return 0;
    sql[0] = '\0';
    add(sql, "CREATE INDEX IF NOT EXISTS %s_%s ON %s (%s)", t->name, t->index,
        t->name, t->index);
    return run(r, sql);
}

struct rows *rows_open(const char *path, const struct table *const *tables,
                       size_t count)
{
    struct rows *r = calloc(1, sizeof *r);
    int bad;

    if (r == NULL || (r->path = strdup(path)) == NULL) {
        diag("%s: out of memory", path);
        free(r);
        return NULL;
    }
    if (sqlite3_open(path, &r->db) != SQLITE_OK) {
        fail(r);
        rows_close(r);
        return NULL;
    }
    sqlite3_busy_timeout(r->db, BUSY_MS);
    /* FULL: what was answered is on the disk. */
    bad = run(r, "PRAGMA locking_mode=EXCLUSIVE") != 0 ||
          run(r, "PRAGMA journal_mode=WAL") != 0 ||
          run(r, "PRAGMA synchronous=FULL") != 0 || rows_begin(r) != 0;
    for (size_t i = 0; i < count && !bad; i++)
        bad = make_table(r, tables[i]) != 0;
    if (bad || rows_end(r, 1) != 0) {
        rows_close(r);
        return NULL;
    }
    return r;
}

void rows_close(struct rows *r)
{
    if (r == NULL)
        return;
    sqlite3_close(r->db);
    free(r->path);
    free(r);
}

int rows_relax(struct rows *r)
{
    return run(r, "PRAGMA synchronous=OFF");
}

int rows_begin(struct rows *r)
{
    return run(r, "BEGIN IMMEDIATE");
}

int rows_end(struct rows *r, int keep)
{
    if (run(r, keep ? "COMMIT" : "ROLLBACK") == 0)
        return 0;
    if (keep)
        sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

static char **text_at(const struct column *c, const void *row)
{
    return (char **)((char *)row + c->offset);
}

static int64_t *number_at(const struct column *c, const void *row)
{
    return (int64_t *)((char *)row + c->offset);
}

void rows_clear(const struct table *t, void *row)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->columns[i].kind == COLUMN_TEXT)
            free(*text_at(&t->columns[i], row));
    memset(row, 0, t->size);
}

static int bind_column(sqlite3_stmt *s, int at, const struct column *c,
                       const void *row)
{
    if (c->kind == COLUMN_TEXT)
        return sqlite3_bind_text(s, at, *text_at(c, row), -1, SQLITE_STATIC);
    if (c->kind == COLUMN_WORD)
        return sqlite3_bind_text(s, at, c->words[*number_at(c, row)], -1,
                                 SQLITE_STATIC);
    return sqlite3_bind_int64(s, at, *number_at(c, row));
}

static int word_index(const char *const *words, const char *word)
{
    int count = 0;

    while (words[count] != NULL)
        count++;
    return convert_index(words, count, word);
}

/* One column of the row at hand into the struct. */
static int read_column(sqlite3_stmt *s, int at, const struct column *c,
                       void *row)
{
    const char *text = (const char *)sqlite3_column_text(s, at);
    int index;

    if (c->kind == COLUMN_NUMBER) {
        *number_at(c, row) = sqlite3_column_int64(s, at);
        return 0;
    }
    if (c->kind == COLUMN_TEXT) {
        *text_at(c, row) = text ? strdup(text) : NULL;
        return text != NULL && *text_at(c, row) == NULL ? -1 : 0;
    }
    index = text ? word_index(c->words, text) : -1;
    *number_at(c, row) = index;
    return index < 0 ? -1 : 0;
}

static int read_row(struct rows *r, sqlite3_stmt *s, const struct table *t,
                    void *row)
{
    for (size_t i = 0; i < t->count; i++)
        if (read_column(s, (int)i + 1, &t->columns[i], row) != 0) {
            diag("%s: table %s, column %s: what stands there is none of this "
                 "version's values, or memory is out",
                 r->path, t->name, t->columns[i].name);
            rows_clear(t, row);
            return -1;
        }
    return 0;
}

static sqlite3_stmt *prepare(struct rows *r, const char *sql)
{
    sqlite3_stmt *s = NULL;

    if (strlen(sql) + 1 >= SQL_ROOM ||
        sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK) {
        fail(r);
        return NULL;
    }
    return s;
}

/* Runs what returns no rows. SQLITE_DONE or what went wrong. */
static int finish(sqlite3_stmt *s)
{
    int code = sqlite3_step(s);

    sqlite3_finalize(s);
    return code;
}

int rows_insert(struct rows *r, const struct table *t, const void *row)
{
    char sql[SQL_ROOM] = "";
    sqlite3_stmt *s;
    int code;

    add(sql, "INSERT INTO %s (", t->name);
    for (size_t i = 0; i < t->count; i++)
        add(sql, "%s%s", i ? ", " : "", t->columns[i].name);
    add(sql, ") VALUES (");
    for (size_t i = 0; i < t->count; i++)
        add(sql, "%s?", i ? ", " : "");
    add(sql, ")");
    if ((s = prepare(r, sql)) == NULL)
        return -1;
    for (size_t i = 0; i < t->count; i++)
        bind_column(s, (int)i + 1, &t->columns[i], row);
    code = finish(s);
    if (code == SQLITE_CONSTRAINT)
        return 1;
    return code == SQLITE_DONE ? 0 : fail(r);
}

static void add_where_key(char *sql, const struct table *t)
{
    add(sql, " WHERE %s = ?", t->columns[0].name);
    if (t->keys > 1)
        add(sql, " AND %s = ?", t->columns[1].name);
}

static void bind_key(sqlite3_stmt *s, int at, const struct table *t,
                     const char *key, const char *key2)
{
    sqlite3_bind_text(s, at, key, -1, SQLITE_STATIC);
    if (t->keys > 1)
        sqlite3_bind_text(s, at + 1, key2, -1, SQLITE_STATIC);
}

/* Of a statement that changes the row of a key. */
static int changed(struct rows *r, sqlite3_stmt *s)
{
    if (finish(s) != SQLITE_DONE)
        return fail(r);
    return sqlite3_changes(r->db) > 0 ? 0 : 1;
}

int rows_update(struct rows *r, const struct table *t, const void *row)
{
    const char *key2 = t->keys > 1 ? *text_at(&t->columns[1], row) : NULL;
    char sql[SQL_ROOM] = "";
    sqlite3_stmt *s;

    add(sql, "UPDATE %s SET ", t->name);
    for (size_t i = 0; i < t->count; i++)
        add(sql, "%s%s = ?", i ? ", " : "", t->columns[i].name);
    add_where_key(sql, t);
    if ((s = prepare(r, sql)) == NULL)
        return -1;
    for (size_t i = 0; i < t->count; i++)
        bind_column(s, (int)i + 1, &t->columns[i], row);
    bind_key(s, (int)t->count + 1, t, *text_at(&t->columns[0], row), key2);
    return changed(r, s);
}

int rows_delete(struct rows *r, const struct table *t, const char *key,
                const char *key2)
{
    char sql[SQL_ROOM] = "";
    sqlite3_stmt *s;

    add(sql, "DELETE FROM %s", t->name);
    add_where_key(sql, t);
    if ((s = prepare(r, sql)) == NULL)
        return -1;
    bind_key(s, 1, t, key, key2);
    return changed(r, s);
}

static void add_select(char *sql, const struct table *t)
{
    add(sql, "SELECT seq");
    for (size_t i = 0; i < t->count; i++)
        add(sql, ", %s", t->columns[i].name);
    add(sql, " FROM %s", t->name);
}

int rows_get(struct rows *r, const struct table *t, void *out, const char *key,
             const char *key2)
{
    char sql[SQL_ROOM] = "";
    sqlite3_stmt *s;
    int code, status = 1;

    memset(out, 0, t->size);
    add_select(sql, t);
    add_where_key(sql, t);
    if ((s = prepare(r, sql)) == NULL)
        return -1;
    bind_key(s, 1, t, key, key2);
    code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        status = read_row(r, s, t, out);
    else if (code != SQLITE_DONE)
        status = fail(r);
    sqlite3_finalize(s);
    return status;
}

static void add_where(char *sql, const struct rows_query *q)
{
    const char *word = "WHERE";

    for (size_t i = 0; i < COLUMNS; i++)
        if (q->column[i] != NULL) {
            add(sql, " %s %s = ?", word, q->column[i]);
            word = "AND";
        }
    if (q->range != NULL) {
        add(sql, " %s %s BETWEEN ? AND ?", word, q->range);
        word = "AND";
    }
    if (q->after != NULL)
        add(sql, " %s %s %c ?", word, q->order ? q->order : "seq",
            q->descending ? '<' : '>');
}

static void bind_where(sqlite3_stmt *s, const struct rows_query *q)
{
    int at = 1;

    for (size_t i = 0; i < COLUMNS; i++)
        if (q->column[i] != NULL)
            sqlite3_bind_text(s, at++, q->value[i], -1, SQLITE_STATIC);
    if (q->range != NULL) {
        sqlite3_bind_int64(s, at++, q->from);
        sqlite3_bind_int64(s, at++, q->to);
    }
    if (q->after != NULL && q->order != NULL)
        sqlite3_bind_text(s, at, q->after, -1, SQLITE_STATIC);
    else if (q->after != NULL)
        sqlite3_bind_int64(s, at, strtoll(q->after, NULL, 10));
}

/* Takes the row at hand into the page. */
static int page_take(struct rows *r, sqlite3_stmt *s,
                     const struct rows_query *q, struct rows_page *out)
{
    const struct table *t = q->table;
    char *grown = realloc(out->items, (out->count + 1) * t->size);

    if (grown == NULL) {
        diag("%s: out of memory", r->path);
        return -1;
    }
    out->items = grown;
    memset(grown + out->count * t->size, 0, t->size);
    if (read_row(r, s, t, grown + out->count * t->size) != 0)
        return -1;
    out->count++;
    return 0;
}

/* Which column of the answer the rows are ordered by. */
static int order_column(const struct rows_query *q)
{
    for (size_t i = 0; i < q->table->count && q->order != NULL; i++)
        if (strcmp(q->table->columns[i].name, q->order) == 0)
            return (int)i + 1;
    return 0;
}

int rows_list(struct rows *r, const struct rows_query *q, struct rows_page *out)
{
    char sql[SQL_ROOM] = "", last[sizeof out->next] = "";
    sqlite3_stmt *s;
    int code = SQLITE_DONE, status = 0;

    memset(out, 0, sizeof *out);
    add_select(sql, q->table);
    add_where(sql, q);
    add(sql, " ORDER BY %s %s", q->order ? q->order : "seq",
        q->descending ? "DESC" : "ASC");
    if ((s = prepare(r, sql)) == NULL)
        return -1;
    bind_where(s, q);
    while (status == 0 && (code = sqlite3_step(s)) == SQLITE_ROW) {
        if (q->limit > 0 && out->count == q->limit) {
            memcpy(out->next, last, sizeof last);
            break;
        }
        status = page_take(r, s, q, out);
        snprintf(last, sizeof last, "%s",
                 (const char *)sqlite3_column_text(s, order_column(q)));
    }
    if (status == 0 && code != SQLITE_ROW && code != SQLITE_DONE)
        status = fail(r);
    sqlite3_finalize(s);
    return status;
}

int64_t rows_count(struct rows *r, const struct rows_query *q)
{
    char sql[SQL_ROOM] = "";
    sqlite3_stmt *s;
    int64_t count = -1;

    add(sql, "SELECT count(*) FROM %s", q->table->name);
    add_where(sql, q);
    if ((s = prepare(r, sql)) == NULL)
        return -1;
    bind_where(s, q);
    if (sqlite3_step(s) == SQLITE_ROW)
        count = sqlite3_column_int64(s, 0);
    else
        fail(r);
    sqlite3_finalize(s);
    return count;
}

void rows_page_clear(const struct table *t, struct rows_page *p)
{
    for (size_t i = 0; i < p->count; i++)
        rows_clear(t, (char *)p->items + i * t->size);
    free(p->items);
    memset(p, 0, sizeof *p);
}
