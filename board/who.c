/* Keys of boards, and the addresses that they were seen at. */
#include "board/who.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/diag.h"

static int is_name(const char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!islower((unsigned char)name[i]) &&
            !isdigit((unsigned char)name[i]) && !strchr(".-", name[i]))
            return 0;
    return size > 0;
}

static int is_digest(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

/* As inet_ntop writes it, which is how peers are told. */
static int address_take(const char *text, char out[static 64])
{
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, text, &v4) == 1)
        return inet_ntop(AF_INET, &v4, out, 64) ? 0 : -1;
    if (inet_pton(AF_INET6, text, &v6) == 1)
        return inet_ntop(AF_INET6, &v6, out, 64) ? 0 : -1;
    return -1;
}

static int key_take(struct who *w, const char *key)
{
    static const char client_id[] = "client-id:", digest[] = "certificate:";

    if (!strncmp(key, client_id, sizeof client_id - 1)) {
        w->kind = WHO_CLIENT_ID;
        w->value = strdup(key + sizeof client_id - 1);
        return w->value && *w->value ? 0 : -1;
    }
    if (!strncmp(key, digest, sizeof digest - 1)) {
        w->kind = WHO_CERTIFICATE;
        w->value = strdup(key + sizeof digest - 1);
        return w->value && is_digest(w->value) ? 0 : -1;
    }
    w->kind = WHO_ADDRESS;
    w->value = strdup(key);
    return w->value && address_take(key, w->address) == 0 ? 0 : -1;
}

int who_parse(const char *text, struct who *out)
{
    const char *equals = strchr(text, '=');
    size_t size = equals ? (size_t)(equals - text) : strlen(text);

    memset(out, 0, sizeof *out);
    out->name = strndup(text, size);
    if (!out->name || !is_name(text, size)) {
        diag("--board %s: a name is of a-z, 0-9, dots and dashes", text);
        return -1;
    }
    if (!equals || key_take(out, equals + 1) == 0)
        return 0;
    diag("--board %s: behind = comes an IP address, client-id:ID, or "
         "certificate:SHA256 (64 hex digits of the device's certificate)",
         text);
    return -1;
}

void who_clear(struct who *w)
{
    free(w->name);
    free(w->value);
    memset(w, 0, sizeof *w);
}

static int is_same(const struct who *a, const struct who *b)
{
    return !strcmp(a->name, b->name) ||
           (a->kind == b->kind && a->value && b->value &&
            !strcasecmp(a->value, b->value));
}

int who_check(const struct who *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (count > 1 && all[i].kind == WHO_ANYBODY) {
            diag("--board %s: several boards are told apart by a key: %s=IP "
                 "address, =client-id:ID or =certificate:SHA256",
                 all[i].name, all[i].name);
            return -1;
        }
        for (size_t k = 0; k < i; k++)
            if (is_same(&all[i], &all[k])) {
                diag("--board %s: has the name or the key of another board",
                     all[i].name);
                return -1;
            }
    }
    return 0;
}

size_t who_at(const struct who *all, size_t count, const char *address)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].kind == WHO_ANYBODY || !strcmp(all[i].address, address))
            return i;
    return count;
}

size_t who_says(struct who *all, size_t count, const char *address,
                const char *client_id, const char *certificate)
{
    for (size_t i = 0; i < count; i++) {
        const char *said = all[i].kind == WHO_CLIENT_ID     ? client_id
                           : all[i].kind == WHO_CERTIFICATE ? certificate
                                                            : NULL;

        if (!said || strcasecmp(said, all[i].value) != 0)
            continue;
        for (size_t k = 0; k < count; k++)
            if (all[k].kind != WHO_ADDRESS && !strcmp(all[k].address, address))
                all[k].address[0] = '\0';
        strncpy(all[i].address, address, sizeof all[i].address - 1);
        return i;
    }
    return count;
}
