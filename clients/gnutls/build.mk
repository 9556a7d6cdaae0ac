# GnuTLS: the system's shared library, as it is. GNUTLS_INCLUDE and GNUTLS_LIB
# (folders) name another build of it. 3.7 is the first with the hook that tells
# which certificate failed (clients/gnutls/verify.c).
GNUTLS_INCLUDE ?=
GNUTLS_LIB ?=
gnutls_HEADER := $(shell echo \
    'typedef char new_enough[GNUTLS_VERSION_NUMBER >= 0x030700 ? 1 : -1];' | \
    $(CC) $(CPPFLAGS) $(GNUTLS_INCLUDE:%=-I%) -include gnutls/gnutls.h \
    -fsyntax-only -x c - 2>/dev/null && echo yes)

ifeq ($(gnutls_HEADER),yes)
clients_gnutls_CFLAGS = $(GNUTLS_INCLUDE:%=-I%)
$(eval $(call shim,gnutls,clients/gnutls,$(GNUTLS_LIB:%=-L%) -lgnutls,))
else
MISSED += gnutls
endif
