/* What a file is that was given as a library's configuration: a header, or what
 * Kconfig reads and writes. Must not know any library. */
#ifndef BUILDS_CONFIG_KIND_H
#define BUILDS_CONFIG_KIND_H

#include <stddef.h>
#include <stdint.h>

enum config_kind {
    CONFIG_HEADER,      /* also an empty file */
    CONFIG_FRAGMENT,    /* "CONFIG_X=y": .config, sdkconfig, prj.conf */
    CONFIG_KCONFIG,     /* "config X", "menu ...": the questions themselves */
    CONFIG_AUTO_HEADER, /* "#define CONFIG_X 1" and nothing else: autoconf.h */
};

enum config_kind config_kind(const uint8_t *text, size_t size);
/* What to give instead; NULL for a header. */
const char *config_kind_advice(enum config_kind kind);

#endif
