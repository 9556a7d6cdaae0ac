# The system's OpenSSL as a shim.
OPENSSL_FOUND := $(shell pkg-config --exists 'openssl >= 1.1.1' 2>/dev/null && echo yes)
ifeq ($(OPENSSL_FOUND),yes)
$(eval $(call shim,openssl,clients/openssl,$(shell pkg-config --libs libssl libcrypto),))
else
MISSED += openssl
endif
clients_openssl_CFLAGS = $(shell pkg-config --cflags openssl 2>/dev/null)
