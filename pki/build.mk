$(eval $(call lib,pki,pki))
PKI_LIBS = $(call pkg_libs,libcrypto)
