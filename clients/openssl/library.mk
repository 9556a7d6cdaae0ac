# OpenSSL as a stack build (clients/stacks/stack.mk), 1.1.1 to 3.6. Its own
# build system makes the archives from a source tree; no symbol is renamed.
LIBRARY_PACKAGE := libssl-dev
LIBRARY_HEADER := openssl/ssl.h
LIBRARY_NAMES := ssl crypto
LIBRARY_TREE_MARKS := ssl/ssl_lib.c include/openssl/tls1.h Configure
LIBRARY_SYSTEM := -lssl -lcrypto
LIBRARY_LINK := -ldl -pthread
LIBRARY_CPPFLAGS := $(INCLUDES)
LIBRARY_RENAME :=
LIBRARY_ALONE := $(filter-out system,$(KIND))
ifeq ($(KIND),tree)
BUILT := $(STACK)/openssl
LIBRARY_BUILT := $(BUILT)/libssl.a $(BUILT)/libcrypto.a
LIBRARY_FIRST := $(BUILT)/libssl.a
LIBRARY_CPPFLAGS := -I$(BUILT)/include -I$(TREE)/include
$(BUILT)/libcrypto.a: $(BUILT)/libssl.a
$(BUILT)/libssl.a: $(STACK)/variables.mk
	@mkdir -p $(BUILT)
	@tree=$$(cd $(TREE) && pwd -P) && cd $(BUILT) && \
	    perl "$$tree/Configure" linux-$$(uname -m) no-shared no-tests no-comp \
	    no-dso $(OPENSSL_OPTIONS) && $(MAKE) build_libs
endif
