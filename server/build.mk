$(eval $(call lib,server,server server/wire server/openssl server/gnutls server/app))
SERVER_LIBS = -levent_core -levent_pthreads -lssl -lcrypto -lgnutls -lwslay -lhttp_parser
