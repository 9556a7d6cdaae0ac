/* Versions, suites, groups and signature algorithms as one priority string of
 * this library. */
#include "clients/gnutls/offer.h"

#include <stdio.h>
#include <string.h>

#include "clients/gnutls/failure.h"
#include "clients/gnutls/names.h"
#include "clients/shim_map.h"

enum { TEXT_MAX = 4096, SUITES_MAX = 64, TLS12 = 0x0303, TLS13 = 0x0304 };

/* A priority string: words with a colon before each. A text that grew too long
 * ends in half a word, which the library refuses. */
static void text_add(char text[TEXT_MAX], const char *sign, const char *name)
{
    size_t have = strlen(text);

    snprintf(text + have, TEXT_MAX - have, ":%s%s", sign, name);
}

/* Later words of the same name have no effect, but would make long texts. */
static void text_add_once(char text[TEXT_MAX], const char *name)
{
    char word[64];
    const char *at = text;
    size_t size;

    snprintf(word, sizeof word, ":+%s", name);
    size = strlen(word);
    while ((at = strstr(at, word)) != NULL) {
        if (at[size] == ':' || !at[size])
            return;
        at += size;
    }
    text_add(text, "+", name);
}

/* Does the suite prove the server by a certificate and hide what is said?
 * The library offers no other without credentials of their own kind. */
static int suite_is_plain(const struct names_suite *s)
{
    if (s->cipher == GNUTLS_CIPHER_NULL)
        return 0;
    if (s->first == GNUTLS_TLS1_3)
        return 1;
    switch (s->kx) {
    case GNUTLS_KX_RSA:
    case GNUTLS_KX_DHE_RSA:
    case GNUTLS_KX_ECDHE_RSA:
    case GNUTLS_KX_ECDHE_ECDSA:
        return 1;
    default:
        return 0;
    }
}

/* The suites of a list that the library has. */
struct suites {
    struct names_suite list[SUITES_MAX];
    size_t count, tls13;
};

static void suites_choose(struct suites *chosen, const struct shim_want *want)
{
    *chosen = (struct suites){.count = 0};
    for (size_t i = 0; i < want->suites_count && chosen->count < SUITES_MAX;
         i++) {
        struct names_suite *s = &chosen->list[chosen->count];

        if (names_suite_find(want->suites[i], s) == -1 || !suite_is_plain(s))
            continue;
        chosen->tls13 += s->first == GNUTLS_TLS1_3;
        chosen->count++;
    }
}

/* A list without suites of TLS 1.3 takes that version away, one with nothing
 * else takes the older ones. */
static void versions_write(char text[TEXT_MAX], const struct shim_want *want,
                           const struct suites *chosen)
{
    unsigned min = want->min_version ? want->min_version : 0;
    unsigned max = want->max_version ? want->max_version : TLS13;
    char word[16];

    if (chosen->count && !chosen->tls13 && max > TLS12)
        max = TLS12;
    if (chosen->count && chosen->tls13 == chosen->count)
        min = TLS13;
    text_add(text, "-", "VERS-ALL");
    for (unsigned v = TLS13; v >= 0x0301; v--) {
        if (v < min || v > max)
            continue;
        snprintf(word, sizeof word, "VERS-TLS1.%u", v - 0x0301);
        text_add(text, "+", word);
    }
}

static void suites_write(char text[TEXT_MAX], const struct suites *chosen)
{
    if (!chosen->count)
        return;
    text_add(text, "-", "CIPHER-ALL");
    text_add(text, "-", "MAC-ALL");
    text_add(text, "-", "KX-ALL");
    for (size_t i = 0; i < chosen->count; i++) {
        const struct names_suite *s = &chosen->list[i];

        if (s->first != GNUTLS_TLS1_3)
            text_add_once(text, gnutls_kx_get_name(s->kx));
        text_add_once(text, gnutls_cipher_get_name(s->cipher));
        text_add_once(text, gnutls_mac_get_name(s->mac));
    }
}

/* Returns how many of the list the library has. */
static size_t groups_write(char text[TEXT_MAX], const struct shim_want *want)
{
    size_t count = 0;
    char word[64];

    if (want->groups_count)
        text_add(text, "-", "GROUP-ALL");
    for (size_t i = 0; i < want->groups_count; i++) {
        const char *name =
            gnutls_group_get_name(names_group_find(want->groups[i]));

        if (!name)
            continue;
        snprintf(word, sizeof word, "GROUP-%s", name);
        text_add_once(text, word);
        count++;
    }
    return count;
}

static size_t signs_write(char text[TEXT_MAX], const struct shim_want *want)
{
    size_t count = 0;
    char word[64];

    if (want->signature_algorithms_count)
        text_add(text, "-", "SIGN-ALL");
    for (size_t i = 0; i < want->signature_algorithms_count; i++) {
        gnutls_sign_algorithm_t sign;

        for (size_t n = 0;
             (sign = names_sign_find(want->signature_algorithms[i], n)) !=
             GNUTLS_SIGN_UNKNOWN;
             n++) {
            snprintf(word, sizeof word, "SIGN-%s", gnutls_sign_get_name(sign));
            text_add_once(text, word);
            count++;
        }
    }
    return count;
}

static int suites_have(const struct suites *chosen, uint16_t code)
{
    for (size_t i = 0; i < chosen->count; i++)
        if (chosen->list[i].code == code)
            return 1;
    return 0;
}

/* The products of what the list's suites are made of must be the list. A suite
 * of the list that falls away because its version does is no loss. */
static int suites_are_exact(gnutls_priority_t priority,
                            const struct suites *chosen)
{
    unsigned place;
    int ret, count = 0;

    for (unsigned i = 0;
         (ret = gnutls_priority_get_cipher_suite_index(priority, i, &place)) !=
         GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
         i++) {
        struct names_suite s;

        if (ret < 0)
            continue; /* out of the versions' range */
        if (names_suite_at(place, &s) == -1 || !suites_have(chosen, s.code))
            return 0;
        count++;
    }
    return count > 0;
}

static int lacks(struct shim_why *why, const char *feature)
{
    shim_map_fill(why, STAGE_SETUP, REASON_NONE, 0, NULL);
    why->feature = feature;
    return -1;
}

int offer_make(gnutls_priority_t *priority, const struct shim_want *want,
               struct shim_why *why)
{
    char text[TEXT_MAX] = OFFER_DEFAULT;
    struct suites chosen;
    int ret;

    suites_choose(&chosen, want);
    if (want->suites_count && !chosen.count)
        return lacks(why, "suites");
    if (want->min_version || want->max_version || chosen.count)
        versions_write(text, want, &chosen);
    suites_write(text, &chosen);
    if (groups_write(text, want) == 0 && want->groups_count)
        return lacks(why, "groups");
    if (signs_write(text, want) == 0 && want->signature_algorithms_count)
        return lacks(why, "signature-algorithms");
    ret = gnutls_priority_init(priority, text, NULL);
    if (ret < 0) {
        failure_fill(why, STAGE_SETUP, ret);
        return -1;
    }
    if (!chosen.count || suites_are_exact(*priority, &chosen))
        return 0;
    gnutls_priority_deinit(*priority);
    *priority = NULL;
    return lacks(why, "suites");
}
