# BearSSL as a stack build (clients/stacks/stack.mk). It allocates nothing and
# is given the time: no symbol is renamed. A configuration comes before its own
# src/config.h, which defines only what is not defined yet. Its headers tell no
# version; the name of a shared library beside the archive does.
LIBRARY_PACKAGE := libbearssl-dev
LIBRARY_HEADER := bearssl.h
LIBRARY_NAMES := bearssl
LIBRARY_TREE_MARKS := src/ssl/ssl_client.c inc/bearssl_x509.h
LIBRARY_SOURCES := $(wildcard $(TREE)/src/*.c $(TREE)/src/*/*.c)
LIBRARY_CPPFLAGS = $(if $(filter tree,$(KIND)),-I$(TREE)/inc -I$(TREE)/src,\
    $(INCLUDES) $(patsubst %,-I%,$(wildcard $(FOLDERS:%=%/bearssl)))) \
    $(if $(CONFIG),-include $(STACK)/config/stack_config.h) \
    $(patsubst libbearssl.so.%,-DCOMPAT_VERSION='"%"',$(notdir \
    $(firstword $(wildcard $(dir $(PLAIN))libbearssl.so.*.*))))
