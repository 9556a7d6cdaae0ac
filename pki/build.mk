$(eval $(call lib,pki,pki))
PKI_LIBS = -lcrypto
