/* Opening an account, and its one lock. Must not know the control plane's
 * calls. */
#include "account/account.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account/inside.h"
#include "base/diag.h"
#include "base/file.h"

static const char *const era_words[] = {"2018", "2026", NULL};

int64_t account_now(const struct account *a)
{
    return a->options.now ? a->options.now(a->options.now_context)
                          : (int64_t)time(NULL);
}

const char *account_id(const struct account *a)
{
    return a->id;
}

const char *account_region(const struct account *a)
{
    return a->region;
}

enum account_era account_era_of(const struct account *a)
{
    return a->era;
}

static int id_is_good(const char *id)
{
    return strlen(id) == 12 && strspn(id, "0123456789") == 12;
}

/* "us-east-1", "us-gov-west-1". */
static int region_is_good(const char *region)
{
    size_t size = strlen(region), dashes = 0;

    for (size_t i = 0; i < size; i++) {
        int dash = region[i] == '-';

        if (!dash && !islower((unsigned char)region[i]) && i + 1 < size)
            return 0;
        dashes += (size_t)dash;
    }
    return size >= 8 && size < 32 && dashes >= 2 &&
           isdigit((unsigned char)region[size - 1]) && region[size - 2] == '-';
}

/* A setting that stays: what is asked for must be what it is. */
static int keep(struct account *a, const char *dir, const char *name,
                const char *asked, const char *usual, char *out, size_t room)
{
    if (store_setting(a->rows, name, asked ? asked : usual, out, room) != 0)
        return -1;
    if (asked == NULL || strcmp(asked, out) == 0)
        return 0;
    diag("%s: the account's %s is %s, not %s: take another folder for another "
         "account",
         dir, name, out, asked);
    return -1;
}

static int read_settings(struct account *a, const char *dir,
                         const struct account_options *o)
{
    char era[8], random[16];

    random[0] = 'a';
    store_random(random + 1, 12);
    if (o->id != NULL && !id_is_good(o->id)) {
        diag("account id %s: it must be 12 digits", o->id);
        return -1;
    }
    if (o->region != NULL && !region_is_good(o->region)) {
        diag("region %s: it is no name of a region, such as us-east-1",
             o->region);
        return -1;
    }
    if (rows_begin(a->rows) != 0)
        return -1;
    if (keep(a, dir, "id", o->id, "123456789012", a->id, sizeof a->id) != 0 ||
        keep(a, dir, "region", o->region, "us-east-1", a->region,
             sizeof a->region) != 0 ||
        keep(a, dir, "era", o->era < 0 ? NULL : era_words[o->era],
             era_words[ACCOUNT_2026], era, sizeof era) != 0 ||
        keep(a, dir, "prefix", NULL, random, a->prefix, sizeof a->prefix) !=
            0) {
        rows_end(a->rows, 0);
        return -1;
    }
    a->era =
        strcmp(era, era_words[ACCOUNT_2018]) == 0 ? ACCOUNT_2018 : ACCOUNT_2026;
    return rows_end(a->rows, 1);
}

struct account *account_open(const char *dir, const struct account_options *o)
{
    struct account *a = calloc(1, sizeof *a);

    if (a == NULL) {
        diag("%s: out of memory", dir);
        return NULL;
    }
    pthread_mutex_init(&a->lock, NULL);
    a->options = *o;
    if (file_mkdirs(dir, 0700) == 0)
        a->rows = store_open(dir);
    if (a->rows == NULL || (o->is_scratch && rows_relax(a->rows) != 0) ||
        read_settings(a, dir, o) != 0) {
        account_close(a);
        return NULL;
    }
    a->options.id = a->id;
    a->options.region = a->region;
    return a;
}

void account_close(struct account *a)
{
    if (a == NULL)
        return;
    rows_close(a->rows);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

void account_watch(struct account *a, void (*changed)(void *context),
                   void *context)
{
    pthread_mutex_lock(&a->lock);
    a->changed = changed;
    a->changed_context = context;
    pthread_mutex_unlock(&a->lock);
}

/* Everything that the function did is kept, or nothing. */
static int run_whole(struct call *c, int (*function)(struct call *c))
{
    int status;

    if (rows_begin(c->rows) != 0)
        return call_internal(c);
    status = function(c);
    if (rows_end(c->rows, status == 0) != 0)
        status = call_internal(c);
    return status;
}

int account_run(struct call *c, int (*function)(struct call *c))
{
    struct account *a = c->account;
    void (*changed)(void *context);
    void *context;
    int status;

    pthread_mutex_lock(&a->lock);
    c->rows = a->rows;
    c->now = account_now(a);
    status = run_whole(c, function);
    changed = a->changed;
    context = a->changed_context;
    pthread_mutex_unlock(&a->lock);
    if (status == 0 && c->changed && changed != NULL)
        changed(context);
    return status;
}

/* --- domains --- */

struct asking { /* a question that runs as a call does */
    struct call c;
    const char *name;
    struct account_domain *out;
    int found;
};

/* What it is served with: another chain that was set, or its certificate's. 0,
 * or -1 with the fault set. */
static int chain_take(struct call *c, const struct domain *d,
                      struct account_domain *out)
{
    const char *own = certificate_chain(d->certificate_arn);
    struct domain_chain set;
    int status = rows_get(c->rows, &chain_table, &set, d->name, NULL);

    if (status == 0) {
        out->chain = set.chain;
        set.chain = NULL;
        rows_clear(&chain_table, &set);
        return 0;
    }
    out->chain = own == NULL ? NULL : strdup(own);
    return status < 0 || (own != NULL && out->chain == NULL) ? call_internal(c)
                                                             : 0;
}

/* 0, or -1 with the fault set; the caller clears both in both cases. */
static int domain_take(struct call *c, struct domain *d,
                       struct account_domain *out)
{
    int status = chain_take(c, d, out);

    out->configuration = d->name;
    out->domain_name = d->domain_name;
    out->policy = d->policy;
    out->certificate_arn = d->certificate_arn;
    out->enabled = d->status == SWITCH_ENABLED;
    out->ocsp_stapling = d->ocsp != 0;
    out->custom = d->type != DOMAIN_ENDPOINT;
    out->authentication = authentication_words[d->authentication];
    out->protocol = protocol_words[d->protocol];
    d->name = d->domain_name = d->policy = d->certificate_arn = NULL;
    return status;
}

static int ask_domain(struct call *c)
{
    struct asking *ask = (struct asking *)c;
    const struct rows_query q = {.table = &domain_table,
                                 .column = {"domain_name"},
                                 .value = {ask->name}};
    struct rows_page page;
    int status = rows_list(c->rows, &q, &page);

    ask->found = status == 0 && page.count > 0;
    if (ask->found)
        status = domain_take(c, page.items, ask->out);
    rows_page_clear(&domain_table, &page);
    return status;
}

int account_domain_find(struct account *a, const char *name,
                        struct account_domain *out)
{
    char *lower = strdup(name);
    struct asking ask = {.c = {.account = a}, .name = lower, .out = out};
    int status = -1;

    memset(out, 0, sizeof *out);
    for (char *p = lower; p != NULL && *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    if (lower == NULL)
        diag("out of memory");
    else if (account_run(&ask.c, ask_domain) == 0)
        status = ask.found ? 0 : 1;
    free(lower);
    return status;
}

void account_domain_clear(struct account_domain *d)
{
    free(d->configuration);
    free(d->domain_name);
    free(d->policy);
    free(d->certificate_arn);
    free(d->chain);
    memset(d, 0, sizeof *d);
}

struct listing {
    struct call c;
    struct account_domains *out;
};

static int list_domains(struct call *c)
{
    struct account_domains *out = ((struct listing *)c)->out;
    const struct rows_query q = {.table = &domain_table,
                                 .column = {"service"},
                                 .value = {service_words[SERVICE_DATA]}};
    struct rows_page page;
    struct domain *rows;
    int status = rows_list(c->rows, &q, &page);

    rows = page.items;
    if (status == 0 && page.count > 0)
        out->items = calloc(page.count, sizeof *out->items);
    if (status == 0 && page.count > 0 && out->items == NULL)
        status = call_internal(c);
    for (size_t i = 0; status == 0 && i < page.count; i++)
        status = domain_take(c, &rows[i], &out->items[out->count++]);
    rows_page_clear(&domain_table, &page);
    return status;
}

int account_domains_list(struct account *a, struct account_domains *out)
{
    struct listing list = {.c = {.account = a}, .out = out};

    memset(out, 0, sizeof *out);
    return account_run(&list.c, list_domains);
}

void account_domains_clear(struct account_domains *d)
{
    for (size_t i = 0; i < d->count; i++)
        account_domain_clear(&d->items[i]);
    free(d->items);
    memset(d, 0, sizeof *d);
}
