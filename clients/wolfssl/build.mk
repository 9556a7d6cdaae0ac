# wolfSSL. The program links a private copy of the static archive in which time
# is renamed: wc_SetTimeCb is missing in old versions and in some builds.
# WOLFSSL_INCLUDE and WOLFSSL_LIB (folders) name another build of the library.
WOLFSSL_LIB ?= $(dir $(shell $(CC) -print-file-name=libwolfssl.a))
WOLFSSL_INCLUDE ?=
wolfssl_FOUND := $(wildcard $(filter /%,$(WOLFSSL_LIB)/libwolfssl.a))
wolfssl_HEADER := $(shell $(CC) $(CPPFLAGS) $(WOLFSSL_INCLUDE:%=-I%) \
    -include wolfssl/ssl.h -fsyntax-only -x c /dev/null 2>/dev/null && echo yes)

ifeq ($(words $(wolfssl_FOUND))$(wolfssl_HEADER),1yes)
wolfssl_COPY = $(O)/stacks/wolfssl/libwolfssl.a
clients_wolfssl_CFLAGS = $(WOLFSSL_INCLUDE:%=-I%)

$(O)/stacks/wolfssl/libwolfssl.a: $(WOLFSSL_LIB)/libwolfssl.a clients/wolfssl/build.mk
	@mkdir -p $(@D)
	@echo "  OBJCOPY $@"
	@$(OBJCOPY) --redefine-sym time=shim_wolfssl_time $< $@

$(eval $(call shim,wolfssl,clients/wolfssl,$$(wolfssl_COPY) -lm,$$(wolfssl_COPY)))
else
MISSED += wolfssl
endif
