# wolfSSL as a stack build (clients/stacks/stack.mk), 4.6 to 5.9. Files of the
# tree that others include turn into empty objects. The allocator hooks are
# compiled out of some configurations: then the symbols are renamed.
LIBRARY_PACKAGE := libwolfssl-dev
LIBRARY_HEADER := wolfssl/ssl.h
LIBRARY_NAMES := wolfssl
LIBRARY_TREE_MARKS := src/internal.c wolfcrypt/src/asn.c wolfssl/ssl.h
LIBRARY_SOURCES := $(wildcard $(TREE)/src/*.c $(TREE)/wolfcrypt/src/*.c)
LIBRARY_CPPFLAGS := $(if $(filter tree,$(KIND)),-I$(TREE),$(INCLUDES))
ifdef CONFIG
LIBRARY_CPPFLAGS += -I$(STACK)/config -DWOLFSSL_USER_SETTINGS
endif
ifeq ($(KIND)$(CONFIG),treeyes)
LIBRARY_CPPFLAGS := -Iclients/wolfssl/board $(LIBRARY_CPPFLAGS)
endif
LIBRARY_CPPFLAGS += -DWOLFSSL_IGNORE_FILE_WARN -DHAVE_SYS_TIME_H -DHAVE_NETDB_H \
    -include stdint.h
LIBRARY_LINK := -lm
HAS_ALLOCATORS = $(shell echo '\#include <wolfssl/wolfcrypt/settings.h>' | \
    $(CC) $(LIBRARY_CPPFLAGS) $(DEFINES) $(if $(CONFIG),,-include wolfssl/options.h) \
    -x c -E -dM - 2>/dev/null | grep -cw USE_WOLFSSL_MEMORY)
# calloc too: the compiler makes one of a malloc that is set to zero.
RENAME_HEAP := --redefine-sym malloc=shim_heap_malloc \
    --redefine-sym calloc=shim_heap_calloc \
    --redefine-sym realloc=shim_heap_realloc --redefine-sym free=shim_heap_free
# Asked when it is used: by then what the headers need is there.
LIBRARY_RENAME = --redefine-sym time=shim_wolfssl_time \
    $(if $(filter 0,$(HAS_ALLOCATORS)),$(RENAME_HEAP))
