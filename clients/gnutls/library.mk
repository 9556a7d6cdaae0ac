# GnuTLS as a stack build (clients/stacks/stack.mk): a shared or a static library
# as it is, no symbol is renamed. The headers must have the newest names that
# this folder uses.
LIBRARY_PACKAGE := libgnutls28-dev
LIBRARY_HEADER := gnutls/gnutls.h
LIBRARY_NAMES := gnutls
LIBRARY_SYSTEM := -lgnutls
LIBRARY_PROBE := int probe = GNUTLS_E_X509_DUPLICATE_EXTENSION | \
    GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS | GNUTLS_TLS1_3 | GNUTLS_GROUP_X448;
LIBRARY_LINK := -lp11-kit -lidn2 -lunistring -ltasn1 -lhogweed -lnettle -lgmp
LIBRARY_CPPFLAGS := $(INCLUDES)
