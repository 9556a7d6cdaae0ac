# BearSSL as a stack build (clients/stacks/stack.mk). It allocates nothing and
# is given the time: no symbol is renamed. A configuration comes before its own
# src/config.h, which defines only what is not defined yet.
LIBRARY_HEADER := bearssl.h
LIBRARY_NAMES := bearssl
LIBRARY_TREE_MARKS := src/ssl/ssl_client.c inc/bearssl_x509.h
LIBRARY_SOURCES := $(wildcard $(TREE)/src/*.c $(TREE)/src/*/*.c)
LIBRARY_CPPFLAGS := -I$(TREE)/inc -I$(TREE)/src
ifneq ($(filter prefix libraries,$(KIND)),)
LIBRARY_CPPFLAGS := $(INCLUDES) $(patsubst %,-I%,$(wildcard \
    $(TREE)/include/bearssl $(TREE)/usr/include/bearssl))
endif
ifdef CONFIG
LIBRARY_CPPFLAGS += -include $(STACK)/config/stack_config.h
endif
