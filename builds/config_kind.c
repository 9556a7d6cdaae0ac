/* Line by line; comments of C are looked into, which does no harm: a line that
 * a compiler would read decides. */
#include "builds/config_kind.h"

#include <stdio.h>
#include <string.h>

struct lines {
    size_t directives;   /* of the preprocessor */
    size_t auto_defines; /* of these, Kconfig's and guards */
    size_t assigned;     /* CONFIG_X=... and "# CONFIG_X is not set" */
    size_t asked;        /* config X, menu, choice, endmenu ... */
};

static int starts(const char *line, const char *word)
{
    return !strncmp(line, word, strlen(word));
}

static const char *blanks_skip(const char *at)
{
    return at + strspn(at, " \t");
}

/* X_H, X_H_: what keeps a header from being read twice. */
static int is_guard(const char *name)
{
    size_t n = strcspn(name, " \t\r");

    while (n && name[n - 1] == '_')
        n--;
    return n > 2 && !strncmp(name + n - 2, "_H", 2);
}

/* "# CONFIG_X is not set" is a comment of a fragment, not a directive. */
static void hash_look(struct lines *n, const char *line)
{
    static const char *const words[] = {"include", "if ",  "ifdef",
                                        "undef",   "elif", "error"};
    const char *word = blanks_skip(line + 1);

    n->assigned += starts(word, "CONFIG_") != 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        n->directives += starts(word, words[i]) != 0;
    if (!starts(word, "define"))
        return;
    word = blanks_skip(word + strlen("define"));
    if (is_guard(word))
        return;
    n->directives++;
    n->auto_defines += starts(word, "CONFIG_") != 0;
}

static void line_look(struct lines *n, const char *line)
{
    static const char *const questions[] = {
        "config ",   "menuconfig ", "menu ",    "choice",    "endmenu",
        "endchoice", "mainmenu ",   "rsource ", "orsource ", "source \""};

    line = blanks_skip(line);
    if (*line == '#')
        hash_look(n, line);
    else if (starts(line, "CONFIG_") && strchr(line, '='))
        n->assigned++;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        n->asked += starts(line, questions[i]) != 0;
}

enum config_kind config_kind(const uint8_t *text, size_t size)
{
    struct lines n = {0};
    const uint8_t *at = text, *end = text + size;
    char line[200];

    while (at < end) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);

        snprintf(line, sizeof line, "%.*s", (int)(length < 190 ? length : 190),
                 (const char *)at);
        line_look(&n, line);
        at += length + 1;
    }
    if (!n.directives && n.assigned)
        return CONFIG_FRAGMENT;
    if (!n.directives && n.asked)
        return CONFIG_KCONFIG;
    return n.directives && n.directives == n.auto_defines ? CONFIG_AUTO_HEADER
                                                          : CONFIG_HEADER;
}

const char *config_kind_advice(enum config_kind kind)
{
    switch (kind) {
    case CONFIG_FRAGMENT:
        return "is a Kconfig fragment (CONFIG_...=y) and no header: give the "
               "library's own header (mbedtls_config.h, user_settings.h), and "
               "with include the folder of the autoconf.h or sdkconfig.h that "
               "a build of the firmware has made";
    case CONFIG_KCONFIG:
        return "is Kconfig's list of questions and no header: give the "
               "library's own header (mbedtls_config.h, user_settings.h), and "
               "with include the folder of the autoconf.h or sdkconfig.h that "
               "a build of the firmware has made";
    case CONFIG_AUTO_HEADER:
        return "sets Kconfig's CONFIG_ names only, and no library reads those: "
               "give the header that does (mbedtls_config.h, user_settings.h), "
               "and with include this one's folder";
    case CONFIG_HEADER:
        break;
    }
    return NULL;
}
