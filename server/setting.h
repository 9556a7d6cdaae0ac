/* What a listener serves: TLS and the application. Const once made and shared
 * by the connections that were accepted under it, so that a change holds for
 * new ones only. */
#ifndef SERVER_SETTING_H
#define SERVER_SETTING_H

#include <jansson.h>
#include <stdatomic.h>

#include "server/limits.h"

struct application;
struct tls_state;

struct setting {
    char *id; /* "scenario/state" */
    struct tls_state *tls;
    const struct application *application;
    void *application_settings; /* the application's own; NULL: it has none */
    atomic_uint holders;
};

/* From one element of "states". NULL on failure, reported. */
struct setting *setting_new(const json_t *state, const struct limits *limits);
/* One holder more. */
struct setting *setting_hold(struct setting *s);
/* One holder less; the last one frees it. NULL is fine. */
void setting_release(struct setting *s);

#endif
