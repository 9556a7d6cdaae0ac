# mbedTLS. Debian's build has no hooks for clock and heap, so the program links
# private copies of the static archives, in which three symbols are renamed.
# MBEDTLS_INCLUDE and MBEDTLS_LIB (folders) name another build of the library.
MBEDTLS_LIB ?= $(dir $(shell $(CC) -print-file-name=libmbedtls.a))
MBEDTLS_INCLUDE ?=
mbedtls_NAMES := mbedtls mbedx509 mbedcrypto
mbedtls_FOUND := $(wildcard $(filter /%,$(mbedtls_NAMES:%=$(MBEDTLS_LIB)/lib%.a)))
mbedtls_HEADER := $(shell $(CC) $(CPPFLAGS) $(MBEDTLS_INCLUDE:%=-I%) \
    -include mbedtls/ssl.h -fsyntax-only -x c /dev/null 2>/dev/null && echo yes)

ifeq ($(words $(mbedtls_FOUND))$(mbedtls_HEADER),3yes)
mbedtls_COPIES = $(mbedtls_NAMES:%=$(O)/stacks/mbedtls/lib%.a)
clients_mbedtls_CFLAGS = $(MBEDTLS_INCLUDE:%=-I%)

$(O)/stacks/mbedtls/lib%.a: $(MBEDTLS_LIB)/lib%.a clients/mbedtls/build.mk
	@mkdir -p $(@D)
	@echo "  OBJCOPY $@"
	@$(OBJCOPY) --redefine-sym time=shim_mbedtls_time \
	    --redefine-sym calloc=shim_heap_calloc \
	    --redefine-sym free=shim_heap_free $< $@

$(eval $(call shim,mbedtls,clients/mbedtls,$$(mbedtls_COPIES),$$(mbedtls_COPIES)))
else
MISSED += mbedtls
endif
