# BearSSL, a static archive that allocates nothing: no symbol is renamed. Its
# headers tell no version; the name of the shared library beside the archive
# does. BEARSSL_INCLUDE and BEARSSL_LIB (folders) name another build of the
# library, BEARSSL_VERSION its version.
BEARSSL_LIB ?= $(dir $(shell $(CC) -print-file-name=libbearssl.a))
BEARSSL_INCLUDE ?=
BEARSSL_VERSION ?= $(patsubst libbearssl.so.%,%,$(notdir \
    $(firstword $(wildcard $(BEARSSL_LIB)/libbearssl.so.*.*))))
bearssl_FOUND := $(wildcard $(filter /%,$(BEARSSL_LIB)/libbearssl.a))
bearssl_HEADER := $(shell $(CC) $(CPPFLAGS) $(BEARSSL_INCLUDE:%=-I%) \
    -include bearssl.h -fsyntax-only -x c /dev/null 2>/dev/null && echo yes)

ifeq ($(words $(bearssl_FOUND))$(bearssl_HEADER),1yes)
clients_bearssl_CFLAGS = $(BEARSSL_INCLUDE:%=-I%) \
    $(BEARSSL_VERSION:%=-DCOMPAT_VERSION='"%"')

$(eval $(call shim,bearssl,clients/bearssl,$$(bearssl_FOUND),$$(bearssl_FOUND)))
else
MISSED += bearssl
endif
