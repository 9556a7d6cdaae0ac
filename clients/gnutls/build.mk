# GnuTLS: the system's shared library, as it is. GNUTLS_INCLUDE and GNUTLS_LIB
# (folders) name another build of it. The headers must have the newest names that
# this folder uses.
GNUTLS_INCLUDE ?=
GNUTLS_LIB ?=
gnutls_HEADER := $(shell echo 'int probe = GNUTLS_E_X509_DUPLICATE_EXTENSION | \
    GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS | GNUTLS_TLS1_3 | GNUTLS_GROUP_X448;' | \
    $(CC) $(CPPFLAGS) $(GNUTLS_INCLUDE:%=-I%) -include gnutls/gnutls.h \
    -fsyntax-only -x c - 2>/dev/null && echo yes)

ifeq ($(gnutls_HEADER),yes)
clients_gnutls_CFLAGS = $(GNUTLS_INCLUDE:%=-I%)
$(eval $(call shim,gnutls,clients/gnutls,$(GNUTLS_LIB:%=-L%) -lgnutls,))
else
MISSED += gnutls
endif
