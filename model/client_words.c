/* The words of a client's command. */
#include "model/client_words.h"

#include <stdlib.h>
#include <string.h>

#include "model/client.h"
#include "base/file.h"

static const char *const placeholders[] = {
    "host",         "port",    "name",  "trust_store", "identity_certificate",
    "identity_key", "timeout", "clock", "alpn",        "max_depth",
    "folder"};

int client_is_placeholder(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
        if (strlen(placeholders[i]) == size &&
            !strncmp(placeholders[i], name, size))
            return 1;
    return 0;
}

/* Bytes of the name of a placeholder that starts at the brace, or 0. */
static size_t placeholder_at(const char *brace)
{
    size_t n = strspn(brace + 1, "abcdefghijklmnopqrstuvwxyz_");

    return n > 0 && brace[n + 1] == '}' ? n : 0;
}

int client_words_unknown(const char *word, char *name, size_t room)
{
    for (const char *at = strchr(word, '{'); at; at = strchr(at + 1, '{')) {
        size_t n = placeholder_at(at);

        if (n == 0 || client_is_placeholder(at + 1, n))
            continue;
        n = n < room ? n : room - 1;
        memcpy(name, at + 1, n);
        name[n] = '\0';
        return 1;
    }
    return 0;
}

/* Copies one word from *at to `to`. 0, or -1: a quote is not closed. */
static int word_take(const char **at, char *to)
{
    const char *p = *at;
    char quote = 0;

    for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
        if (quote ? *p == quote : *p == '\'' || *p == '"')
            quote = quote ? 0 : *p;
        else if (*p == '\\' && quote != '\'' && p[1])
            *to++ = *++p;
        else
            *to++ = *p;
    }
    *to = '\0';
    *at = p;
    return quote ? -1 : 0;
}

char **client_words_split(const char *text)
{
    /* No more words than every second byte, and none longer than the text. */
    char **words = calloc(strlen(text) / 2 + 2, sizeof *words);
    char *word = malloc(strlen(text) + 1);
    size_t n = 0;

    while (words && word) {
        text += strspn(text, " \t\n");
        if (!*text)
            break;
        if (word_take(&text, word) || !(words[n++] = strdup(word))) {
            strings_free(words);
            words = NULL;
        }
    }
    if (!word) {
        free(words);
        words = NULL;
    }
    free(word);
    return words;
}

static const char *value_of(const char *name, size_t size,
                            const struct client_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == size &&
            !strncmp(values[i].name, name, size))
            return values[i].value ? values[i].value : "";
    return "";
}

char *client_words_fill(const char *word, const struct client_value *values,
                        size_t count)
{
    char *filled = strdup("");

    while (filled && *word) {
        size_t plain = strcspn(word, "{"), name = 0;
        const char *value = "";
        char *longer;

        if (word[plain] == '{')
            name = placeholder_at(word + plain);
        if (name)
            value = value_of(word + plain + 1, name, values, count);
        else if (word[plain] == '{')
            plain++;
        longer = format("%s%.*s%s", filled, (int)plain, word, value);
        word += plain + (name ? name + 2 : 0);
        free(filled);
        filled = longer;
    }
    return filled;
}
