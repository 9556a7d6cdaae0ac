# Mbed TLS as a stack build (clients/stacks/stack.mk), 2.16 to 3.6. Clock and
# heap are had by renaming three symbols, whatever the configuration says.
LIBRARY_PACKAGE := libmbedtls-dev
LIBRARY_HEADER := mbedtls/ssl.h
LIBRARY_NAMES := mbedtls mbedx509 mbedcrypto
LIBRARY_TREE_MARKS := library/ssl_tls.c library/x509_crt.c include/mbedtls/ssl.h
LIBRARY_SOURCES := $(wildcard $(TREE)/library/*.c \
    $(addprefix $(TREE)/3rdparty/everest/library/,everest.c x25519.c \
    Hacl_Curve25519_joined.c) $(addprefix $(TREE)/3rdparty/p256-m/,\
    p256-m_driver_entrypoints.c p256-m/p256-m.c))
ifeq ($(KIND),tree)
LIBRARY_CPPFLAGS := -I$(TREE)/include -I$(TREE)/library \
    $(patsubst %,-I$(TREE)/3rdparty/%,\
    everest/include everest/include/everest everest/include/everest/kremlib \
    p256-m/p256-m/include p256-m/p256-m/include/p256-m p256-m)
else
LIBRARY_CPPFLAGS := $(INCLUDES)
endif
ifdef CONFIG
LIBRARY_CPPFLAGS += -I$(STACK)/config -DMBEDTLS_CONFIG_FILE='<stack_config.h>'
endif
LIBRARY_RENAME := --redefine-sym time=shim_mbedtls_time \
    --redefine-sym calloc=shim_heap_calloc --redefine-sym free=shim_heap_free
