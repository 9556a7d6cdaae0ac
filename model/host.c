/* Tells host names from what people paste for one. Resolves nothing. */
#include "model/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_OCTETS = 253, LABEL_MAX = 63 }; /* RFC 1035 section 2.3.4 */

static int is_address(const char *name)
{
    struct in6_addr out;

    return inet_pton(AF_INET, name, &out) == 1 ||
           inet_pton(AF_INET6, name, &out) == 1;
}

static int is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* "scheme://user@host:port/path" to its host. */
static void host_of_url(const char *url, char *out, size_t room)
{
    const char *at = strstr(url, "://") + 3;
    const char *user = memchr(at, '@', strcspn(at, "/?#"));

    if (user != NULL)
        at = user + 1;
    if (*at == '[')
        snprintf(out, room, "%.*s", (int)strcspn(at + 1, "]"), at + 1);
    else
        snprintf(out, room, "%.*s", (int)strcspn(at, ":/?#"), at);
}

/* What is not of a name at all: parts of a URL. 0 if there is none. */
static int check_parts(const char *name, char *why, size_t room)
{
    const char *colon = strrchr(name, ':');
    char host[256];

    if (strstr(name, "://") != NULL) {
        host_of_url(name, host, sizeof host);
        snprintf(why, room, "a URL; give the host alone: %s", host);
        return -1;
    }
    if (*name == '[') {
        snprintf(why, room, "give the address without brackets: %.*s",
                 (int)strcspn(name + 1, "]"), name + 1);
        return -1;
    }
    if (colon != NULL && is_number(colon + 1)) {
        snprintf(why, room, "with a port; give the host alone: %.*s",
                 (int)(colon - name), name);
        return -1;
    }
    if (strchr(name, '/') != NULL) {
        snprintf(why, room, "with a path; give the host alone: %.*s",
                 (int)strcspn(name, "/"), name);
        return -1;
    }
    return 0;
}

static const char *check_letters(const char *name)
{
    for (; *name != '\0'; name++) {
        if ((unsigned char)*name >= 0x80)
            return "letters that are not ASCII; give the name as DNS has it, "
                   "xn--...";
        if (*name == '*')
            return "a pattern, and no host; give one that matches it";
        if (isspace((unsigned char)*name))
            return "a blank in it; a host name has none";
        if (!isalnum((unsigned char)*name) && !strchr("-._", *name))
            return "no host name: it has letters, digits, '-' and '.'";
    }
    return NULL;
}

static const char *check_labels(const char *name)
{
    size_t size = strlen(name);

    if (size > 0 && name[size - 1] == '.')
        return "a dot at its end; give it without";
    if (size > NAME_MAX_OCTETS)
        return "longer than the 253 characters of a host name";
    for (;;) {
        size_t n = strcspn(name, ".");

        if (n == 0)
            return "an empty label (two dots, or one at the start)";
        if (n > LABEL_MAX)
            return "a label is longer than 63 characters";
        if (name[n] == '\0')
            return NULL;
        name += n + 1;
    }
}

int host_check(const char *name, char *why, size_t room)
{
    const char *what = NULL;

    if (is_address(name))
        return 0;
    if (*name == '\0')
        what = "empty; give the host that the device asks for";
    else if (check_parts(name, why, room) != 0)
        return -1;
    if (what == NULL)
        what = check_letters(name);
    if (what == NULL)
        what = check_labels(name);
    if (what != NULL)
        snprintf(why, room, "%s", what);
    return what ? -1 : 0;
}
