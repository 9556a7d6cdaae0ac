/* Where devices rotate: an account on a clock of its own, an endpoint and a
 * broker, in this process. */
#ifndef CLI_ROTATE_SITE_H
#define CLI_ROTATE_SITE_H

#include <stddef.h>
#include <stdint.h>

struct account;
struct broker;
struct rotate_site;
struct stack;

enum { ROTATE_DAY = 86400 };

/* Serves devices of these stack builds. NULL reported. */
struct rotate_site *rotate_site_new(const struct stack *const *stacks,
                                    size_t count);
void rotate_site_free(struct rotate_site *s); /* NULL is fine */

struct account *rotate_site_account(struct rotate_site *s);
struct broker *rotate_site_broker(struct rotate_site *s);
int rotate_site_port(const struct rotate_site *s);
/* A folder for files that go with the site. */
const char *rotate_site_dir(const struct rotate_site *s);
/* What each job of a stack build asks for (docs/record.md, `want`), as JSON
 * text; owned by the site. */
const char *rotate_site_want(const struct rotate_site *s, size_t stack);

/* The clock: UTC seconds. Begins with the present day. */
int64_t rotate_site_now(const struct rotate_site *s);
void rotate_site_set_day(struct rotate_site *s, int day);
/* When the certificates of rotate_site_first end, in days. */
enum { ROTATE_END = 20 };

/* A certificate that ends soon, for a request; malloc'd. NULL reported. */
char *rotate_site_first(struct rotate_site *s, const char *request);
/* The same of a CA of the customer's own, that does not end soon. */
char *rotate_site_own(struct rotate_site *s, const char *request);

#endif
