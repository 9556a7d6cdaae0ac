# OpenSSL: the system's shared library, as it is. OPENSSL_INCLUDE and OPENSSL_LIB
# (folders) name another build of it.
OPENSSL_INCLUDE ?=
OPENSSL_LIB ?=
openssl_HEADER := $(shell $(CC) $(CPPFLAGS) $(OPENSSL_INCLUDE:%=-I%) \
    -include openssl/ssl.h -fsyntax-only -x c /dev/null 2>/dev/null && echo yes)

ifeq ($(openssl_HEADER),yes)
clients_openssl_CFLAGS = $(OPENSSL_INCLUDE:%=-I%)
$(eval $(call shim,openssl,clients/openssl,$(OPENSSL_LIB:%=-L%) -lssl -lcrypto,))
else
MISSED += openssl
endif
