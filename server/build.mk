$(eval $(call lib,server,server server/wire server/openssl))
SERVER_LIBS = -levent_core -levent_pthreads -lssl -lcrypto
