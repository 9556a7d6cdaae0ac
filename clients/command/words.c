/* The command of one job as words. */
#include "clients/command/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/client_words.h"
#include "base/file.h"

enum { TLS10 = 0x0301, VALUES = 11 };

enum client_when words_min(const struct shim_want *want)
{
    return (enum client_when)(CLIENT_MIN_10 + (want->min_version - TLS10));
}

enum client_when words_max(const struct shim_want *want)
{
    return (enum client_when)(CLIENT_MAX_10 + (want->max_version - TLS10));
}

static int is_wanted(enum client_when when, const struct shim_want *w)
{
    switch (when) {
    case CLIENT_SNI:
        return w->sni;
    case CLIENT_SNI_OFF:
        return !w->sni;
    case CLIENT_CHAIN_OFF:
        return !w->verify_chain;
    case CLIENT_NAME:
        return w->verify_chain && w->verify_name;
    case CLIENT_NAME_OFF:
        return w->verify_chain && !w->verify_name;
    case CLIENT_CLOCK:
        return w->verify_chain && w->verify_time;
    case CLIENT_TIME_OFF:
        return w->verify_chain && !w->verify_time;
    case CLIENT_PARTIAL_CHAIN:
        return w->partial_chain;
    case CLIENT_IDENTITY:
        return w->identity_certificate != NULL;
    case CLIENT_ALPN:
        return w->alpn != NULL;
    case CLIENT_MAX_DEPTH:
        return w->max_depth > 0;
    default:
        return (w->min_version && when == words_min(w)) ||
               (w->max_version && when == words_max(w));
    }
}

/* The names of ALPN with commas between. malloc'd. */
static char *alpn_join(const char *const *names)
{
    char *joined = strdup("");

    for (size_t i = 0; joined && names && names[i]; i++) {
        char *longer = format("%s%s%s", joined, i ? "," : "", names[i]);

        free(joined);
        joined = longer;
    }
    return joined;
}

static size_t words_count(const struct client *c)
{
    size_t n = c->command.count;

    for (int i = 0; i < CLIENT_WHENS; i++)
        n += c->options[i].count;
    return n;
}

static int fill_all(char **words, size_t *n, const struct client_words *from,
                    const struct client_value *values)
{
    for (size_t i = 0; i < from->count; i++) {
        words[*n] = client_words_fill(from->items[i], values, VALUES);
        if (!words[*n])
            return -1;
        ++*n;
    }
    return 0;
}

char **words_new(const struct client *c, const struct shim_want *want,
                 uint16_t port, const char *trust_store)
{
    char numbers[4][24];
    char *alpn = alpn_join(want->alpn);
    const struct client_value values[VALUES] = {
        {"host", "127.0.0.1"},
        {"port", numbers[0]},
        {"name", want->name},
        {"trust_store", trust_store},
        {"identity_certificate", want->identity_certificate},
        {"identity_key", want->identity_key},
        {"timeout", numbers[1]},
        {"clock", numbers[2]},
        {"alpn", alpn},
        {"max_depth", numbers[3]},
        {"folder", c->folder},
    };
    char **words = calloc(words_count(c) + 1, sizeof *words);
    size_t n = 0;
    int failed = !alpn || !words;

    snprintf(numbers[0], sizeof numbers[0], "%u", port);
    snprintf(numbers[1], sizeof numbers[1], "%d",
             (want->timeout_ms + 999) / 1000);
    snprintf(numbers[2], sizeof numbers[2], "%lld", (long long)want->clock);
    snprintf(numbers[3], sizeof numbers[3], "%u", want->max_depth);
    failed = failed || fill_all(words, &n, &c->command, values);
    for (int i = 0; i < CLIENT_WHENS && !failed; i++)
        if (is_wanted((enum client_when)i, want))
            failed = fill_all(words, &n, &c->options[i], values);
    free(alpn);
    if (failed) {
        strings_free(words);
        return NULL;
    }
    return words;
}
