/* The library's priority strings. It would pick by orders of its own and of the
 * client; so it is given what was picked, and nothing beside it. */
#include "server/gnutls/gtls_state.h"

#include <stdio.h>
#include <string.h>

#include "base/tls_names.h"

enum { WORDS_MAX = 2048 };

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct {
    uint16_t code;
    gnutls_group_t group;
} groups[] = {
    {19, GNUTLS_GROUP_SECP192R1},  {21, GNUTLS_GROUP_SECP224R1},
    {23, GNUTLS_GROUP_SECP256R1},  {24, GNUTLS_GROUP_SECP384R1},
    {25, GNUTLS_GROUP_SECP521R1},  {29, GNUTLS_GROUP_X25519},
    {30, GNUTLS_GROUP_X448},       {256, GNUTLS_GROUP_FFDHE2048},
    {257, GNUTLS_GROUP_FFDHE3072}, {258, GNUTLS_GROUP_FFDHE4096},
    {259, GNUTLS_GROUP_FFDHE6144}, {260, GNUTLS_GROUP_FFDHE8192},
};

/* RFC 8446 section 4.2.3 ties the ECDSA algorithms to a curve and keeps the
 * code points of TLS 1.2, so the library has two of each. */
static const struct {
    uint16_t code;
    gnutls_sign_algorithm_t sign;
} signs[] = {
    {0x0201, GNUTLS_SIGN_RSA_SHA1},
    {0x0203, GNUTLS_SIGN_ECDSA_SHA1},
    {0x0301, GNUTLS_SIGN_RSA_SHA224},
    {0x0303, GNUTLS_SIGN_ECDSA_SHA224},
    {0x0401, GNUTLS_SIGN_RSA_SHA256},
    {0x0403, GNUTLS_SIGN_ECDSA_SHA256},
    {0x0403, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256},
    {0x0501, GNUTLS_SIGN_RSA_SHA384},
    {0x0503, GNUTLS_SIGN_ECDSA_SHA384},
    {0x0503, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384},
    {0x0601, GNUTLS_SIGN_RSA_SHA512},
    {0x0603, GNUTLS_SIGN_ECDSA_SHA512},
    {0x0603, GNUTLS_SIGN_ECDSA_SECP521R1_SHA512},
    {0x0804, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256},
    {0x0805, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384},
    {0x0806, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512},
    {0x0807, GNUTLS_SIGN_EDDSA_ED25519},
    {0x0808, GNUTLS_SIGN_EDDSA_ED448},
    {0x0809, GNUTLS_SIGN_RSA_PSS_SHA256},
    {0x080a, GNUTLS_SIGN_RSA_PSS_SHA384},
    {0x080b, GNUTLS_SIGN_RSA_PSS_SHA512},
};

int gtls_words_has_group(uint16_t code)
{
    for (size_t i = 0; i < COUNT(groups); i++)
        if (groups[i].code == code)
            return 1;
    return 0;
}

int gtls_words_has_sign(uint16_t code)
{
    for (size_t i = 0; i < COUNT(signs); i++)
        if (signs[i].code == code)
            return 1;
    return 0;
}

/* A text that grew too long ends in half a word, which the library refuses. */
static void word_add(char *words, const char *prefix, const char *name)
{
    size_t have = strlen(words);

    snprintf(words + have, WORDS_MAX - have, ":+%s%s", prefix, name);
}

/* The versions that the endpoint has stand in the list of a suite of TLS 1.2
 * and before, so that the library knows what a client fell back from (RFC
 * 7507). */
static void version_words(const struct gtls_state *s,
                          const struct gtls_suite *suite, char *words)
{
    if (suite->first == GTLS_TLS13) {
        word_add(words, "VERS-TLS", tls_version_name(GTLS_TLS13));
        return;
    }
    for (uint16_t v = s->max; v >= s->min; v--)
        word_add(words, "VERS-TLS", tls_version_name(v));
}

/* The one of the code, or all that the endpoint has where it is 0. */
static void group_words(const struct gtls_state *s, uint16_t only, char *words)
{
    for (size_t i = 0; i < s->groups.count; i++)
        for (size_t k = 0; k < COUNT(groups); k++)
            if (groups[k].code == s->groups.list[i] &&
                (only == 0 || only == groups[k].code))
                word_add(words, "GROUP-",
                         gnutls_group_get_name(groups[k].group));
}

static void sign_words(const struct gtls_state *s, uint16_t only, char *words)
{
    for (size_t i = 0; i < s->signs.count; i++)
        for (size_t k = 0; k < COUNT(signs); k++)
            if (signs[k].code == s->signs.list[i] &&
                (only == 0 || only == signs[k].code))
                word_add(words, "SIGN-", gnutls_sign_get_name(signs[k].sign));
}

static int priority_make(const struct gtls_state *s,
                         const struct gtls_choice *choice,
                         gnutls_priority_t *out)
{
    const struct gtls_suite *suite = choice->suite;
    char words[WORDS_MAX] = "NONE:+COMP-NULL:+CTYPE-X509";

    version_words(s, suite, words);
    if (suite->first != GTLS_TLS13)
        word_add(words, "", gnutls_kx_get_name(suite->kx));
    word_add(words, "", gnutls_cipher_get_name(suite->cipher));
    word_add(words, "", gnutls_mac_get_name(suite->mac));
    group_words(s, choice->group, words);
    sign_words(s, choice->sign, words);
    snprintf(words + strlen(words), sizeof(words) - strlen(words),
             ":%%SERVER_PRECEDENCE");
    return gnutls_priority_init(out, words, NULL);
}

static gnutls_priority_t kept_find(const struct gtls_state *s,
                                   const struct gtls_choice *choice)
{
    for (size_t i = 0; i < s->kept_count; i++) {
        const struct gtls_kept *k = &s->kept[i];

        if (k->suite == choice->suite && k->sign == choice->sign &&
            k->group == choice->group)
            return k->priority;
    }
    return NULL;
}

/* A session holds a priority by a count of its own. */
static int priority_set(gnutls_session_t session, struct gtls_state *s,
                        const struct gtls_choice *choice)
{
    gnutls_priority_t priority = kept_find(s, choice);
    int ret;

    if (priority != NULL)
        return gnutls_priority_set(session, priority);
    ret = priority_make(s, choice, &priority);
    if (ret < 0)
        return ret;
    ret = gnutls_priority_set(session, priority);
    if (s->kept_count == GTLS_KEPT)
        gnutls_priority_deinit(priority);
    else
        s->kept[s->kept_count++] = (struct gtls_kept){
            choice->suite, choice->sign, choice->group, priority};
    return ret;
}

int gtls_words_set(gnutls_session_t session, struct gtls_state *s,
                   const struct gtls_choice *choice)
{
    int ret;

    pthread_mutex_lock(&s->lock);
    ret = priority_set(session, s, choice);
    pthread_mutex_unlock(&s->lock);
    return ret;
}

void gtls_words_clear(struct gtls_state *s)
{
    for (size_t i = 0; i < s->kept_count; i++)
        gnutls_priority_deinit(s->kept[i].priority);
    s->kept_count = 0;
}
